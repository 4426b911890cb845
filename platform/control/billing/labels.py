"""Billing in words."""

from collections.abc import Mapping

from control.billing.limits import Counted, Limit
from control.billing.models import (
    ChargeState,
    Direction,
    EventState,
    Interval,
    InvoiceState,
    ProofState,
    Provider,
    SubscriptionState,
    UsageCharge,
)
from control.billing.usage.reckoning import Beyond
from kit.i18n import format_money
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import Tag

COUNTED = {
    Counted.SEATS: _l("People who log in"),
    Counted.CHANNELS: _l("Channels"),
    Counted.NUMBERS: _l("Numbers in stock"),
    Counted.ORDERS: _l("Orders a month"),
    Counted.STORAGE: _l("Room for files"),
    Counted.API_CALLS: _l("Calls of the programming interface a month"),
}
SUBSCRIPTION_STATES = {
    SubscriptionState.INCOMPLETE: Tag(_l("First payment not made"), "orange"),
    SubscriptionState.INCOMPLETE_EXPIRED: Tag(_l("Never paid"), "gray"),
    SubscriptionState.TRIALING: Tag(_l("Bought, trial runs"), "azure"),
    SubscriptionState.ACTIVE: Tag(_l("Active"), "green"),
    SubscriptionState.PAST_DUE: Tag(_l("Payment failed"), "orange"),
    SubscriptionState.UNPAID: Tag(_l("Unpaid"), "red"),
    SubscriptionState.CANCELED: Tag(_l("Ended"), "gray"),
    SubscriptionState.PAUSED: Tag(_l("Paused"), "gray"),
}
INVOICE_STATES = {
    InvoiceState.DRAFT: Tag(_l("Draft"), "gray"),
    InvoiceState.OPEN: Tag(_l("To be paid"), "orange"),
    InvoiceState.PAID: Tag(_l("Paid"), "green"),
    InvoiceState.UNCOLLECTIBLE: Tag(_l("Not collectible"), "red"),
    InvoiceState.VOID: Tag(_l("Void"), "gray"),
}
PROVIDERS = {
    Provider.STRIPE: _l("By card, at Stripe"),
    Provider.TRANSFER: _l("By bank transfer"),
}
PROOF_STATES = {
    ProofState.WAITING: Tag(_l("Waits to be confirmed"), "orange"),
    ProofState.CONFIRMED: Tag(_l("Confirmed"), "green"),
    ProofState.REJECTED: Tag(_l("Rejected"), "red"),
    ProofState.WITHDRAWN: Tag(_l("Taken back"), "gray"),
}
DIRECTIONS = {
    Direction.RECEIVED: Tag(_l("Received"), "green"),
    Direction.PAID_BACK: Tag(_l("Paid back"), "azure"),
}
EVENT_STATES = {
    EventState.WAITING: Tag(_l("Waits"), "azure"),
    EventState.DONE: Tag(_l("Applied"), "green"),
    EventState.IGNORED: Tag(_l("Of no interest"), "gray"),
    EventState.FAILED: Tag(_l("Failed"), "red"),
}
_EVENT_ERRORS = {
    "unknown object": _l("Stripe has no such object, or not any more."),
    "unknown customer": _l("It is about a customer whom we do not know."),
    "unknown payment": _l("No order knows this payment."),
    "Unclear": _l("Stripe did not answer, however often it was asked."),
    "Misconfigured": _l("Payments are not set up correctly."),
}


def event_error(error: str | None) -> str:
    """Return why nothing came of an event, as a sentence."""
    if not error:
        return ""
    known = _EVENT_ERRORS.get(error)
    return str(known) if known else _("It could not be applied: %(why)s", why=error)


CHARGE_STATES = {
    ChargeState.RECKONED: Tag(_l("Waits for an invoice"), "azure"),
    ChargeState.SENT: Tag(_l("With the next invoice"), "orange"),
    ChargeState.INVOICED: Tag(_l("On an invoice"), "green"),
    ChargeState.WAIVED: Tag(_l("Let off"), "gray"),
}


def intervals() -> Mapping[Interval, str]:
    """Return how long a price is for, in words."""
    return {Interval.MONTH: _("per month"), Interval.YEAR: _("per year")}


def amount_of_limit(counted: Counted, limit: Limit) -> str:
    """Return how much of something is included, in words."""
    if limit.included is None:
        return str(_("without limit"))
    if counted == Counted.STORAGE:
        gigabytes = limit.included / 1024
        return f"{gigabytes:,.0f} GB" if gigabytes >= 1 else f"{limit.included:,} MB"
    return f"{limit.included:,}"


def amount_used(counted: Counted, used: int) -> str:
    """Return how much of something is in use, in words."""
    if counted == Counted.STORAGE and used >= 1024:
        return f"{used / 1024:,.1f} GB"
    return quantity(counted, used)


def quantity(counted: Counted, amount: int) -> str:
    """Return how much of something there is, in words."""
    return f"{amount:,} MB" if counted == Counted.STORAGE else f"{amount:,}"


def explain_charge(one: UsageCharge | Beyond, currency: str) -> str:
    """Return how a charge comes about: used, included, begun units, and what each costs."""
    counted = Counted(one.counted)
    text: str = _(
        "%(used)s used, %(included)s included; %(units)s × begun %(per)s at %(each)s",
        used=quantity(counted, one.used),
        included=quantity(counted, one.included),
        units=f"{one.units:,}",
        per=quantity(counted, one.per),
        each=format_money(one.unit_amount, currency),
    )
    return text


def describe_charge(charge: UsageCharge) -> str:
    """Return a charge as a line of an invoice says it."""
    text: str = _(
        "Beyond the plan in %(month)s: %(what)s (%(how)s)",
        month=f"{charge.month:%Y-%m}",
        what=COUNTED[Counted(charge.counted)],
        how=explain_charge(charge, charge.currency),
    )
    return text


DISPUTE_STATES: dict[str, object] = {
    "warning_needs_response": _l("The bank inquires and waits for an answer"),
    "warning_under_review": _l("The bank inquires"),
    "warning_closed": _l("The bank's inquiry is closed"),
    "needs_response": _l("The bank has taken the money and waits for an answer"),
    "under_review": _l("The bank has taken the money and reviews the answer"),
    "won": _l("Won: the money came back"),
    "lost": _l("Lost: the money is gone"),
    "prevented": _l("Prevented"),
}
"""How a dispute stands, by Stripe's word."""

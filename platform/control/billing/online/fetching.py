"""Objects of Stripe's as plain values, the way the mirror keeps them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from control.billing.online.calls import found_at, id_of
from control.billing.online.payments import TakenBack, back_of, taken_back
from kit.payments import stripe_client

_MANY = 100


@dataclass(frozen=True, slots=True)
class FetchedSubscription:
    """A subscription as it is at Stripe now."""

    stripe_id: str
    customer_id: str
    state: str
    prices: Mapping[str, int]
    """Quantity by the id of Stripe's price."""
    interval: str
    currency: str
    started_at: datetime
    period_began_at: datetime | None
    period_ends_at: datetime | None
    trial_ends_at: datetime | None
    cancels_at: datetime | None
    ended_at: datetime | None
    coupons: tuple[str, ...] | None
    """Stripe's coupons that lower it; None where the call did not ask for them."""


@dataclass(frozen=True, slots=True)
class FetchedInvoice:
    """An invoice as it is at Stripe now; amounts in minor units."""

    stripe_id: str
    customer_id: str
    subscription_id: str | None
    values: Mapping[str, Any]
    """The columns of the mirror that come from Stripe as they are."""


def fetch_subscription(stripe_id: str) -> FetchedSubscription:
    """Return a subscription of Stripe's; Unknown when there is none, Unclear without an answer."""
    return read_subscription(
        found_at(
            lambda: stripe_client().v1.subscriptions.retrieve(stripe_id, {"expand": ["discounts"]})
        )
    )


def fetch_invoice(stripe_id: str) -> FetchedInvoice:
    """Return an invoice of Stripe's; Unknown when there is none, Unclear without an answer."""
    return whole_invoice(found_at(lambda: stripe_client().v1.invoices.retrieve(stripe_id)))


def whole_invoice(found: stripe.Invoice) -> FetchedInvoice:
    """Return an invoice of the library's with what went back of it and with its credit notes."""
    stripe_id = found.id or ""
    return read_invoice(
        found,
        taken_back(stripe_id) if found.amount_paid else TakenBack(),
        _credit_notes(stripe_id) if _credited(found) else (),
    )


def _credit_notes(invoice: str) -> list[dict[str, Any]]:
    """Return the credit notes of an invoice as the mirror keeps them, the oldest first."""
    listed = found_at(
        lambda: list(
            stripe_client()
            .v1.credit_notes.list({"invoice": invoice, "limit": _MANY})
            .auto_paging_iter()
        )
    )
    return [_credit_note(one) for one in reversed(listed)]


def _credit_note(found: stripe.CreditNote) -> dict[str, Any]:
    issued = _at(found.effective_at or found.created)
    return {
        "number": found.number,
        "amount": found.total,
        "is_void": found.status == "void",
        "issued_at": issued.isoformat() if issued else None,
        "memo": found.memo or "",
        "pdf_url": found.pdf,
    }


def all_of_customer(customer_id: str) -> tuple[list[FetchedSubscription], list[FetchedInvoice]]:
    """Return all that Stripe has of a customer, in as few calls as there are kinds of it.

    What was paid names its payments, and the customer's charges say what of them went back: asking
    for each invoice by itself would cost two calls more for every month that was paid. Only a
    dispute is asked for by itself.
    """
    whole: Any = {"customer": customer_id, "limit": _MANY}
    client = stripe_client().v1
    subscriptions = found_at(
        lambda: list(
            client.subscriptions.list(
                whole | {"status": "all", "expand": ["data.discounts"]}
            ).auto_paging_iter()
        )
    )
    invoices = found_at(
        lambda: list(client.invoices.list(whole | {"expand": ["data.payments"]}).auto_paging_iter())
    )
    charges: dict[str, list[stripe.Charge]] = defaultdict(list)
    if any(one.amount_paid for one in invoices):
        for charge in found_at(lambda: list(client.charges.list(whole).auto_paging_iter())):
            charges[id_of(charge.payment_intent) or ""].append(charge)
    notes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if any(_credited(one) for one in invoices):
        listed = found_at(lambda: list(client.credit_notes.list(whole).auto_paging_iter()))
        for note in reversed(listed):
            notes[id_of(note.invoice) or ""].append(_credit_note(note))
    return (
        [read_subscription(one) for one in subscriptions],
        [read_invoice(one, _back(one, charges), notes[one.id]) for one in invoices if one.id],
    )


def _credited(found: stripe.Invoice) -> int:
    return found.post_payment_credit_notes_amount + found.pre_payment_credit_notes_amount


def _back(found: stripe.Invoice, charges: Mapping[str, list[stripe.Charge]]) -> TakenBack:
    """Return what of an invoice's payments went back, by the customer's charges."""
    if not found.amount_paid or found.payments is None:
        return TakenBack()
    if found.payments.has_more:
        return taken_back(found.id or "")
    intents = [id_of(one.payment.payment_intent) for one in found.payments.data]
    return back_of([charge for intent in intents if intent for charge in charges.get(intent, [])])


def subscription_of_checkout(stripe_id: str) -> str | None:
    """Return the subscription that a Checkout session ended in, None for any other session."""
    found = found_at(lambda: stripe_client().v1.checkout.sessions.retrieve(stripe_id))
    return id_of(found.subscription)


def invoice_of_credit_note(stripe_id: str) -> str | None:
    """Return the invoice that a credit note lowers."""
    return id_of(found_at(lambda: stripe_client().v1.credit_notes.retrieve(stripe_id)).invoice)


def read_subscription(found: stripe.Subscription) -> FetchedSubscription:
    """Return the values of a subscription of the library's."""
    items = found.items.data
    first = items[0] if items else None
    recurring = first.price.recurring if first is not None else None
    return FetchedSubscription(
        stripe_id=found.id,
        customer_id=id_of(found.customer) or "",
        state=found.status,
        prices={item.price.id: item.quantity or 0 for item in items},
        interval=recurring.interval if recurring is not None else "month",
        currency=found.currency.upper(),
        started_at=_at(found.start_date) or _at(found.created) or datetime.now(UTC),
        period_began_at=_at(first.current_period_start) if first is not None else None,
        period_ends_at=_at(first.current_period_end) if first is not None else None,
        trial_ends_at=_at(found.trial_end),
        cancels_at=_at(found.cancel_at)
        or (_at(first.current_period_end) if first and found.cancel_at_period_end else None),
        ended_at=_at(found.ended_at),
        coupons=_coupons(found.discounts),
    )


def _coupons(discounts: Sequence[str | stripe.Discount]) -> tuple[str, ...] | None:
    found = []
    for one in discounts:
        if isinstance(one, str):
            return None
        if (coupon := id_of(one.source.coupon)) is not None:
            found.append(coupon)
    return tuple(found)


def read_invoice(
    found: stripe.Invoice, back: TakenBack, credit_notes: Sequence[Mapping[str, Any]]
) -> FetchedInvoice:
    """Return the values of an invoice of the library's, and of what of it went back."""
    parent = found.parent.subscription_details if found.parent else None
    moments = found.status_transitions
    issued = _at(moments.finalized_at)
    lines = [_line(one) for one in _lines(found)]
    began, ends = _period(lines)
    return FetchedInvoice(
        stripe_id=found.id or "",
        customer_id=id_of(found.customer) or "",
        subscription_id=id_of(parent.subscription) if parent else None,
        values={
            "number": found.number,
            "state": found.status or "draft",
            "reason": found.billing_reason or "",
            "currency": found.currency.upper(),
            "total_amount": found.total,
            "tax_amount": sum(tax.amount for tax in found.total_taxes or ()),
            "paid_amount": found.amount_paid,
            "remaining_amount": found.amount_remaining,
            "credited_amount": found.post_payment_credit_notes_amount
            + found.pre_payment_credit_notes_amount,
            "overpaid_amount": found.amount_overpaid,
            "outside_amount": found.amount_paid_off_stripe or 0,
            "refunded_amount": back.refunded_amount,
            "is_disputed": back.is_disputed,
            "dispute_state": back.dispute_state,
            "issued_at": issued,
            # A card is charged when the invoice is issued: from then on it is due.
            "due_at": _at(found.due_date) or issued,
            "paid_at": _at(moments.paid_at),
            "attempts": found.attempt_count,
            "next_attempt_at": _at(found.next_payment_attempt),
            "period_began_at": began or _at(found.period_start),
            "period_ends_at": ends or _at(found.period_end),
            "page_url": found.hosted_invoice_url,
            "pdf_url": found.invoice_pdf,
            "lines": lines,
            "credit_notes": list(credit_notes),
        },
    )


def _lines(found: stripe.Invoice) -> list[stripe.InvoiceLineItem]:
    """Return all lines of an invoice: of a long one Stripe gives the first only."""
    if not found.lines.has_more:
        return found.lines.data
    return list(found.lines.auto_paging_iter())


def _line(found: stripe.InvoiceLineItem) -> dict[str, Any]:
    """Return a line as the mirror keeps it; `recurs` for what is paid again and again.

    `item` is what had waited for the invoice.
    """
    parent = found.parent
    waited = parent.invoice_item_details if parent else None
    recurs = parent is not None and (
        parent.subscription_item_details is not None or (waited is not None and waited.proration)
    )
    began, until = _at(found.period.start), _at(found.period.end)
    item: dict[str, Any] = {"item": waited.invoice_item} if waited else {}
    return item | {
        "text": found.description or "",
        "amount": found.amount,
        "off": sum(one.amount for one in found.discount_amounts or ()),
        "quantity": found.quantity or 1,
        "from": began.isoformat() if began else None,
        "until": until.isoformat() if until else None,
        "recurs": recurs,
    }


def _period(lines: Sequence[Mapping[str, Any]]) -> tuple[datetime | None, datetime | None]:
    """Return from when until when an invoice is for.

    Stripe's own period of an invoice is the one before: in which its items were gathered.
    """
    told = [one for one in lines if one["from"] and one["until"]]
    told = [one for one in told if one["recurs"]] or told
    if not told:
        return None, None
    return (
        datetime.fromisoformat(min(one["from"] for one in told)),
        datetime.fromisoformat(max(one["until"] for one in told)),
    )


def _at(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

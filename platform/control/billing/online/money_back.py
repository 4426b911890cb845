"""Take an invoice back at Stripe, wholly or in part: money refunded, credit given, or void."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from control.billing.models import BillingAccount, Invoice, InvoiceState, Provider
from control.billing.online import mirror
from control.billing.online.fetching import fetch_invoice
from kit import audit
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.payments import calling_stripe, stripe_client

ASKED = audit.Event.named(
    "billing:money_back_asked",
    *("invoice", "way", "amount", "currency", "reason", "state", "submission"),
)
DONE = audit.Event.named("billing:money_back", "invoice", "way", "amount", "currency", "stripe_id")


class Way(StrEnum):
    """What becomes of what is taken back."""

    REFUND = "refund"
    """It goes back to the card, and a credit note says so."""
    CREDIT = "credit"
    """A credit note: less is owed, or the next invoices are lower."""
    VOID = "void"
    """The invoice counts as never issued."""


_OWED = frozenset({InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE})


@dataclass(frozen=True, slots=True)
class Possible:
    """How much of an invoice can be refunded and credited, and whether it can be void."""

    refund: int
    credit: int
    is_voidable: bool

    def most(self, way: Way) -> int:
        """Return the most that can be taken back in a way."""
        return {Way.REFUND: self.refund, Way.CREDIT: self.credit}.get(way, 0)


def possible(invoice: Invoice) -> Possible:
    """Return what can be taken back of an invoice; nothing of one that is not at Stripe."""
    if invoice.provider != Provider.STRIPE or invoice.stripe_id is None:
        return Possible(0, 0, is_voidable=False)
    uncredited = max(0, invoice.total_amount - invoice.credited_amount)
    if invoice.state == InvoiceState.PAID:
        # What was paid past Stripe cannot go back through it.
        through = invoice.paid_amount - invoice.outside_amount
        refundable = max(0, through - invoice.refunded_amount)
        refund = 0 if invoice.is_disputed else min(refundable, uncredited)
        return Possible(refund, uncredited, is_voidable=False)
    if invoice.state in _OWED:
        return Possible(0, min(uncredited, invoice.remaining_amount), is_voidable=True)
    return Possible(0, 0, is_voidable=False)


def take_back(
    invoice: Invoice,
    way: Way,
    *,
    amount: int,
    reason: str,
    submission: str,
    by: audit.Actor,
) -> None:
    """Refund or credit an amount of an invoice, or make it void, at Stripe and in the mirror.

    `submission` names the click: sent twice, it is done once. Who asked for it is written down
    before Stripe is called, so that it is known whatever happens after. No transaction may be open.
    """
    account = invoice.account
    state = _asked(account, submission)
    if state is None:
        _refuse_amount(invoice, way, amount)
        state = _note_asked(
            account,
            invoice,
            by=by,
            way=way.value,
            amount=amount,
            reason=reason,
            submission=submission,
        )
    # What was asked before is asked again in the same words, whatever the mirror says by now.
    is_paid = state == InvoiceState.PAID
    stripe_id = invoice.stripe_id or ""
    control_session().rollback()
    made = _at_stripe(stripe_id, way, amount, reason, submission, is_paid=is_paid)
    ticket = mirror.take_ticket()
    found = fetch_invoice(stripe_id)
    with control_transaction():
        account = lock_row(account)
        if audit.find_control(DONE, account, stripe_id=made) is None:
            audit.record_control(
                DONE,
                account,
                by=by,
                invoice=invoice.number or stripe_id,
                way=way.value,
                amount=amount,
                currency=invoice.currency,
                stripe_id=made,
            )
        mirror.show_invoice(found, ticket=ticket)


def _at_stripe(
    stripe_id: str, way: Way, amount: int, reason: str, submission: str, *, is_paid: bool
) -> str:
    """Return the id of the credit note, or of the invoice that is void."""
    key = f"back-{stripe_id}-{submission}"
    client = stripe_client().v1
    with calling_stripe():
        if way == Way.VOID:
            client.invoices.void_invoice(stripe_id, {}, {"idempotency_key": key})
            return stripe_id
        params: dict[str, Any] = {"invoice": stripe_id, "amount": amount, "memo": reason}
        if way == Way.REFUND:
            params["refund_amount"] = amount
        elif is_paid:
            params["credit_amount"] = amount
        return client.credit_notes.create(params, {"idempotency_key": key}).id  # type: ignore[arg-type]


def _refuse_amount(invoice: Invoice, way: Way, amount: int) -> None:
    can = possible(invoice)
    if way == Way.VOID:
        if not can.is_voidable:
            raise Refused(_("Only an invoice that is still to be paid can be made void."))
        return
    most = can.most(way)
    if not most:
        raise Refused(_("Nothing of this invoice can be taken back in this way."))
    if not 0 < amount <= most:
        raise Refused(
            _("The amount is more than what is left. Enter a smaller one."), field="amount"
        )


def _note_asked(
    account: BillingAccount,
    invoice: Invoice,
    *,
    by: audit.Actor,
    submission: str,
    **asked: str | int,
) -> str:
    with control_transaction():
        account = lock_row(account)
        state = _asked(account, submission)
        if state is None:
            state = invoice.state
            audit.record_control(
                ASKED,
                account,
                by=by,
                invoice=invoice.number or invoice.stripe_id,
                currency=invoice.currency,
                state=state,
                submission=submission,
                **asked,
            )
        return state


def _asked(account: BillingAccount, submission: str) -> str | None:
    """Return the state that the invoice had when this was first asked, None when it was not."""
    entry = audit.find_control(ASKED, account, submission=submission)
    return None if entry is None else str(entry.details["state"])

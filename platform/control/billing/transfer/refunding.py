"""Pay an invoice of ours back, wholly or in part: the movement, a credit note, and the books."""

from control.billing.bookkeeping.entering import enter, tax_in
from control.billing.models import (
    CreditNote,
    Direction,
    Invoice,
    InvoiceState,
    Provider,
    Series,
)
from control.billing.transfer.booking import Movement, book, of_click, refuse_movement
from control.billing.transfer.drawing import next_number
from control.billing.transfer.queries import note_of
from control.billing.transfer.telling import tell
from kit import audit, clock
from kit.db import control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import format_money
from kit.i18n import gettext as _

REFUNDED = audit.Event.named(
    "billing:transfer_refunded",
    *("invoice", "credit_note", "amount", "currency", "bank_reference", "reason"),
)


def refundable(invoice: Invoice) -> int:
    """Return how much of an invoice of ours can be paid back; nothing of one that is not paid."""
    if invoice.provider != Provider.TRANSFER or invoice.state != InvoiceState.PAID:
        return 0
    return max(0, invoice.paid_amount - invoice.refunded_amount)


def refund(invoice: Invoice, movement: Movement, *, reason: str, by: audit.Actor) -> CreditNote:
    """Book that a paid invoice was transferred back, and issue a credit note for it.

    Refused for more than is left of what was paid, and for another currency. What the invoice was
    for stays given. The same click again answers with the first one's note.
    """
    refuse_movement(movement)
    with control_transaction() as control:
        account = lock_row(invoice.account)
        known = of_click(account, Direction.PAID_BACK, movement, invoice=invoice)
        if known is not None:
            return note_of(known)
        invoice = lock_row(invoice)
        _refuse_amount(invoice, movement)
        booked = book(account, Direction.PAID_BACK, movement, by=by, invoice=invoice)
        before = invoice.credited_amount
        invoice.refunded_amount += movement.amount
        invoice.credited_amount += movement.amount
        note = CreditNote(
            account_id=account.id,
            invoice_id=invoice.id,
            transfer_id=booked.id,
            number=next_number(Series.CREDIT_NOTE),
            currency=invoice.currency,
            amount=movement.amount,
            tax_amount=tax_in(invoice, invoice.credited_amount) - tax_in(invoice, before),
            reason=reason,
            issued_at=clock.now(),
            operator_name=by.actor_name,
        )
        control.add(note)
        control.flush()
        enter(account, invoice)
        audit.record_control(
            REFUNDED,
            account,
            by=by,
            invoice=invoice.number,
            credit_note=note.number,
            amount=note.amount,
            currency=note.currency,
            bank_reference=booked.bank_reference,
            reason=reason,
        )
        tell(account, "refunded", invoice=invoice, transfer=booked)
        return note


def _refuse_amount(invoice: Invoice, movement: Movement) -> None:
    most = refundable(invoice)
    if not most:
        raise Refused(_("Nothing of this invoice can be paid back."))
    if movement.currency != invoice.currency:
        raise Refused(
            _("The invoice is in %(currency)s.", currency=invoice.currency), field="currency"
        )
    if movement.amount > most:
        raise Refused(
            _(
                "At most %(amount)s of this invoice can be paid back.",
                amount=format_money(most, invoice.currency),
            ),
            field="amount",
        )

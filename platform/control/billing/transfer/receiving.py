"""Book money that came by transfer, and money that was paid back: each movement once."""

from control.billing.accounts import review
from control.billing.bookkeeping.entering import enter
from control.billing.models import (
    BankTransfer,
    BillingAccount,
    Cause,
    Direction,
    Invoice,
    InvoiceReason,
    ProofState,
    Provider,
    TransferProof,
)
from control.billing.transfer import ledger
from control.billing.transfer.booking import Movement, book, of_click, refuse_movement
from control.billing.transfer.drawing import settle
from control.billing.transfer.renewing import follow_change
from control.billing.transfer.telling import tell
from control.workspaces.models import WorkspaceState
from kit import audit, clock
from kit.db import control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import format_money
from kit.i18n import gettext as _

RECEIVED = audit.Event.named(
    "billing:transfer_received",
    *("invoice", "amount", "currency", "bank_reference", "to_invoice", "to_credit"),
)
PAID_BACK = audit.Event.named(
    "billing:transfer_paid_back", "amount", "currency", "bank_reference", "reason"
)


def receive(
    invoice: Invoice,
    movement: Movement,
    *,
    by: audit.Actor,
    proof: TransferProof | None = None,
) -> BankTransfer:
    """Book money that came for an invoice; what it does not need becomes the account's credit.

    So does all of it where the invoice is paid, void, or its workspace is closed. The same click
    again books nothing. Refused for a reference that is booked, and for another currency: there
    is no rate that we could answer for, so such money goes back as it came.
    """
    refuse_movement(movement)
    with control_transaction() as control:
        account = lock_row(invoice.account)
        if (known := of_click(account, Direction.RECEIVED, movement)) is not None:
            return known
        if proof is not None:
            proof = lock_row(proof)
            if proof.state != ProofState.WAITING:
                raise Refused(_("This proof has been decided already."))
        invoice = lock_row(invoice)
        if invoice.provider != Provider.TRANSFER:
            raise Refused(_("This invoice is paid through Stripe."))
        if movement.currency != invoice.currency:
            raise Refused(
                _(
                    "The invoice is in %(currency)s. Money in another currency is not booked: "
                    "reject the proof and have the bank send the money back.",
                    currency=invoice.currency,
                ),
                field="currency",
            )
        booked = book(account, Direction.RECEIVED, movement, by=by, invoice=invoice, proof=proof)
        takes = invoice.state in ledger.OPEN and account.workspace.state != WorkspaceState.CLOSED
        used = min(movement.amount, invoice.remaining_amount) if takes else 0
        rest = movement.amount - used
        ledger.put(account, used, Cause.RECEIVED, invoice=invoice, transfer_id=booked.id)
        ledger.put(account, rest, Cause.RECEIVED, transfer_id=booked.id)
        audit.record_control(
            RECEIVED,
            account,
            by=by,
            invoice=invoice.number,
            amount=movement.amount,
            currency=movement.currency,
            bank_reference=booked.bank_reference,
            to_invoice=used,
            to_credit=rest,
        )
        if proof is not None:
            proof.state = ProofState.CONFIRMED
            proof.decided_at, proof.decider_name = clock.now(), by.actor_name
            proof.version += 1
        control.flush()
        if settle(invoice, by=by):
            after_paid(invoice, by=by)
        if takes or account.workspace.state != WorkspaceState.CLOSED:
            _use_rest(account, by=by)
        control.flush()
        enter(account, invoice)
        review(account, by=by)
        tell(account, "received", invoice=invoice, transfer=booked)
        return booked


def after_paid(invoice: Invoice, *, by: audit.Actor) -> None:
    """Bring what is open besides into line with a change that has just been paid."""
    if invoice.reason == InvoiceReason.UPDATE and invoice.subscription is not None:
        follow_change(invoice.subscription, by=by)


def _use_rest(account: BillingAccount, *, by: audit.Actor) -> None:
    """Pay what is owed otherwise from the credit; offers are taken by who pays for them."""
    for one in ledger.open_invoices(account, owed=True):
        if account.credit_amount:
            ledger.use_credit(account, lock_row(one))
            settle(one, by=by)
            enter(account, one)


def pay_back(
    account: BillingAccount, movement: Movement, *, reason: str, by: audit.Actor
) -> BankTransfer:
    """Book that credit was transferred back; Refused for more than there is. Each click once."""
    refuse_movement(movement)
    with control_transaction() as control:
        account = lock_row(account)
        if (known := of_click(account, Direction.PAID_BACK, movement)) is not None:
            return known
        if movement.currency != account.currency:
            raise Refused(
                _("The credit is in %(currency)s.", currency=account.currency), field="currency"
            )
        if movement.amount > account.credit_amount:
            raise Refused(
                _(
                    "The credit is %(amount)s; no more can be paid back.",
                    amount=format_money(account.credit_amount, account.currency),
                ),
                field="amount",
            )
        booked = book(account, Direction.PAID_BACK, movement, by=by)
        ledger.put(account, -movement.amount, Cause.PAID_BACK, transfer_id=booked.id)
        control.flush()
        enter(account)
        audit.record_control(
            PAID_BACK,
            account,
            by=by,
            amount=movement.amount,
            currency=movement.currency,
            bank_reference=booked.bank_reference,
            reason=reason,
        )
        tell(account, "paid_back", transfer=booked)
        return booked

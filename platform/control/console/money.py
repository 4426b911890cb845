"""What operators do with money, each time with their own password."""

from control.billing.accounts import review
from control.billing.models import BankTransfer, BillingAccount, CreditNote, Invoice, TransferProof
from control.billing.online.money_back import Way, take_back
from control.billing.transfer import drawing, receiving, refunding
from control.billing.transfer.booking import Movement
from control.billing.transfer.telling import tell
from control.console.models import Operator
from control.console.services import refuse_wrong_password
from kit.db import control_transaction


def take_invoice_back(
    invoice: Invoice, way: Way, *, amount: int, reason: str, submission: str, own: str, by: Operator
) -> None:
    """Refund, credit or make void an invoice of Stripe's; Refused for a wrong password."""
    refuse_wrong_password(by, own)
    take_back(invoice, way, amount=amount, reason=reason, submission=submission, by=by)


def book_receipt(
    invoice: Invoice,
    movement: Movement,
    *,
    own: str,
    by: Operator,
    proof: TransferProof | None = None,
) -> BankTransfer:
    """Book money that came for an invoice; Refused for a wrong password."""
    refuse_wrong_password(by, own)
    return receiving.receive(invoice, movement, by=by, proof=proof)


def book_pay_back(
    account: BillingAccount, movement: Movement, *, own: str, by: Operator
) -> BankTransfer:
    """Book credit that was transferred back; Refused for a wrong password."""
    refuse_wrong_password(by, own)
    return receiving.pay_back(account, movement, reason=movement.note, by=by)


def book_refund(invoice: Invoice, movement: Movement, *, own: str, by: Operator) -> CreditNote:
    """Book that a paid invoice was transferred back; Refused for a wrong password."""
    refuse_wrong_password(by, own)
    return refunding.refund(invoice, movement, reason=movement.note, by=by)


def void_invoice(invoice: Invoice, *, reason: str, own: str, by: Operator) -> int:
    """Make an invoice of ours void and tell its owner; Refused for a wrong password.

    Returns how much of it went to the credit.
    """
    refuse_wrong_password(by, own)
    with control_transaction():
        back = drawing.void(invoice, reason=reason, by=by, ends_plan=True)
        tell(invoice.account, "void", invoice=invoice)
        review(invoice.account, by=by)
        return back

"""What owners are told of invoices and transfers: by mail, in their language."""

from control.billing.models import BankTransfer, BillingAccount, Invoice, TransferProof
from control.billing.transfer.jobs import send_word
from kit import jobs


def tell(
    account: BillingAccount,
    about: str,
    *,
    invoice: Invoice | None = None,
    proof: TransferProof | None = None,
    transfer: BankTransfer | None = None,
) -> None:
    """Have the owner of a workspace told one thing; part of the verb that did it."""
    jobs.enqueue_control(
        send_word,
        account_id=account.id,
        about=about,
        invoice_id=invoice.public_id if invoice else "",
        proof_id=proof.public_id if proof else "",
        transfer_id=transfer.public_id if transfer else "",
    )

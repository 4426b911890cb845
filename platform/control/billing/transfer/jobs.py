"""Background work of bank transfers: mails."""

from control.billing.models import BillingAccount
from control.billing.transfer.queries import find_invoice, find_movement, find_proof
from control.billing.transfer.wording import words
from control.closing.queries import owner_of
from kit import mail
from kit.db import control_session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.i18n import speaking
from kit.jobs import JobRun, job


@job("billing.tell_transfer", title=_l("Tell of an invoice or a transfer"), stepped=True)
def send_word(
    run: JobRun,
    *,
    account_id: int,
    about: str,
    invoice_id: str,
    proof_id: str,
    transfer_id: str,
) -> None:
    """Tell the owner of a workspace one thing of an invoice or a transfer, in his language."""
    if run.is_done("sent"):
        return
    account = control_session().get_one(BillingAccount, account_id)
    owner = owner_of(account.workspace_id)
    if owner is None:
        return
    with speaking(owner.locale):
        subject, sentence = words(
            account,
            about,
            invoice=find_invoice(invoice_id),
            proof=find_proof(proof_id),
            transfer=find_movement(transfer_id),
        )
        hello = _("Hello %(name)s,", name=owner.name)
    recipient = account.billing_email or owner.email
    # The read must be over before the network is used.
    control_session().rollback()
    mail.send(recipient, subject, f"{hello}\n\n{sentence}\n", message_id=run.id)
    run.mark("sent")

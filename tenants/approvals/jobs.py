"""Mail about approvals."""

from sqlalchemy import select

from kit import mail, tenancy
from kit.db import session
from kit.i18n import gettext as _
from kit.jobs import JobRun, job
from kit.settings import get_settings
from tenants.accounts.models import User
from tenants.approvals.kinds import kind_label
from tenants.approvals.models import Approval, ApprovalState

_SENTENCES = {
    "waiting": lambda kind, title: _(
        "%(kind)s “%(title)s” waits for your approval.", kind=kind, title=title
    ),
    "reminder": lambda kind, title: _(
        "A reminder: %(kind)s “%(title)s” waits for your approval.", kind=kind, title=title
    ),
}
_ENDS = {
    ApprovalState.APPROVED: lambda kind, title: _(
        "%(kind)s “%(title)s” has been approved.", kind=kind, title=title
    ),
    ApprovalState.REJECTED: lambda kind, title: _(
        "%(kind)s “%(title)s” has been rejected.", kind=kind, title=title
    ),
    ApprovalState.RETURNED: lambda kind, title: _(
        "%(kind)s “%(title)s” has been returned to you.", kind=kind, title=title
    ),
}


@job("approvals.send_mail", stepped=True, tries=4)
def send_mail(run: JobRun, *, approval: str, turn: str, person: str, what: str) -> None:
    """Tell a person about an approval by mail, unless it is of no interest any more."""
    if run.is_done("sent"):
        return
    found = session().scalars(select(Approval).where(Approval.public_id == approval)).one_or_none()
    reader = session().scalars(select(User).where(User.public_id == person)).one_or_none()
    sentence = _sentence(found, turn, what) if found is not None else None
    recipient = reader.email if reader is not None and reader.is_active else None
    # The transaction ends before anything leaves.
    session().rollback()
    if sentence is None or not recipient:
        return
    body = _("%(sentence)s\n\nOpen it here:\n%(link)s", sentence=sentence, link=_link(approval))
    mail.send(recipient, sentence, body, message_id=run.id)
    run.mark("sent")


def _sentence(approval: Approval, turn: str, what: str) -> str | None:
    kind = kind_label(approval.kind)
    if what in _SENTENCES:
        is_over = approval.state != ApprovalState.PENDING or approval.turn_id != turn
        return None if is_over else str(_SENTENCES[what](kind, approval.title))
    words = _ENDS.get(ApprovalState(approval.state))
    return str(words(kind, approval.title)) if words else None


def _link(public_id: str) -> str:
    scheme = "http" if get_settings().is_development else "https"
    return f"{scheme}://{tenancy.current().host}/approvals/{public_id}"

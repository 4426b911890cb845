"""Mails about the end of a workspace."""

from flask_babel import force_locale
from sqlalchemy import select

from control.billing.grace import ends_with, has_lost_plan
from control.closing.queries import certificate_of, owner_of
from control.domains.queries import workspace_url
from control.workspaces.models import Workspace, WorkspaceState
from kit import mail
from kit.db import control_session
from kit.i18n import format_date, format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job


@job("closing.send_notice", title=_l("Tell of a deletion"), stepped=True)
def send_notice(run: JobRun, *, workspace_id: int, about: str) -> None:
    """Tell a workspace's owner that it will go, goes soon, stays after all, or is gone."""
    if run.is_done("sent"):
        return
    workspace = (
        control_session().scalars(select(Workspace).where(Workspace.id == workspace_id)).one()
    )
    owner = owner_of(workspace_id)
    is_closing = workspace.state == WorkspaceState.CLOSING
    if owner is None or (about in {"asked", "soon"} and not is_closing):
        return
    with force_locale(owner.locale):
        subject, sentence = _words(workspace, about)
        hello = _("Hello %(name)s,", name=owner.name)
    # The read must be over before the network is used.
    control_session().rollback()
    mail.send(owner.email, subject, f"{hello}\n\n{sentence}\n", message_id=run.id)
    run.mark("sent")


def _words(workspace: Workspace, about: str) -> tuple[str, str]:
    name = workspace.name
    if about == "kept":
        sentence = _("The deletion was taken back; everything is as it was.")
        if has_lost_plan(workspace.id):
            sentence += " " + _("Only its plan has ended meanwhile: choose one again.")
        return _("%(name)s is not deleted", name=name), sentence
    if about == "deleted":
        certificate = certificate_of(workspace)
        assert certificate is not None
        assert certificate.keys_expire_on is not None
        return (
            _("%(name)s has been deleted", name=name),
            _(
                "Certificate %(number)s: %(tables)s tables with %(rows)s rows and %(files)s files, "
                "the database role and the keys are gone. The last copy of the keys is destroyed "
                "on %(day)s; from then on nobody can read a copy of the personal data.",
                number=certificate.public_id,
                tables=certificate.removed["tables"],
                rows=certificate.removed["rows"],
                files=certificate.removed["files"],
                day=format_date(certificate.keys_expire_on),
            ),
        )
    assert workspace.closes_at is not None
    unpaid = _("Its plan is not renewed any more; nothing is charged for another period.")
    return (
        _("%(name)s will be deleted", name=name),
        _(
            "Everything in %(name)s will be deleted on %(at)s (UTC+8) and cannot be brought back. "
            "Until then it can be read, exported and kept:\n\n%(link)s",
            name=name,
            at=format_datetime(workspace.closes_at),
            link=workspace_url(workspace.address, "/settings/workspace"),
        )
        + (f"\n\n{unpaid}" if ends_with(workspace.id) else ""),
    )

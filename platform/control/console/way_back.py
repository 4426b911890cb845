"""Let a workspace's only administrator back in who has lost every way into the account.

The operator gives a reason and the own password; the link goes to the mailbox that the workspace
was signed up with, so the operator never sees it.
"""

from dataclasses import dataclass

from flask_babel import force_locale

from control.closing.queries import owner_of
from control.console.models import Operator
from control.console.services import refuse_wrong_password
from control.plane import Doors, current_plane
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace
from kit import audit, mail
from kit.crash import crash_point
from kit.db import control_session, control_transaction, lock_row, workspace_scope
from kit.errors import Forbidden, Refused
from kit.i18n import format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, enqueue_control, job
from kit.tenancy import Access

ASKED = audit.Event.named("workspace:way_back_asked", "reason", "person")


@dataclass(frozen=True, slots=True)
class OperatorAtTheDoor:
    """The operator, as the workspace's own log names him."""

    actor_id: str
    actor_name: str
    actor_kind: str = "operator"


def ask_way_back(workspace: Workspace, *, reason: str, own: str, by: Operator) -> None:
    """Have a link mailed to a workspace's owner that lets its only administrator in, once.

    Refuses a wrong password, a workspace that nobody can open, one without a proven address, and
    one that has another administrator. Forbidden to operators without the right.
    """
    if not by.may_let_back_in:
        raise Forbidden(workspace.public_id)
    refuse_wrong_password(by, own)
    if workspace.access == Access.NONE:
        raise Refused(_("Nobody can open this workspace; resume it first."))
    if owner_of(workspace.id) is None:
        raise Refused(_("Nobody proved a mail address for this workspace."))
    tenant = as_tenant(workspace)
    control_session().rollback()
    with workspace_scope(tenant):
        person = _doors().sole_administrator()
    with control_transaction():
        workspace = lock_row(workspace)
        audit.record_control(ASKED, workspace, by=by, reason=reason, person=person)
        enqueue_control(
            mail_way_back,
            workspace_id=workspace.id,
            reason=reason,
            operator_id=by.public_id,
            operator_name=by.name,
        )


def _doors() -> Doors:
    doors = current_plane().doors
    assert doors is not None
    return doors


@job(
    "console.mail_way_back",
    title=_l("Send an administrator's way back in"),
    queue="interactive",
    stepped=True,
    tries=4,
)
def mail_way_back(
    run: JobRun, *, workspace_id: int, reason: str, operator_id: str, operator_name: str
) -> None:
    """Make the link in the workspace and mail it to the owner; the same one when tried again."""
    if run.is_done("sent"):
        return
    workspace = control_session().get_one(Workspace, workspace_id)
    owner = owner_of(workspace_id)
    assert owner is not None
    tenant, name = as_tenant(workspace), workspace.name
    # The planes never stand open together, nor while the network is used.
    control_session().rollback()
    with workspace_scope(tenant):
        made = _doors().open_way_back(
            run.id, reason=reason, by=OperatorAtTheDoor(operator_id, operator_name)
        )
    crash_point("way_back.opened")
    with force_locale(owner.locale):
        subject = _("A way back into %(name)s", name=name)
        body = _(
            "Hello %(owner)s,\n\n"
            "%(person)s (%(username)s), the only administrator of %(name)s, has lost every way to "
            "sign in. The platform operator %(operator)s opened a way back for this reason:\n"
            "%(reason)s\n\n"
            "Whoever opens this address chooses a new password; the second step is taken off, and "
            "all log-ins of the account end:\n%(link)s\n\n"
            "It can be used once, until %(until)s (UTC+8).\n"
            "If nobody of your company asked for this, use nothing of it and tell us at once.",
            owner=owner.name,
            person=made.name,
            username=made.username,
            name=name,
            operator=operator_name,
            reason=reason,
            link=made.link,
            until=format_datetime(made.expires_at),
        )
    mail.send(owner.email, subject, body, message_id=run.id)
    crash_point("way_back.mailed")
    run.mark("sent")

"""Mails about support access: to the owner of the workspace, and to the operators."""

from flask_babel import force_locale
from sqlalchemy import select

from control.closing.queries import owner_of
from control.console.models import Operator
from control.domains.queries import workspace_url
from control.support import queries
from control.support.models import SupportGrant
from kit import mail
from kit.db import control_session
from kit.i18n import format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job


@job("support.tell_owner", title=_l("Tell of support access"), stepped=True)
def tell_owner(run: JobRun, *, grant_id: str, about: str, operator: str = "") -> None:
    """Tell who signed a workspace up that its doors stand open, were used, or are shut again."""
    if run.is_done("sent"):
        return
    grant = queries.find_grant(grant_id)
    owner = owner_of(grant.workspace_id) if grant else None
    if grant is None or owner is None:
        return
    name = grant.workspace.name
    link = workspace_url(grant.workspace.address, "/settings/support/")
    with force_locale(owner.locale):
        subject = _("Support access to %(name)s", name=name)
        hello = _("Hello %(name)s,", name=owner.name)
        sentence = _sentence(grant, about, operator)
        foot = _("You can see every step, and end it at any time:")
    # The read must be over before the network is used.
    control_session().rollback()
    mail.send(owner.email, subject, f"{hello}\n\n{sentence}\n\n{foot}\n{link}\n", message_id=run.id)
    run.mark("sent")


def _sentence(grant: SupportGrant, about: str, operator: str) -> str:
    until = format_datetime(grant.ends_at)
    sentence: str
    match about:
        case "granted":
            sentence = _(
                "%(who)s let the platform operator look into your workspace until %(until)s "
                "(UTC+8). Reason: %(reason)s",
                who=grant.giver_name,
                until=until,
                reason=grant.reason,
            )
        case "entered":
            sentence = _("%(who)s of the platform operator has entered.", who=operator)
        case "revoked":
            sentence = _("%(who)s has ended the support access.", who=grant.ender_name)
        case _other:
            sentence = _(
                "The support access has ended by itself at %(until)s (UTC+8).", until=until
            )
    return sentence


@job("support.tell_operators", title=_l("Tell operators of support access"), stepped=True)
def tell_operators(run: JobRun, *, grant_id: str) -> None:
    """Tell the operators that a workspace has let them in, and what for."""
    grant = queries.find_grant(grant_id)
    if grant is None:
        return
    addresses = control_session().scalars(
        select(Operator.email).where(Operator.is_active.is_(True)).order_by(Operator.id)
    )
    to = list(addresses)
    name = grant.workspace.name
    subject = _("Support access to %(name)s", name=name)
    body = _(
        "%(name)s lets you look in until %(until)s (UTC+8). Reason: %(reason)s\n\nYou enter from "
        "the console, under Support access. Everything you open is in the workspace's own log.",
        name=name,
        until=format_datetime(grant.ends_at),
        reason=grant.reason,
    )
    control_session().rollback()
    for number, address in enumerate(to):
        if not run.is_done(f"sent{number}"):
            mail.send(address, subject, f"{body}\n", message_id=f"{run.id}-{number}")
            run.mark(f"sent{number}")

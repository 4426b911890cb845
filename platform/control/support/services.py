"""Verbs on support access: give it, take it back, hand over, enter, leave, note its end."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from control.console.models import Operator, OperatorSession
from control.support import queries
from control.support.jobs import tell_operators, tell_owner
from control.support.models import LONGEST_HOURS, SHORTEST_HOURS, SupportGrant, SupportVisit
from control.support.queries import Visit
from control.workspaces.directory import directory
from control.workspaces.jobs import log_inside
from control.workspaces.models import Workspace
from kit import audit, clock, crypto, ids, jobs, personal
from kit.db import control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.tenancy import Access
from kit.tenancy import Workspace as Tenant

HANDOVER_FOR = timedelta(seconds=60)
LONGEST_REASON = 500

GRANTED = audit.Event.named("support:granted", "grant", "reason", "hours", "may_write")
REVOKED = audit.Event.named("support:revoked", "grant")
LAPSED = audit.Event.named("support:lapsed", "grant")
HANDED_OVER = audit.Event.named("support:handed_over", "grant")
ENTERED = audit.Event.named("support:entered", "grant", "ip_address")
LEFT = audit.Event.named("support:left", "grant")


def grant_access(
    workspace: Workspace, *, hours: int, reason: str, may_write: bool, by: audit.Actor
) -> SupportGrant:
    """Let the operator look into a workspace for some hours; its owner and operators are mailed.

    Refused while access is open, without a reason, and outside 1 to 72 hours.
    """
    reason = personal.plain(reason)[:LONGEST_REASON]
    if len(reason) < 2:
        raise Refused(_("Say what the operator is to help with."), field="reason")
    if not SHORTEST_HOURS <= hours <= LONGEST_HOURS:
        raise Refused(
            _("Between %(least)s and %(most)s hours.", least=SHORTEST_HOURS, most=LONGEST_HOURS),
            field="hours",
        )
    with control_transaction() as control:
        workspace = lock_row(workspace)
        _note_lapse(workspace)
        if queries.open_grant(workspace.id) is not None:
            raise Refused(_("Support access is open already; end it first to give it anew."))
        grant = SupportGrant(
            workspace_id=workspace.id,
            reason=reason,
            hours=hours,
            may_write=may_write,
            ends_at=clock.now() + timedelta(hours=hours),
            giver_id=by.actor_id,
            giver_name=by.actor_name,
        )
        control.add(grant)
        control.flush()
        workspace.support_until = grant.ends_at
        audit.record_control(
            GRANTED,
            workspace,
            by=by,
            grant=grant.public_id,
            reason=reason,
            hours=hours,
            may_write=may_write,
        )
        jobs.enqueue_control(tell_owner, grant_id=grant.public_id, about="granted")
        jobs.enqueue_control(tell_operators, grant_id=grant.public_id)
    directory.forget()
    return grant


def revoke_access(grant: SupportGrant, *, by: audit.Actor) -> None:
    """End a grant now, and with it every visit under it; Refused once it has ended."""
    with control_transaction():
        workspace = lock_row(grant.workspace)
        grant = lock_row(grant)
        if not grant.is_open:
            raise Refused(_("This support access has ended already."))
        grant.ended_at = clock.now()
        grant.ender_name = by.actor_name
        workspace.support_until = None
        audit.record_control(REVOKED, workspace, by=by, grant=grant.public_id)
        jobs.enqueue_control(tell_owner, grant_id=grant.public_id, about="revoked")
    directory.forget()


def _note_lapse(workspace: Workspace) -> None:
    """Write down that a locked workspace's grant has run out, if one has."""
    with control_transaction() as control:
        lapsed = control.scalars(
            select(SupportGrant)
            .where(
                SupportGrant.workspace_id == workspace.id,
                SupportGrant.ended_at.is_(None),
                SupportGrant.ends_at <= clock.now(),
            )
            .with_for_update(of=SupportGrant)
        ).one_or_none()
        if lapsed is None:
            return
        lapsed.ended_at = lapsed.ends_at
        workspace.support_until = None
        entry = audit.record_control(LAPSED, workspace, by=audit.SYSTEM, grant=lapsed.public_id)
        jobs.enqueue_control(tell_owner, grant_id=lapsed.public_id, about="lapsed")
        jobs.enqueue_control(
            log_inside,
            workspace_id=workspace.id,
            entry_id=entry.public_id,
            subject_kind="SupportGrant",
            subject_id=lapsed.public_id,
        )
        control.flush()


def note_lapses() -> int:
    """Write down which grants have run out, and tell their owners; return how many there were.

    Nobody waits for it: a grant whose time is over opens nothing, whether it was noted or not.
    """
    with control_transaction() as control:
        found = control.scalars(
            select(SupportGrant.workspace_id).where(
                SupportGrant.ended_at.is_(None), SupportGrant.ends_at <= clock.now()
            )
        ).all()
    for workspace_id in found:
        with control_transaction() as control:
            _note_lapse(lock_row(control.get_one(Workspace, workspace_id)))
    return len(found)


def hand_over(grant: SupportGrant, *, log_in: str, by: Operator) -> str:
    """Return a token that lets an operator into the workspace's own host, once, within a minute.

    `log_in` is the token of his log-in to the console, with which the visit ends. Refused once the
    grant has ended, and where nobody is let in.
    """
    token = ids.secret()
    with control_transaction() as control:
        grant = lock_row(grant)
        session_id = control.scalar(
            select(OperatorSession.id).where(
                OperatorSession.token_digest == crypto.digest(log_in),
                OperatorSession.operator_id == by.id,
            )
        )
        if not grant.is_open or session_id is None:
            raise Refused(_("This support access has ended already."))
        if grant.workspace.access not in {Access.FULL, Access.READ_ONLY}:
            raise Refused(_("Nobody can open this workspace; resume it first."))
        control.execute(
            insert(SupportVisit).values(
                public_id=ids.new(),
                created_at=clock.now(),
                grant_id=grant.id,
                operator_id=by.id,
                log_in_id=session_id,
                handover_digest=crypto.digest(token),
                handover_until=clock.now() + HANDOVER_FOR,
            )
        )
        audit.record_control(HANDED_OVER, grant.workspace, by=by, grant=grant.public_id)
    return token


def enter(
    handover: str, tenant: Tenant, *, ip_address: str | None, user_agent: str | None
) -> tuple[Visit, str]:
    """Use a hand-over up; return the visit with the token of its cookie.

    Refused when it was used, is too old, leads to another workspace, or its grant has ended.
    """
    token = ids.secret()
    found = queries.handed_over(handover, workspace_id=tenant.id)
    with control_transaction() as control:
        # One statement decides: of two that come at once, one gets the row.
        used = found and control.scalar(
            update(SupportVisit)
            .where(
                SupportVisit.public_id == found.public_id,
                SupportVisit.entered_at.is_(None),
                SupportVisit.handover_until > clock.now(),
                SupportVisit.grant_id.in_(
                    select(SupportGrant.id).where(
                        SupportGrant.workspace_id == tenant.id, queries.holds()
                    )
                ),
            )
            .values(
                entered_at=clock.now(),
                token_digest=crypto.digest(token),
                ip_address=ip_address,
                user_agent=(user_agent or "")[:200] or None,
            )
            .returning(SupportVisit.operator_id)
        )
        if not used or found is None:
            raise Refused(
                _("This way in has been used or is too old. Enter again from the console.")
            )
        operator = control.get_one(Operator, used)
        workspace = control.get_one(Workspace, tenant.id)
        audit.record_control(
            ENTERED, workspace, by=operator, grant=found.grant_id, ip_address=ip_address or ""
        )
        jobs.enqueue_control(
            tell_owner, grant_id=found.grant_id, about="entered", operator=operator.name
        )
    return found, token


def leave(visit: Visit, tenant: Tenant) -> None:
    """End a visit; the grant stays open."""
    with control_transaction() as control:
        operator_id = control.scalar(
            update(SupportVisit)
            .where(SupportVisit.public_id == visit.public_id, SupportVisit.left_at.is_(None))
            .values(left_at=clock.now())
            .returning(SupportVisit.operator_id)
        )
        if operator_id is not None:
            audit.record_control(
                LEFT,
                control.get_one(Workspace, tenant.id),
                by=control.get_one(Operator, operator_id),
                grant=visit.grant_id,
            )

"""Questions about approvals, flows and absences."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from kit import clock
from kit.db import session
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import Reach, of_people, reach_of
from tenants.approvals.models import (
    Absence,
    Action,
    Approval,
    ApprovalEvent,
    ApprovalFlow,
    ApprovalState,
    ApprovalStep,
    FlowStep,
    Signer,
    SignerState,
    StepState,
)

COUNTED = 10_000
DECIDING = (Action.APPROVED, Action.REJECTED, Action.RETURNED, Action.SENT_BACK)


def _away() -> ColumnElement[bool]:
    today = clock.today()
    return and_(Absence.ended_at.is_(None), Absence.first_on <= today, Absence.last_on >= today)


def represented_ids(person: User) -> list[int]:
    """Return the ids of those who are away today and have this person as their substitute."""
    return list(
        session().scalars(
            select(Absence.user_id).where(Absence.substitute_id == person.id, _away())
        )
    )


def substitutes_of(people: Collection[int]) -> dict[int, User]:
    """Return who may decide today for those of some people who are away, by their ids."""
    rows = session().scalars(
        select(Absence)
        .where(Absence.user_id.in_(people), _away())
        .options(joinedload(Absence.substitute))
        .order_by(Absence.id)
    )
    return {row.user_id: row.substitute for row in rows}


def waits_for(person: User) -> ColumnElement[bool]:
    """Return the condition that an approval waits for a person, or for one he substitutes."""
    asked = (
        select(ApprovalStep.approval_id)
        .join(Signer, Signer.step_id == ApprovalStep.id)
        .where(Signer.state == SignerState.WAITING)
    )
    represented = select(Absence.user_id).where(Absence.substitute_id == person.id, _away())
    return and_(
        Approval.state == ApprovalState.PENDING,
        or_(Approval.allows_self, Approval.submitted_by_id != person.id),
        or_(
            Approval.id.in_(asked.where(Signer.user_id == person.id)),
            Approval.id.in_(asked.where(Signer.user_id.in_(represented))),
        ),
    )


def decided_by(person: User) -> ColumnElement[bool]:
    """Return the condition that a person decided something about an approval."""
    return Approval.id.in_(
        select(ApprovalEvent.approval_id).where(
            ApprovalEvent.user_id == person.id, ApprovalEvent.action.in_(DECIDING)
        )
    )


def within(reach: Reach) -> ColumnElement[bool]:
    """Return the condition that who submitted an approval is within reach."""
    column: InstrumentedAttribute[int] = Approval.submitted_by_id
    return of_people(reach, column)


def approvals() -> Select[Approval]:
    """Return the statement of the list of approvals."""
    return select(Approval).options(joinedload(Approval.submitted_by), selectinload(Approval.steps))


def count_waiting(person: User) -> int:
    """Return how many approvals wait for a person; stops at 10,001."""
    ids = select(Approval.id).where(waits_for(person)).limit(COUNTED + 1)
    return session().scalar(select(func.count()).select_from(ids.subquery())) or 0


def find_approval(public_id: str) -> Approval | None:
    """Return an approval with its steps and signers, or None."""
    return session().scalars(_whole().where(Approval.public_id == public_id)).one_or_none()


def _whole() -> Select[Approval]:
    return select(Approval).options(
        joinedload(Approval.submitted_by),
        selectinload(Approval.steps).selectinload(ApprovalStep.signers).joinedload(Signer.user),
    )


def may_see(approval: Approval, person: User) -> bool:
    """Tell whether a person takes or took part in an approval, or reaches its submitter's.

    Who may see those of others reaches them, and who may hand over their decisions.
    """
    asked = {signer.user_id for step in approval.steps for signer in step.signers}
    if person.id in asked | {approval.submitted_by_id}:
        return True
    if asked & set(represented_ids(person)):
        return True
    acted = Approval.id.in_(
        select(ApprovalEvent.approval_id).where(ApprovalEvent.user_id == person.id)
    )
    rights = (Permission.Approval.ALL, Permission.Approval.EDIT)
    reached = [within(reach_of(person, one)) for one in rights]
    found = select(Approval.id).where(Approval.id == approval.id, or_(acted, *reached))
    return session().scalar(found) is not None


def by_turn(turn: str, person: User) -> Approval | None:
    """Return the approval that is in a turn, or was when this person decided; None for none."""
    decided = select(ApprovalEvent.approval_id).where(
        ApprovalEvent.turn_id == turn, ApprovalEvent.user_id == person.id
    )
    return (
        session()
        .scalars(select(Approval).where(or_(Approval.turn_id == turn, Approval.id.in_(decided))))
        .first()
    )


def find_pending(kind: str, document_id: str) -> Approval | None:
    """Return the approval that a document is waiting for, or None."""
    return (
        session()
        .scalars(
            select(Approval).where(
                Approval.kind == kind,
                Approval.document_id == document_id,
                Approval.state == ApprovalState.PENDING,
            )
        )
        .one_or_none()
    )


def find_by_key(key: str) -> Approval | None:
    """Return the approval that a press made, or None."""
    return session().scalars(select(Approval).where(Approval.key == key)).one_or_none()


def approvals_of(
    kinds: Collection[str], document_id: str, *, limit: int = 20
) -> Sequence[Approval]:
    """Return the approvals of a document with steps and signers, the newest first."""
    return (
        session()
        .scalars(
            _whole()
            .where(Approval.kind.in_(kinds), Approval.document_id == document_id)
            .order_by(Approval.id.desc())
            .limit(limit)
        )
        .all()
    )


def count_approvals(kinds: Collection[str], document_id: str) -> int:
    """Return how often a document was submitted for approval of some kinds."""
    chosen = select(func.count()).where(
        Approval.kind.in_(kinds), Approval.document_id == document_id
    )
    return session().scalar(chosen) or 0


def events_of(approvals: Collection[Approval]) -> dict[int, list[ApprovalEvent]]:
    """Return what happened to some approvals, by their ids, the newest first."""
    found: dict[int, list[ApprovalEvent]] = {one.id: [] for one in approvals}
    rows = session().scalars(
        select(ApprovalEvent)
        .where(ApprovalEvent.approval_id.in_(found))
        .order_by(ApprovalEvent.id.desc())
    )
    for event in rows:
        found[event.approval_id].append(event)
    return found


def has_acted(
    approval: Approval, turn: str, person: User, action: Action, *, target: User | None = None
) -> bool:
    """Tell whether a person did something to an approval in a turn, to somebody if asked."""
    statement = select(ApprovalEvent.id).where(
        ApprovalEvent.turn_id == turn,
        ApprovalEvent.approval_id == approval.id,
        ApprovalEvent.user_id == person.id,
        ApprovalEvent.action == action,
    )
    if target is not None:
        statement = statement.where(ApprovalEvent.target_id == target.id)
    return session().scalar(statement.limit(1)) is not None


def current_step(approval: Approval) -> ApprovalStep | None:
    """Return the step whose turn it is; None once the approval has ended."""
    return next((step for step in approval.steps if step.state == StepState.OPEN), None)


def waiting_signers(approval: Approval) -> list[Signer]:
    """Return the signers whose answer an approval waits for."""
    step = current_step(approval)
    return [one for one in step.signers if one.state == SignerState.WAITING] if step else []


def people_asked(approval: Approval) -> list[User]:
    """Return whose answer an approval waits for, with the substitutes of those who are away."""
    people = [signer.user for signer in waiting_signers(approval)]
    away = substitutes_of([one.id for one in people])
    people += [
        one for one in away.values() if approval.allows_self or one.id != approval.submitted_by_id
    ]
    return list({one.id: one for one in people if one.is_active}.values())


def colleagues(*, besides: Collection[int] = ()) -> list[User]:
    """Return the active people who may open approvals, by name."""
    rows = session().scalars(
        select(User)
        .where(User.is_active, User.id.not_in(besides))
        .options(selectinload(User.roles))
        .order_by(User.name, User.id)
    )
    return [one for one in rows if one.can(Permission.Approval.VIEW)]


def _flows() -> Select[ApprovalFlow]:
    steps = selectinload(ApprovalFlow.steps)
    return select(ApprovalFlow).options(
        steps.selectinload(FlowStep.people), steps.joinedload(FlowStep.role)
    )


def active_flow(kind: str) -> ApprovalFlow | None:
    """Return the flow that documents of a kind go through, None when they need no approval."""
    return (
        session()
        .scalars(_flows().where(ApprovalFlow.kind == kind, ApprovalFlow.is_active))
        .one_or_none()
    )


def flows() -> dict[str, ApprovalFlow]:
    """Return every flow that was set up, by its kind."""
    return {one.kind: one for one in session().scalars(_flows().order_by(ApprovalFlow.id))}


def find_flow(public_id: str) -> ApprovalFlow | None:
    """Return a flow with its steps, or None."""
    return session().scalars(_flows().where(ApprovalFlow.public_id == public_id)).one_or_none()


def find_flow_step(public_id: str) -> FlowStep | None:
    """Return a step of a flow, or None."""
    return (
        session()
        .scalars(
            select(FlowStep)
            .where(FlowStep.public_id == public_id)
            .options(joinedload(FlowStep.flow), selectinload(FlowStep.people))
        )
        .one_or_none()
    )


def absences_of(person: User, *, limit: int = 50) -> Sequence[Absence]:
    """Return a person's absences, the newest first."""
    return (
        session()
        .scalars(
            select(Absence)
            .where(Absence.user_id == person.id)
            .options(joinedload(Absence.substitute))
            .order_by(Absence.id.desc())
            .limit(limit)
        )
        .all()
    )


def find_absence(public_id: str) -> Absence | None:
    """Return an absence, or None."""
    return session().scalars(select(Absence).where(Absence.public_id == public_id)).one_or_none()


def seconds_since(at: datetime | None) -> int:
    """Return how many whole seconds have passed since an instant; 0 without one."""
    return 0 if at is None else max(0, int((clock.now() - at).total_seconds()))

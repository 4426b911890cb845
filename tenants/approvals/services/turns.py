"""What all verbs of an approval share: its lock, whose turn it is, and how a turn and all ends."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kit import audit, clock, ids
from kit.db import lock_row, session
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.approvals import events, queries
from tenants.approvals.kinds import Document, Kind, Outcome, find_kind
from tenants.approvals.models import (
    Action,
    Approval,
    ApprovalEvent,
    ApprovalState,
    ApprovalStep,
    Signer,
    SignerState,
    StepState,
)
from tenants.approvals.services.telling import What, tell

_LOGGED = {
    Action.APPROVED: events.APPROVED,
    Action.REJECTED: events.REJECTED,
    Action.RETURNED: events.RETURNED,
}


def lock(approval: Approval) -> Approval:
    """Return an approval with its steps and signers as they are now; one decides at a time.

    Steps and signers change only under this lock, so theirs are never taken.
    """
    locked = lock_row(approval)
    session().scalars(
        select(ApprovalStep)
        .where(ApprovalStep.approval_id == locked.id)
        .options(selectinload(ApprovalStep.signers).joinedload(Signer.user))
        .execution_options(populate_existing=True)
    ).all()
    session().expire(locked, ["steps"])
    return locked


def open_step(approval: Approval, turn: str) -> ApprovalStep:
    """Return the step whose turn it is; Refused when a press came for another turn or too late."""
    step = queries.current_step(approval)
    if step is None or approval.turn_id != turn:
        raise Refused(_("“%(title)s” has been decided meanwhile.", title=approval.title))
    return step


def signers_for(approval: Approval, step: ApprovalStep, by: User) -> list[Signer]:
    """Return the signers a person can answer for at a step: himself and those he substitutes.

    Refuses who is not asked, and who submitted it himself unless the flow allows that.
    """
    waiting = [one for one in step.signers if one.state == SignerState.WAITING]
    mine = {by.id, *queries.represented_ids(by)}
    found = [one for one in waiting if one.user_id in mine]
    if found and by.id == approval.submitted_by_id and not approval.allows_self:
        raise Refused(_("You submitted this yourself; somebody else has to decide."))
    if not found:
        raise Refused(_("“%(title)s” does not wait for you.", title=approval.title))
    return found


def note(
    approval: Approval,
    action: Action,
    *,
    by: User,
    step: ApprovalStep | None = None,
    signers: Iterable[Signer] = (),
    target: User | None = None,
    opinion: str = "",
) -> None:
    """Add what happened to an approval's own history."""
    answered = list(signers)
    since = min((one.asked_at for one in answered if one.asked_at), default=None)
    session().add(
        ApprovalEvent(
            approval_id=approval.id,
            user_id=by.id,
            action=action,
            turn_id=approval.turn_id,
            step_name=step.name if step else "",
            actor_name=by.actor_name,
            for_name=behalf(answered, by),
            target_id=target.id if target else None,
            target_name=target.name if target else "",
            opinion=opinion,
            seconds=queries.seconds_since(since),
        )
    )


def behalf(signers: Iterable[Signer], by: User) -> str:
    """Return the names of those a person answers for besides himself."""
    return "、".join(one.user.name for one in signers if one.user_id != by.id)


def answer(
    approval: Approval,
    step: ApprovalStep,
    signers: list[Signer],
    action: Action,
    *,
    by: User,
    opinion: str,
) -> None:
    """Write down an answer of one or more signers, in the history and in the audit log."""
    for one in signers:
        one.state = SignerState(action.value)
    note(approval, action, by=by, step=step, signers=signers, opinion=opinion)
    audit.record(
        _LOGGED[action],
        approval,
        by=by,
        title=approval.title,
        step=step.name,
        behalf=behalf(signers, by),
        opinion=opinion,
    )


def begin(approval: Approval, step: ApprovalStep) -> None:
    """Begin the turn of a step: ask its signers."""
    # The step before is closed in the database first: only one may be open.
    session().flush()
    now = clock.now()
    step.state = StepState.OPEN
    approval.turn_id = ids.new()
    approval.turn_began_at = now
    approval.reminded_at = None
    for one in step.signers:
        if one.state == SignerState.PLANNED:
            one.state, one.asked_at = SignerState.WAITING, now
    session().flush()
    tell(queries.people_asked(approval), approval, What.WAITING)


def close(step: ApprovalStep) -> None:
    """End the turn of a step: nobody there is asked any more."""
    step.state = StepState.PASSED
    for one in step.signers:
        if one.state in {SignerState.WAITING, SignerState.PLANNED}:
            one.state = SignerState.OVER


def finish(approval: Approval, state: ApprovalState, *, by: User, opinion: str) -> None:
    """End an approval and tell the module that owns the document, in the same transaction."""
    kind = known_kind(approval)
    for step in approval.steps:
        if step.state != StepState.PASSED:
            close(step)
    approval.state = state
    approval.ended_at = clock.now()
    session().flush()
    outcome = Outcome(
        document_id=approval.document_id,
        document=Document(approval.title, approval.amount, approval.currency, dict(approval.facts)),
        state=state,
        opinion=opinion,
        submitter=approval.submitted_by,
        by=by,
    )
    (kind.on_approved if state == ApprovalState.APPROVED else kind.on_rejected)(outcome)
    if state != ApprovalState.RECALLED:
        tell([approval.submitted_by], approval, What.ENDED)


def known_kind(approval: Approval) -> Kind:
    """Return the kind of an approval's document; Refused when this release does not know it."""
    kind = find_kind(approval.kind)
    if kind is None:
        raise Refused(_("Documents of this kind are no longer known here."))
    return kind


def plain_opinion(opinion: str, *, required: bool = False) -> str:
    """Return an opinion without blanks around it; Refused when one has to be given."""
    opinion = opinion.strip()
    if required and not opinion:
        raise Refused(_("Say why, so that it can be put right."), field="opinion")
    return opinion

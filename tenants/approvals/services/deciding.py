"""Deciding: approve, reject, return."""

from kit import audit
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.approvals import events, queries
from tenants.approvals.models import (
    Action,
    Approval,
    ApprovalState,
    ApprovalStep,
    Mode,
    SignerState,
    StepState,
)
from tenants.approvals.services import turns


def approve(approval: Approval, *, turn: str, opinion: str = "", by: User) -> Approval:
    """Agree for oneself and for those one substitutes; the last agreement of all ends it.

    The same press again does nothing. Refuses who is not asked, a turn that is over, and a
    document that is no longer what was submitted.
    """
    opinion = turns.plain_opinion(opinion)
    with transaction():
        approval = turns.lock(approval)
        if queries.has_acted(approval, turn, by, Action.APPROVED):
            return approval
        step = turns.open_step(approval, turn)
        signers = turns.signers_for(approval, step, by)
        _refuse_changed(approval)
        turns.answer(approval, step, signers, Action.APPROVED, by=by, opinion=opinion)
        is_waiting = any(one.state == SignerState.WAITING for one in step.signers)
        if step.mode == Mode.ALL and is_waiting:
            return approval
        turns.close(step)
        following = next((one for one in approval.steps if one.state == StepState.PLANNED), None)
        if following is not None:
            turns.begin(approval, following)
        else:
            turns.finish(approval, ApprovalState.APPROVED, by=by, opinion=opinion)
        return approval


def reject(approval: Approval, *, turn: str, opinion: str, by: User) -> Approval:
    """Refuse a document for good, with the reason; whatever the other signers think.

    The same press again does nothing.
    """
    return _stop(approval, Action.REJECTED, turn=turn, opinion=opinion, by=by)


def return_to_submitter(approval: Approval, *, turn: str, opinion: str, by: User) -> Approval:
    """Give a document back to be changed and submitted again, with the reason.

    The same press again does nothing.
    """
    return _stop(approval, Action.RETURNED, turn=turn, opinion=opinion, by=by)


def send_back(
    approval: Approval, *, turn: str, to: ApprovalStep, opinion: str, by: User
) -> Approval:
    """Have an earlier step decided once more, and all after it; the same press does nothing.

    Refuses a step that is not before the present one.
    """
    opinion = turns.plain_opinion(opinion, required=True)
    with transaction():
        approval = turns.lock(approval)
        if queries.has_acted(approval, turn, by, Action.SENT_BACK):
            return approval
        step = turns.open_step(approval, turn)
        signers = turns.signers_for(approval, step, by)
        earlier = next((one for one in approval.steps if one.id == to.id), None)
        if earlier is None or earlier.position >= step.position:
            raise Refused(_("Choose a step before this one."), field="to")
        turns.note(approval, Action.SENT_BACK, by=by, step=step, signers=signers, opinion=opinion)
        audit.record(
            events.SENT_BACK,
            approval,
            by=by,
            title=approval.title,
            step=step.name,
            behalf=turns.behalf(signers, by),
            target=earlier.name,
            opinion=opinion,
        )
        for one in approval.steps:
            if one.position >= earlier.position:
                _plan_again(one)
        turns.begin(approval, earlier)
        return approval


def recall(approval: Approval, *, opinion: str = "", by: User) -> Approval:
    """Take back what one submitted oneself, before it is decided; a second time does nothing."""
    opinion = turns.plain_opinion(opinion)
    with transaction():
        approval = turns.lock(approval)
        if approval.submitted_by_id != by.id:
            raise Refused(_("Only who submitted it can recall it."))
        if approval.state == ApprovalState.RECALLED:
            return approval
        if approval.state != ApprovalState.PENDING:
            raise Refused(_("“%(title)s” has been decided meanwhile.", title=approval.title))
        turns.note(approval, Action.RECALLED, by=by, opinion=opinion)
        audit.record(events.RECALLED, approval, by=by, title=approval.title, opinion=opinion)
        turns.finish(approval, ApprovalState.RECALLED, by=by, opinion=opinion)
        return approval


def _stop(approval: Approval, action: Action, *, turn: str, opinion: str, by: User) -> Approval:
    opinion = turns.plain_opinion(opinion, required=True)
    with transaction():
        approval = turns.lock(approval)
        if queries.has_acted(approval, turn, by, action):
            return approval
        step = turns.open_step(approval, turn)
        signers = turns.signers_for(approval, step, by)
        turns.answer(approval, step, signers, action, by=by, opinion=opinion)
        turns.finish(approval, ApprovalState(action.value), by=by, opinion=opinion)
        return approval


def _plan_again(step: ApprovalStep) -> None:
    step.state = StepState.PLANNED
    for one in step.signers:
        if one.state != SignerState.TRANSFERRED:
            one.state = SignerState.PLANNED


def _refuse_changed(approval: Approval) -> None:
    document = turns.known_kind(approval).show(approval.document_id)
    if document is None:
        raise Refused(_("“%(title)s” is no longer there; reject it.", title=approval.title))
    seen = (approval.amount, approval.currency, dict(approval.facts))
    currency = document.currency if document.amount is not None else None
    if seen != (document.amount, currency, dict(document.facts)):
        raise Refused(
            _(
                "“%(title)s” has changed since it was submitted; return it, so that it is"
                " submitted again.",
                title=approval.title,
            )
        )

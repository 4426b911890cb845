"""Handing a decision on: transfer, one more signer, and a reminder to those who are asked."""

from datetime import timedelta
from enum import StrEnum

from kit import audit, clock
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.approvals import events, queries
from tenants.approvals.models import (
    Action,
    Approval,
    ApprovalState,
    ApprovalStep,
    Mode,
    Origin,
    Signer,
    SignerState,
    StepState,
)
from tenants.approvals.services import turns
from tenants.approvals.services.telling import What, tell

REMIND_AFTER = timedelta(hours=1)


class Place(StrEnum):
    """When an added signer decides: before the step that adds him, or after it."""

    BEFORE = "before"
    AFTER = "after"


def transfer(
    approval: Approval, *, turn: str, signer: User, to: User, opinion: str = "", by: User
) -> Approval:
    """Have somebody else decide instead of a signer; pressed again it does nothing.

    A signer hands over his own turn or that of one he substitutes; who sets up flows anybody's.
    Refuses who could not decide, and who is asked at this step already.
    """
    opinion = turns.plain_opinion(opinion)
    with transaction():
        approval = turns.lock(approval)
        step = turns.open_step(approval, turn)
        asked = {one.user_id: one for one in step.signers}
        leaving, coming = asked.get(signer.id), asked.get(to.id)
        if (
            leaving is not None
            and leaving.state == SignerState.TRANSFERRED
            and coming is not None
            and coming.state == SignerState.WAITING
        ):
            return approval
        if leaving is None or leaving.state != SignerState.WAITING:
            raise Refused(_("%(name)s is not asked here.", name=signer.name), field="signer")
        if not may_transfer(leaving, by):
            raise Refused(_("You can hand over only what waits for you."))
        _refuse_unfit(approval, to)
        if coming is not None and coming.state != SignerState.TRANSFERRED:
            raise Refused(_("%(name)s is asked at this step already.", name=to.name), field="to")
        turns.note(
            approval, Action.TRANSFERRED, by=by, step=step, signers=[leaving], target=to,
            opinion=opinion,
        )  # fmt: skip
        audit.record(
            events.TRANSFERRED,
            approval,
            by=by,
            title=approval.title,
            step=step.name,
            before=signer.name,
            target=to.name,
            opinion=opinion,
        )
        leaving.state = SignerState.TRANSFERRED
        if coming is None:
            coming = Signer(user=to, origin=Origin.TRANSFER)
            step.signers.append(coming)
        coming.state, coming.asked_at = SignerState.WAITING, clock.now()
        session().flush()
        tell([to], approval, What.WAITING)
        return approval


def may_transfer(signer: Signer, by: User) -> bool:
    """Tell whether somebody may hand over a signer's decision."""
    mine = {by.id, *queries.represented_ids(by)}
    return signer.user_id in mine or by.can(Permission.Approval.EDIT)


def add_signer(
    approval: Approval, *, turn: str, who: User, place: Place, opinion: str = "", by: User
) -> Approval:
    """Ask one more person, before or after the present step; pressed again it does nothing.

    Refuses who is not asked himself, and a person who could not decide.
    """
    opinion = turns.plain_opinion(opinion)
    with transaction():
        approval = turns.lock(approval)
        if _has_added(approval, turn, who, by):
            return approval
        step = turns.open_step(approval, turn)
        signers = turns.signers_for(approval, step, by)
        _refuse_unfit(approval, who)
        if who.id in {one.user_id for one in signers}:
            raise Refused(_("%(name)s is asked at this step already.", name=who.name), field="to")
        turns.note(
            approval, Action.SIGNER_ADDED, by=by, step=step, signers=signers, target=who,
            opinion=opinion,
        )  # fmt: skip
        audit.record(
            events.SIGNER_ADDED,
            approval,
            by=by,
            title=approval.title,
            step=step.name,
            target=who.name,
            place=place.value,
            opinion=opinion,
        )
        position = step.position + (place == Place.AFTER)
        added = _insert(approval, who, position)
        if place == Place.BEFORE:
            step.state = StepState.PLANNED
            for one in step.signers:
                if one.state == SignerState.WAITING:
                    one.state = SignerState.PLANNED
            turns.begin(approval, added)
        return approval


def remind(approval: Approval, *, by: User) -> bool:
    """Remind those who are asked; False when that happened within the hour.

    Refuses who did not submit it and does not set up flows, and what has been decided.
    """
    with transaction():
        approval = turns.lock(approval)
        if approval.submitted_by_id != by.id and not by.can(Permission.Approval.EDIT):
            raise Refused(_("Only who submitted it can remind the others."))
        if approval.state != ApprovalState.PENDING:
            raise Refused(_("“%(title)s” has been decided meanwhile.", title=approval.title))
        now = clock.now()
        if approval.reminded_at is not None and now - approval.reminded_at < REMIND_AFTER:
            return False
        approval.reminded_at = now
        people = queries.people_asked(approval)
        turns.note(approval, Action.REMINDED, by=by, step=queries.current_step(approval))
        audit.record(
            events.REMINDED,
            approval,
            by=by,
            title=approval.title,
            people=[one.name for one in people],
        )
        tell(people, approval, What.REMINDER)
        return True


def _insert(approval: Approval, who: User, position: int) -> ApprovalStep:
    # From the end: two steps never stand at one place, not even for a moment.
    for later in reversed(approval.steps):
        if later.position >= position:
            later.position += 1
            session().flush()
    added = ApprovalStep(
        approval_id=approval.id,
        position=position,
        name=who.name,
        mode=Mode.ALL,
        signers=[Signer(user=who, origin=Origin.ADDED)],
    )
    session().add(added)
    session().flush()
    session().expire(approval, ["steps"])
    return added


def _has_added(approval: Approval, turn: str, who: User, by: User) -> bool:
    return queries.has_acted(approval, turn, by, Action.SIGNER_ADDED, target=who)


def _refuse_unfit(approval: Approval, person: User) -> None:
    if not person.can(Permission.Approval.VIEW):
        raise Refused(_("%(name)s may not open approvals.", name=person.name), field="to")
    if person.id == approval.submitted_by_id and not approval.allows_self:
        raise Refused(
            _("%(name)s submitted this; somebody else has to decide.", name=person.name),
            field="to",
        )

"""Submitting a document: which steps it takes and who is asked at each."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from kit import audit, clock, ids
from kit.db import hold, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import Unit, User, user_roles
from tenants.accounts.permissions import Permission
from tenants.approvals import events, queries
from tenants.approvals.kinds import Document, Kind
from tenants.approvals.models import (
    Action,
    Approval,
    ApprovalStep,
    Comparison,
    FlowStep,
    Signer,
    Who,
)
from tenants.approvals.services import turns

LONGEST_TITLE = 200


def submit(kind: Kind, document_id: str, *, by: User, key: str | None = None) -> Approval | None:
    """Send a saved document through the flow of its kind; None when nobody has to approve it.

    Pressed again it returns the approval that waits, and with a key the one the first press made.
    Refuses what is not saved, what somebody else submitted, and a step that nobody could decide.
    """
    with transaction() as work:
        if standing := _standing(kind, document_id, by=by, key=key):
            return standing
        document = kind.show(document_id)
        if document is None:
            raise Refused(_("Save this first; only then it can be submitted."))
        flow = queries.active_flow(kind.code)
        steps = [one for one in flow.steps if is_taken(one, document)] if flow else []
        if flow is None or not steps:
            return None
        approval = Approval(
            key=key or ids.new(),
            kind=kind.code,
            document_id=document_id,
            title=" ".join(document.title.split())[:LONGEST_TITLE],
            amount=document.amount,
            currency=document.currency if document.amount is not None else None,
            facts=dict(document.facts),
            allows_self=flow.allows_self,
            submitted_by=by,
            turn_id=ids.new(),
            turn_began_at=clock.now(),
            steps=[
                ApprovalStep(
                    position=place,
                    name=one.name,
                    mode=one.mode,
                    signers=[
                        Signer(user=person)
                        for person in signers_of(one, submitter=by, allows_self=flow.allows_self)
                    ],
                )
                for place, one in enumerate(steps, start=1)
            ],
        )
        _save(approval)
        work.flush()
        hold(approval)
        turns.note(approval, Action.SUBMITTED, by=by)
        audit.record(
            events.SUBMITTED,
            approval,
            by=by,
            kind=kind.code,
            title=approval.title,
            amount=approval.amount,
            steps=[one.name for one in steps],
        )
        turns.begin(approval, approval.steps[0])
        return approval


def refuse_pending(kind: Kind, document_id: str) -> None:
    """Refuse to change a document while its approval is under way."""
    pending = queries.find_pending(kind.code, document_id)
    if pending is not None:
        raise Refused(
            _("“%(title)s” waits for approval; recall it before changing it.", title=pending.title)
        )


def is_taken(step: FlowStep, document: Document) -> bool:
    """Tell whether a document takes a step: its amount is in the band, its condition holds.

    A document without an amount takes every band: in doubt somebody looks.
    """
    if document.amount is not None:
        if step.amount_from is not None and document.amount < step.amount_from:
            return False
        if step.amount_below is not None and document.amount >= step.amount_below:
            return False
    if step.fact is None:
        return True
    is_so = document.facts.get(step.fact, "") == step.wanted
    return is_so == (step.comparison == Comparison.IS)


def signers_of(step: FlowStep, *, submitter: User, allows_self: bool) -> list[User]:
    """Return who is asked at a step of a submitter's document; Refused when there is nobody.

    Only active people who may open approvals; the submitter only where the flow allows it.
    """
    barred = set() if allows_self else {submitter.id}
    found = [one for one in _candidates(step, submitter, barred) if one.id not in barred]
    if not found:
        raise Refused(
            _("Nobody could decide the step “%(step)s”; its setting must change.", step=step.name)
        )
    return found


def _candidates(step: FlowStep, submitter: User, barred: set[int]) -> Sequence[User]:
    able = select(User).where(User.is_active).options(selectinload(User.roles)).order_by(User.id)
    match Who(step.who):
        case Who.ROLE:
            holders = select(user_roles.c.user_id).where(user_roles.c.role_id == step.role_id)
            return _able(able.where(User.id.in_(holders)))
        case Who.PEOPLE:
            return _able(able.where(User.id.in_([one.id for one in step.people])))
        case Who.UNIT_HEAD:
            return _heads(able, submitter, barred)


def _heads(able: Select[User], submitter: User, barred: set[int]) -> Sequence[User]:
    """Return the heads of the nearest unit, going up, that has one besides the barred."""
    if submitter.unit_id is None:
        return []
    unit = session().get_one(Unit, submitter.unit_id)
    heads = _able(able.where(User.is_head, User.unit_id.in_(unit.ancestor_ids)))
    for unit_id in reversed(unit.ancestor_ids):
        here = [one for one in heads if one.unit_id == unit_id and one.id not in barred]
        if here:
            return here
    return []


def _able(statement: Select[User]) -> list[User]:
    people = session().scalars(statement)
    return [one for one in people if one.can(Permission.Approval.VIEW)]


def _standing(kind: Kind, document_id: str, *, by: User, key: str | None) -> Approval | None:
    made = queries.find_by_key(key) if key else None
    if made is not None:
        if (made.kind, made.document_id) != (kind.code, document_id):
            raise Refused(_("This form has been sent already, for something else."))
        return made
    pending = queries.find_pending(kind.code, document_id)
    if pending is not None and pending.submitted_by_id != by.id:
        raise _waits(pending.title)
    return pending


def _save(approval: Approval) -> None:
    work = session()
    try:
        with work.begin_nested():
            work.add(approval)
            work.flush()
    except IntegrityError:
        # Somebody pressed at the same moment: the database lets one document wait once.
        raise _waits(approval.title) from None


def _waits(title: str) -> Refused:
    return Refused(_("“%(title)s” waits for approval already.", title=title))

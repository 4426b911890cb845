"""Several at once: a document ends once, in one way, and nobody's press counts twice."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from kit.db import session
from kit.errors import Refused
from tenants.accounts.models import User
from tenants.approvals import services
from tenants.approvals.models import (
    Action,
    Approval,
    ApprovalEvent,
    ApprovalFlow,
    ApprovalState,
    FlowStep,
    Mode,
)
from tests.factories.approvals import (
    PAPER,
    approver,
    make_document,
    make_flow,
    outcomes,
    people_step,
    submitted,
)
from tests.racing import done

pytestmark = pytest.mark.real_commits


def pressing(verb: Callable[..., Any], approval: Approval, person: User, **values: Any):
    """A verb on rows that are loaded in the thread that runs it."""
    found, who = approval.id, person.id

    def press() -> None:
        verb(session().get_one(Approval, found), by=session().get_one(User, who), **values)

    return press


def _count(approval: Approval, action: Action) -> int:
    wanted = select(func.count()).where(
        ApprovalEvent.approval_id == approval.id, ApprovalEvent.action == action
    )
    return session().scalar(wanted) or 0


def test_two_approvers_where_one_is_enough(at_once):
    people = [approver(), approver(), approver()]
    approval = submitted(people_step(*people, mode=Mode.ANY))
    turn = approval.turn_id
    verbs = [pressing(services.approve, approval, one, turn=turn) for one in people]
    assert len(done(at_once(verbs))) == 1
    assert (approval.state, len(outcomes(approval))) == (ApprovalState.APPROVED, 1)
    assert _count(approval, Action.APPROVED) == 1


def test_all_approvers_at_once_end_it_once(at_once):
    people = [approver(), approver(), approver()]
    approval = submitted(people_step(*people, mode=Mode.ALL))
    turn = approval.turn_id
    verbs = [pressing(services.approve, approval, one, turn=turn) for one in people]
    assert len(done(at_once(verbs))) == len(verbs)
    assert (approval.state, len(outcomes(approval))) == (ApprovalState.APPROVED, 1)
    assert _count(approval, Action.APPROVED) == 3


def test_one_person_who_presses_many_times_agrees_once(at_once):
    boss, other = approver(), approver()
    approval = submitted(people_step(boss), people_step(boss, other, mode=Mode.ALL))
    press = pressing(services.approve, approval, boss, turn=approval.turn_id)
    assert len(done(at_once([press] * 4))) == 4
    assert approval.state == ApprovalState.PENDING
    assert _count(approval, Action.APPROVED) == 1


@pytest.mark.parametrize("round_", range(4))
def test_approve_against_recall(at_once, round_):
    boss, me = approver(), approver()
    approval = submitted(people_step(boss), by=me)
    verbs = [
        pressing(services.approve, approval, boss, turn=approval.turn_id),
        pressing(services.recall, approval, me),
    ]
    answers = at_once(verbs)
    assert len(done(answers)) == 1
    is_recalled = isinstance(answers[0], Refused)
    wanted = ApprovalState.RECALLED if is_recalled else ApprovalState.APPROVED
    assert approval.state == wanted
    assert [one.state for one in outcomes(approval)] == [wanted]


def test_approve_against_reject_and_transfer(at_once):
    boss, second = approver(), approver()
    approval = submitted(people_step(boss, second))
    turn, third, signer = approval.turn_id, approver().id, second.id

    def transfer() -> None:
        services.transfer(
            session().get_one(Approval, approval_id),
            turn=turn,
            signer=session().get_one(User, signer),
            to=session().get_one(User, third),
            by=session().get_one(User, signer),
        )

    approval_id = approval.id
    verbs = [
        pressing(services.approve, approval, boss, turn=turn),
        pressing(services.reject, approval, second, turn=turn, opinion="不行"),
        transfer,
    ]
    answers = at_once(verbs)
    # Either may end it, the transfer may come before that; never both ends.
    assert len(done(answers[:2])) == 1
    assert len(outcomes(approval)) == 1


def test_a_document_waits_once_however_many_submit_it(at_once):
    make_flow(people_step(approver()))
    document, people = make_document(), [approver().id for _ in range(4)]

    def submit(person: int) -> Callable[[], Any]:
        return lambda: services.submit(PAPER, document, by=session().get_one(User, person))

    assert len(done(at_once([submit(one) for one in people]))) == 1
    found = session().scalars(select(Approval).where(Approval.document_id == document)).all()
    assert len(found) == 1


def test_a_flow_begins_once_and_a_stale_press_moves_no_step(at_once):
    flow = make_flow(*(people_step(approver(), name=name) for name in "甲乙丙"))
    last, version = flow.steps[2].id, flow.version

    def move() -> None:
        step = session().get_one(FlowStep, last)
        services.move_step(step, up=True, version=version, by=session().scalars(_owner()).one())

    assert len(done(at_once([move] * 3))) == 1
    flow = session().scalars(select(ApprovalFlow)).one()
    session().refresh(flow, ["steps"])
    assert [step.name for step in flow.steps] == ["甲", "丙", "乙"]


def _owner():
    return select(User).where(User.roles.any(code="administrator")).limit(1)

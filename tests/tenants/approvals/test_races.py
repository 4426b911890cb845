"""Several at once: a document ends once, in one way, and nobody's press counts twice."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from kit import tenancy
from kit.db import database, session, workspace_scope
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
from tests import databases
from tests.factories.approvals import (
    PAPER,
    approver,
    make_document,
    make_flow,
    outcomes,
    people_step,
    submitted,
)

pytestmark = pytest.mark.real_commits


@pytest.fixture(scope="module")
def real_app(worker_id: str, data_dir: str, app: Flask) -> Iterator[Flask]:
    """An application whose commits last, on a database of its own."""
    del app
    name = f"simtree_race_approvals_{worker_id}"
    databases.clone(name)
    from wsgi import create_app

    made = create_app()
    yield made
    with made.app_context():
        for engine in database.engines.values():
            engine.dispose()
    databases.use_database(f"simtree_test_{worker_id}")
    with psycopg.connect(databases.superuser_url(), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def workspace(real_app: Flask) -> Iterator[tenancy.Workspace]:
    from control.workspaces.directory import directory

    directory.forget()
    with real_app.app_context():
        found = directory.by_address("acme")
        assert found is not None
        with workspace_scope(found):
            yield found
    directory.forget()


def at_once(
    app: Flask, workspace: tenancy.Workspace, verbs: Sequence[Callable[[], Any]]
) -> list[bool]:
    """Run verbs in threads that start together; return which of them were done, not refused."""
    session().rollback()
    start, done = threading.Barrier(len(verbs)), [False] * len(verbs)

    def run(place: int) -> None:
        with app.app_context(), workspace_scope(workspace):
            start.wait()
            try:
                verbs[place]()
                done[place] = True
            except Refused:
                pass

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(verbs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    session().rollback()
    return done


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


def test_two_approvers_where_one_is_enough(real_app, workspace):
    people = [approver(), approver(), approver()]
    approval = submitted(people_step(*people, mode=Mode.ANY))
    turn = approval.turn_id
    verbs = [pressing(services.approve, approval, one, turn=turn) for one in people]
    assert at_once(real_app, workspace, verbs).count(True) == 1
    assert (approval.state, len(outcomes(approval))) == (ApprovalState.APPROVED, 1)
    assert _count(approval, Action.APPROVED) == 1


def test_all_approvers_at_once_end_it_once(real_app, workspace):
    people = [approver(), approver(), approver()]
    approval = submitted(people_step(*people, mode=Mode.ALL))
    turn = approval.turn_id
    verbs = [pressing(services.approve, approval, one, turn=turn) for one in people]
    assert all(at_once(real_app, workspace, verbs))
    assert (approval.state, len(outcomes(approval))) == (ApprovalState.APPROVED, 1)
    assert _count(approval, Action.APPROVED) == 3


def test_one_person_who_presses_many_times_agrees_once(real_app, workspace):
    boss, other = approver(), approver()
    approval = submitted(people_step(boss), people_step(boss, other, mode=Mode.ALL))
    press = pressing(services.approve, approval, boss, turn=approval.turn_id)
    assert all(at_once(real_app, workspace, [press] * 4))
    assert approval.state == ApprovalState.PENDING
    assert _count(approval, Action.APPROVED) == 1


@pytest.mark.parametrize("round_", range(4))
def test_approve_against_recall(real_app, workspace, round_):
    boss, me = approver(), approver()
    approval = submitted(people_step(boss), by=me)
    verbs = [
        pressing(services.approve, approval, boss, turn=approval.turn_id),
        pressing(services.recall, approval, me),
    ]
    done = at_once(real_app, workspace, verbs)
    assert done.count(True) == 1
    wanted = ApprovalState.APPROVED if done[0] else ApprovalState.RECALLED
    assert approval.state == wanted
    assert [one.state for one in outcomes(approval)] == [wanted]


def test_approve_against_reject_and_transfer(real_app, workspace):
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
    done = at_once(real_app, workspace, verbs)
    # Either may end it, the transfer may come before that; never both ends.
    assert done[:2].count(True) == 1
    assert len(outcomes(approval)) == 1


def test_a_document_waits_once_however_many_submit_it(real_app, workspace):
    make_flow(people_step(approver()))
    document, people = make_document(), [approver().id for _ in range(4)]

    def submit(person: int) -> Callable[[], Any]:
        return lambda: services.submit(PAPER, document, by=session().get_one(User, person))

    assert at_once(real_app, workspace, [submit(one) for one in people]).count(True) == 1
    found = session().scalars(select(Approval).where(Approval.document_id == document)).all()
    assert len(found) == 1


def test_a_flow_begins_once_and_a_stale_press_moves_no_step(real_app, workspace):
    flow = make_flow(*(people_step(approver(), name=name) for name in "甲乙丙"))
    last, version = flow.steps[2].id, flow.version

    def move() -> None:
        step = session().get_one(FlowStep, last)
        services.move_step(step, up=True, version=version, by=session().scalars(_owner()).one())

    assert at_once(real_app, workspace, [move] * 3).count(True) == 1
    flow = session().scalars(select(ApprovalFlow)).one()
    session().refresh(flow, ["steps"])
    assert [step.name for step in flow.steps] == ["甲", "丙", "乙"]


def _owner():
    return select(User).where(User.roles.any(code="administrator")).limit(1)

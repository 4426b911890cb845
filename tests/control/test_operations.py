"""Operations: asked for once, taken in turn, tried again, ended with a sentence or a result."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from control.operations import registry, services
from control.operations.models import Operation, OperationState
from control.operations.process import operate_one
from control.operations.registry import LEASE, OperationRun, operation
from control.workspaces.models import Workspace
from kit import audit, clock
from kit.audit import ControlAuditEntry
from kit.db import control_session
from kit.errors import Refused
from wsgi import tenant_plane

BY = audit.SYSTEM


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.setattr(registry, "_kinds", {})
    seen: list[OperationRun] = []

    @operation("test.works")
    def works(run: OperationRun) -> None:
        run.step("counting", total=2)
        run.progress(1, 2)
        run.result["counted"] = run.operation.body["number"]
        seen.append(run)

    @operation("test.breaks", tries=2)
    def breaks(run: OperationRun) -> None:
        run.step("breaking")
        raise ValueError(run.operation.body["secret"])

    @operation("test.refuses", tries=5)
    def refuses(run: OperationRun) -> None:
        raise Refused("The archive is damaged.")

    del works, breaks, refuses
    return seen


@pytest.fixture
def workspace(acme) -> Workspace:
    return control_session().scalars(select(Workspace).where(Workspace.address == "acme")).one()


def operate() -> bool:
    done = operate_one(tenant_plane(), {})
    control_session().expire_all()
    return done


def test_it_is_done_once_and_keeps_its_result(kinds, workspace):
    asked = services.ask("test.works", workspace=workspace, by=BY, number=7)
    assert operate()
    assert not operate()
    assert (asked.state, asked.step, asked.done, asked.total) == ("done", "counting", 1, 2)
    assert asked.result == {"counted": 7}
    assert asked.finished_at is not None
    assert len(kinds) == 1
    told = control_session().scalars(
        select(ControlAuditEntry).where(ControlAuditEntry.subject_id == asked.public_id)
    )
    assert [(row.event, row.details) for row in told] == [
        ("operation:asked", {"kind": "test.works"})
    ]


def test_a_workspace_has_one_open_operation(kinds, workspace):
    services.ask("test.works", workspace=workspace, by=BY, number=1)
    with pytest.raises(Refused, match="wait until it has ended"):
        services.ask("test.works", workspace=workspace, by=BY, number=2)
    services.ask("test.works", workspace=None, by=BY, number=3)
    assert operate()
    services.ask("test.works", workspace=workspace, by=BY, number=4)
    asked = control_session().scalars(select(Operation).order_by(Operation.id))
    assert [one.body["number"] for one in asked] == [1, 3, 4]


def test_a_failure_is_tried_again_and_then_given_up(kinds, workspace):
    asked = services.ask("test.breaks", workspace=workspace, by=BY, secret="who am I")
    assert operate()
    assert (asked.state, asked.attempts) == (OperationState.QUEUED, 1)
    assert not operate()
    with clock.moved(clock.now() + timedelta(minutes=1)):
        assert operate()
    assert (asked.state, asked.attempts) == (OperationState.FAILED, 2)
    assert asked.error == "ValueError (breaks)"


def test_a_refusal_ends_it_with_its_sentence(kinds, workspace):
    asked = services.ask("test.refuses", workspace=workspace, by=BY)
    assert operate()
    assert (asked.state, asked.error) == (OperationState.FAILED, "The archive is damaged.")


def test_what_a_dead_provisioner_left_is_taken_up_after_the_lease(kinds, workspace):
    asked = services.ask("test.works", workspace=workspace, by=BY, number=1)
    assert services.take() is asked
    assert services.take() is None
    with clock.moved(clock.now() + LEASE + timedelta(seconds=1)):
        assert operate()
    assert (asked.state, asked.attempts) == (OperationState.DONE, 2)


def test_only_what_has_not_begun_can_be_taken_back(kinds, workspace):
    asked = services.ask(
        "test.works", workspace=workspace, by=BY, after=timedelta(days=30), number=1
    )
    assert not operate()
    services.cancel(asked, by=BY)
    with clock.moved(clock.now() + timedelta(days=31)):
        assert not operate()
    assert asked.state == OperationState.CANCELLED
    with pytest.raises(Refused, match="cannot be taken back"):
        services.cancel(asked, by=BY)


def test_a_kind_that_nobody_knows_is_an_error(kinds, workspace):
    with pytest.raises(KeyError):
        services.ask("test.unknown", workspace=workspace, by=BY)
    with pytest.raises(RuntimeError, match="two handlers"):
        operation("test.works")(print)

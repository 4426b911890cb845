"""Life, activity and size of workspaces."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from control.workspaces import queries, services
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, clock
from kit.db import apart, control_session, control_transaction
from kit.errors import Refused
from kit.jobs.tables import JobState
from kit.tenancy import Access


@pytest.fixture
def workspace(acme) -> Workspace:
    return control_session().scalars(select(Workspace).where(Workspace.schema == acme.schema)).one()


@pytest.fixture(autouse=True)
def _nobody_was_here():
    services._touched.clear()


def test_suspending_shuts_it_and_says_why(workspace, acme, work):
    services.suspend_workspace(workspace, reason="欠费", by=audit.SYSTEM)
    assert workspace.access == Access.SUSPENDED
    assert queries.suspension_reason(acme.schema) == "欠费"
    assert work() == [JobState.DONE]
    with apart("main", role="simtree_control") as cell:
        access = cell.scalar(
            text("SELECT access FROM workspaces WHERE workspace = :w"), {"w": acme.schema}
        )
    assert access == "suspended"


def test_resuming_goes_back_to_what_it_was(workspace, acme):
    was = workspace.state
    services.suspend_workspace(workspace, reason="检查", by=audit.SYSTEM)
    services.resume_workspace(workspace, reason="好了", by=audit.SYSTEM)
    assert workspace.state == was
    assert queries.suspension_reason(acme.schema) == ""
    with pytest.raises(Refused):
        services.resume_workspace(workspace, reason="再来", by=audit.SYSTEM)


def test_a_closed_workspace_cannot_be_suspended(workspace):
    with control_transaction():
        workspace.state = WorkspaceState.CLOSED
    with pytest.raises(Refused):
        services.suspend_workspace(workspace, reason="x", by=audit.SYSTEM)
    assert workspace.state == WorkspaceState.CLOSED


def last_active(workspace: Workspace):
    control_session().expire_all()
    return workspace.last_active_at


def test_activity_is_noted_at_most_every_five_minutes(workspace, acme):
    moment = clock.now().replace(microsecond=0)
    with clock.moved(moment):
        services.touch(acme)
    assert last_active(workspace) == moment
    with clock.moved(moment + timedelta(minutes=4)):
        services.touch(acme)
        services._touched.clear()
        services.touch(acme)
    assert last_active(workspace) == moment
    with clock.moved(moment + timedelta(minutes=5)):
        services._touched.clear()
        services.touch(acme)
    assert last_active(workspace) == moment + timedelta(minutes=5)


def test_sizes_are_measured_without_rights_on_the_tables(workspace, rival):
    assert services.measure_sizes() == 2
    control_session().expire_all()
    assert workspace.size_bytes > 100_000
    assert workspace.size_measured_at is not None
    assert queries.sizes("main", [rival.schema, "t_nothing"])[rival.schema] > 100_000
    assert "t_nothing" not in queries.sizes("main", ["t_nothing"])


def test_it_is_found_by_its_public_id(workspace):
    assert queries.find_workspace(workspace.public_id) is workspace
    assert queries.find_workspace("nothing") is None

"""The end of a workspace: asked for, taken back, reminded of, and removed wherever it is killed."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from control.archives.models import Archive, ArchiveState
from control.archives.operations import ask_clone
from control.archives.services import ask_export
from control.closing import services as closing
from control.closing.queries import certificate_of
from control.operations.models import Operation, OperationState
from control.workspaces import services as workspaces
from control.workspaces.directory import as_tenant, directory
from control.workspaces.models import WorkspaceKey, WorkspaceState
from kit import audit, clock, files
from kit.db import apart, control_session, control_transaction, workspace_scope
from kit.errors import Refused
from kit.jobs.bell import connection as redis_connection
from kit.jobs.tables import control_outbox
from kit.settings import get_settings
from kit.tenancy import Access
from tests.control.archives.conftest import operate, reread, workspace_at
from tests.crash import killed_at

pytestmark = pytest.mark.real_commits

STEPS = ("shut", "counted", "dropped", "role", "files", "caches", "issued")


@pytest.fixture(scope="module")
def doomed(stage):
    """A workspace whose role no other database needs: a sandbox of acme, with a file and a key."""
    operation = ask_clone(workspace_at("acme"), address="doomed", by=audit.SYSTEM)
    operate(stage)
    assert reread(operation).state == OperationState.DONE, operation.error
    return as_tenant(workspace_at("doomed"))


def ask(reason="停业"):
    workspaces.ask_closing(workspace_at("doomed"), reason=reason, by=audit.SYSTEM)
    control_session().expire_all()
    return workspace_at("doomed")


def notices() -> list[str]:
    with apart(None) as control:
        return list(
            control.scalars(
                select(control_outbox.c.body["about"].as_string())
                .where(control_outbox.c.kind == "closing.send_notice")
                .order_by(control_outbox.c.created_at)
            )
        )


def test_it_can_be_read_during_the_grace_and_taken_back(stage, doomed):
    workspace = ask()
    assert workspace.access == Access.READ_ONLY
    assert workspace.closes_at - workspace.closing_asked_at == timedelta(days=30)
    assert closing.delete_due() == 0
    directory.forget()
    assert stage.app.test_client().at("doomed").get("/login").status_code == 200
    workspaces.take_back_closing(workspace, by=audit.SYSTEM)
    control_session().expire_all()
    assert (workspace.state, workspace.closes_at) == (WorkspaceState.TRIAL, None)
    with pytest.raises(Refused):
        workspaces.take_back_closing(workspace, by=audit.SYSTEM)
    assert notices() == ["asked", "kept"]


def test_a_suspended_one_stays_shut_and_returns_to_that(stage, doomed):
    workspace = workspace_at("doomed")
    workspaces.suspend_workspace(workspace, reason="欠费", by=audit.SYSTEM)
    workspace = ask()
    assert workspace.access == Access.SUSPENDED
    directory.forget()
    assert "欠费" in stage.app.test_client().at("doomed").get("/login").text
    workspaces.take_back_closing(workspace, by=audit.SYSTEM)
    control_session().expire_all()
    assert workspace.state == WorkspaceState.SUSPENDED
    workspaces.resume_workspace(workspace, reason="已付", by=audit.SYSTEM)
    assert workspace_at("doomed").state == WorkspaceState.TRIAL


def test_its_owner_is_reminded_a_week_and_a_day_before_once_each(stage, doomed):
    workspace = ask()
    before = len(notices())
    for days, sent in ((20, 0), (7, 1), (5, 0), (1, 1), (0.5, 0), (0, 0)):
        with clock.moved(workspace.closes_at - timedelta(days=days)):
            assert closing.remind() == sent, days
            control_session().expire_all()
    assert notices()[before:] == ["soon", "soon"]
    workspaces.take_back_closing(workspace, by=audit.SYSTEM)


def test_killed_at_every_step_nothing_is_left_but_a_tombstone(stage, doomed, settings):
    settings(CLOSING_DAYS="0")
    workspace = ask("不再经营")
    archive = ask_export(workspace, passphrase="a long passphrase", by=audit.SYSTEM)
    with workspace_scope(doomed):
        files.store(io.BytesIO(b"proof"))
    redis_connection().set(doomed.key("cache", "x"), "1")
    role = doomed.schema
    assert closing.delete_due() == 1
    with pytest.raises(Refused):
        workspaces.take_back_closing(workspace, by=audit.SYSTEM)
    for step in STEPS:
        killed_at(f"delete.{step}", lambda: operate(stage))
        directory.forget()
        assert stage.app.test_client().at("doomed").get("/login").status_code in {404, 503}
    operate(stage)
    operation = control_session().scalars(select(Operation).order_by(Operation.id.desc())).first()
    assert (operation.kind, operation.state) == ("workspace.delete", OperationState.DONE)

    workspace = operation.workspace
    assert (workspace.state, workspace.address) == (WorkspaceState.CLOSED, workspace.public_id)
    keys = select(WorkspaceKey.id).where(WorkspaceKey.workspace_id == workspace.id)
    assert not control_session().scalars(keys).all()
    with stage.engines["main"].connect() as connection:
        for question in (
            "SELECT 1 FROM pg_namespace WHERE nspname = :role",
            "SELECT 1 FROM pg_roles WHERE rolname = :role",
            "SELECT 1 FROM cell.outbox WHERE workspace = :role",
            "SELECT 1 FROM cell.effects WHERE workspace = :role",
            "SELECT 1 FROM cell.seals WHERE workspace = :role",
            "SELECT 1 FROM cell.workspaces WHERE workspace = :role",
        ):
            assert connection.scalar(text(question), {"role": role}) is None, question
    assert not (Path(get_settings().data_dir) / "files" / role).exists()
    assert redis_connection().get(doomed.key("cache", "x")) is None
    control_session().expire_all()
    assert archive.state == ArchiveState.EXPIRED
    assert (
        not control_session().scalars(select(Archive).where(Archive.key_cipher.is_not(None))).all()
    )

    certificate = certificate_of(workspace)
    assert operation.result == {"certificate": certificate.public_id}
    assert certificate.address == "doomed"
    assert certificate.reason == "不再经营"
    removed = certificate.removed
    assert (removed["files"], removed["keys"], removed["role_kept"]) == (1, 1, False)
    assert removed["tables"] == len(stage.plane.metadata.tables)
    assert removed["rows"] == sum(removed["rows_by_table"].values()) > 50
    assert certificate.keys_expire_on == certificate.issued_at.date() + timedelta(days=30)
    assert notices()[-1] == "deleted"
    # Its address is free for somebody else.
    with control_transaction():
        workspaces.register_workspace(name="新的", address="doomed", locale="en", by=audit.SYSTEM)


def test_only_a_closing_workspace_whose_time_has_come_is_deleted(stage):
    from control.operations import services as operations

    rival = workspace_at("rival")
    operations.ask("workspace.delete", workspace=rival, by=audit.SYSTEM)
    operate(stage)
    assert workspace_at("rival").state == WorkspaceState.TRIAL
    workspaces.ask_closing(rival, reason="x", by=audit.SYSTEM)
    operations.ask("workspace.delete", workspace=rival, by=audit.SYSTEM)
    operate(stage)
    assert workspace_at("rival").state == WorkspaceState.CLOSING
    with clock.moved(rival.closes_at):
        assert closing.delete_due() == 1
        assert closing.delete_due() == 0

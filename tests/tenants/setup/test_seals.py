"""The sealed log: a change, a removal and a forgery behind our back are each found."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from kit import audit, clock, ids, seals, tenancy
from kit.audit import AuditEntry
from kit.db import session, workspace_scope
from kit.db.session import apart
from kit.settings import get_settings
from tenants.setup.jobs import check_audit, seal_audit
from tenants.setup.models import AuditCheck
from tests import databases
from tests.factories import accounts
from tests.factories.accounts import run_jobs

pytestmark = pytest.mark.real_commits
EVENT = audit.Event.named("user:disabled")


@pytest.fixture
def workspace(module_app: Flask) -> Iterator[tenancy.Workspace]:
    from control.workspaces.directory import directory

    found = directory.by_address("acme")
    assert found is not None
    with workspace_scope(found):
        behind(found, "DELETE FROM cell.seals")
        yield found
        behind(
            found, "DELETE FROM cell.seals; DELETE FROM audit_entries WHERE event = %s", EVENT.name
        )


def behind(workspace: tenancy.Workspace, statements: str, *values: Any) -> None:
    """Do as a superuser what no role of ours may."""
    session().rollback()
    name = make_url(get_settings().database_url.get_secret_value()).database
    with psycopg.connect(databases.superuser_url(), dbname=name, autocommit=True) as server:
        server.execute(f"SET search_path TO {workspace.schema}")
        for one in statements.split("; "):
            server.execute(one, values if "%s" in one else None)


def do(count: int = 1) -> list[int]:
    """Let something happen, and return the rows of the log."""
    user = accounts.owner()
    for _ in range(count):
        audit.record(EVENT, user, by=user)
    session().commit()
    newest = select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(count)
    found = list(session().scalars(newest))[::-1]
    session().rollback()
    return found


def test_what_is_sealed_is_proven_and_what_is_newer_waits(workspace):
    do(3)
    assert seals.seal() >= 3
    assert seals.seal() == 0
    (later,) = do()
    report = seals.verify()
    assert report.is_whole
    assert report.waiting.ids == [later]
    assert seals.seal() == 1
    report = seals.verify()
    assert (report.is_whole, report.waiting.count) == (True, 0)
    assert seals.last_seal() == report.sealed


def test_a_row_whose_transaction_ended_late_is_sealed_by_the_next_run(workspace):
    early, late = do(2)
    behind(workspace, "CREATE TABLE kept AS SELECT * FROM audit_entries WHERE id = %s", early)
    behind(workspace, "DELETE FROM audit_entries WHERE id = %s", early)
    seals.seal()
    behind(workspace, "INSERT INTO audit_entries SELECT * FROM kept; DROP TABLE kept")
    assert seals.verify().waiting.ids == [early]
    assert seals.seal() == 1
    report = seals.verify()
    assert (report.is_whole, report.waiting.count, report.broken.count) == (True, 0, 0)
    assert late


def test_a_change_a_removal_and_a_forgery_are_each_found(workspace, monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 2)
    altered, removed, *_ = do(5)
    seals.seal()
    behind(workspace, "UPDATE audit_entries SET actor_name = '别人' WHERE id = %s", altered)
    behind(workspace, "DELETE FROM audit_entries WHERE id = %s", removed)
    forged = ids.new()
    behind(
        workspace,
        "INSERT INTO audit_entries (public_id, created_at, event, subject_kind, subject_id,"
        " actor_kind, actor_id, actor_name, details)"
        " VALUES (%s, %s, %s, 'User', 'x', 'user', 'x', 'x', '{}')",
        forged,
        clock.now() - timedelta(days=3),
        EVENT.name,
    )
    slipped_in = session().scalar(select(AuditEntry.id).where(AuditEntry.public_id == forged))
    report = seals.verify()
    assert (report.altered.ids, report.missing.ids) == ([altered], [removed])
    assert (report.inserted.ids, report.broken.count) == ([slipped_in], 0)
    # What was slipped in is not made true by the next seal.
    do()
    seals.seal()
    assert seals.verify().inserted.ids == [slipped_in]


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE cell.seals SET row_digests = overlay(row_digests PLACING '\\x00' FROM 1 FOR 1)",
        "DELETE FROM cell.seals WHERE number = 1",
        "UPDATE cell.seals SET sealed_at = sealed_at - interval '1 day' WHERE number = 2",
    ],
)
def test_who_touches_the_seals_breaks_the_chain(workspace, monkeypatch, deed):
    monkeypatch.setattr(seals, "BATCH", 3)
    do(5)
    seals.seal()
    behind(workspace, deed)
    assert seals.verify().broken.count


def test_no_role_of_ours_changes_a_seal_and_no_workspace_writes_one(workspace):
    do()
    seals.seal()
    for statement in ("UPDATE cell.seals SET number = 9", "DELETE FROM cell.seals"):
        with pytest.raises(ProgrammingError, match="permission denied"), apart("main") as jobs:
            jobs.execute(text(statement))
    own = "INSERT INTO cell.seals SELECT * FROM cell.seals"
    for statement in (own, "UPDATE cell.seals SET number = 9", "DELETE FROM cell.seals"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            session().execute(text(statement))
        session().rollback()


def test_a_workspace_sees_its_own_seals_alone(workspace):
    from control.workspaces.directory import directory

    do()
    seals.seal()
    rival = directory.by_address("rival")
    assert rival is not None
    with workspace_scope(rival):
        assert seals.last_seal() is None
        assert session().scalar(text("SELECT count(*) FROM cell.seals")) == 0


def test_the_jobs_seal_and_write_down_what_a_comparison_finds(workspace):
    from kit.db import transaction
    from kit.jobs import enqueue

    (altered, *_) = do(2)
    with transaction():
        enqueue(seal_audit)
    assert run_jobs() == ["done"]
    behind(workspace, "UPDATE audit_entries SET event = 'user:enabled' WHERE id = %s", altered)
    with transaction():
        enqueue(check_audit)
    assert run_jobs() == ["done"]
    check = session().scalars(select(AuditCheck).order_by(AuditCheck.id.desc())).first()
    assert check is not None
    assert check.findings["altered"] == {"ids": [altered], "count": 1}
    behind(workspace, "DELETE FROM audit_entries WHERE id = %s", altered)


def test_the_command_names_the_rows_and_fails(module_app, workspace):
    (altered, *_) = do(2)
    runner = module_app.test_cli_runner()
    session().rollback()
    assert "rows sealed" in runner.invoke(args=["audit", "seal", "acme"]).output
    whole = runner.invoke(args=["audit", "verify", "acme"])
    assert (whole.exit_code, "whole" in whole.output) == (0, True)
    behind(workspace, "UPDATE audit_entries SET actor_name = 'x' WHERE id = %s", altered)
    broken = runner.invoke(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert f"1 changed since it was sealed: {altered}" in broken.output
    assert runner.invoke(args=["audit", "verify", "nobody"]).exit_code == 1

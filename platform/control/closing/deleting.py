"""Remove a workspace: every step sees for itself what is still there, so it can die anywhere."""

from typing import Any

from sqlalchemy import Connection, select, text

from control.archives.models import Archive, ArchiveState
from control.archives.services import remove as remove_archive
from control.closing import services
from control.closing.queries import certificate_of
from control.operations.registry import OperationRun, operation
from control.provisioning.script import drop_role, drop_schema
from control.workspaces.directory import as_tenant, directory
from control.workspaces.models import WorkspaceState
from kit import audit, clock, files, tenancy
from kit.crash import crash_point
from kit.db import control_session, control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs.bell import connection as redis_connection
from kit.tenancy import Workspace as Tenant

PROVISIONER = audit.System("provisioner")


@operation(services.DELETE, tries=10)
def delete_workspace(run: OperationRun) -> None:
    """Remove schema, role, background work, files, caches, keys and address; certify it."""
    workspace = run.operation.workspace
    assert workspace is not None
    if workspace.state == WorkspaceState.CLOSED:
        _result(run)
        return
    is_due = workspace.closes_at is not None and workspace.closes_at <= clock.now()
    if workspace.state != WorkspaceState.CLOSING or not is_due:
        raise Refused(_("This workspace is not waiting to be deleted any more."))
    tenant = as_tenant(workspace)
    control_session().rollback()
    engine = run.engines[tenant.cell]

    run.step("shutting")
    with engine.connect() as connection, connection.begin():
        connection.execute(
            text("UPDATE cell.workspaces SET state = 'leaving' WHERE workspace = :schema"),
            {"schema": tenant.schema},
        )
    directory.forget()
    crash_point("delete.shut")

    run.step("counting")
    if certificate_of(workspace) is None:
        with engine.connect() as connection, connection.begin():
            removed = _count(connection, tenant)
        services.draft(workspace, removed=removed)
    control_session().rollback()
    crash_point("delete.counted")

    run.step("schema")
    with engine.connect() as connection, connection.begin():
        drop_schema(connection, tenant.schema)
    crash_point("delete.dropped")

    run.step("role")
    with engine.connect() as connection:
        role_kept = not drop_role(connection, tenant.schema)
    crash_point("delete.role")

    run.step("files")
    remove_files(tenant)
    crash_point("delete.files")

    run.step("caches")
    remove_caches(tenant)
    crash_point("delete.caches")

    run.step("keys")
    services.issue(workspace, role_kept=role_kept, by=PROVISIONER)
    directory.forget()
    crash_point("delete.issued")
    _result(run)


def _result(run: OperationRun) -> None:
    workspace = run.operation.workspace
    assert workspace is not None
    certificate = certificate_of(workspace)
    run.result = {"certificate": certificate.public_id if certificate else ""}


def _count(connection: Connection, tenant: Tenant) -> dict[str, Any]:
    """Count what is there; what is gone already (killed before it was written down) counts 0."""
    names = connection.scalars(
        text(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = :schema AND c.relkind = 'r' ORDER BY 1"
        ),
        {"schema": tenant.schema},
    ).all()
    rows = {
        name: connection.scalar(text(f'SELECT count(*) FROM {tenant.schema}."{name}"'))  # noqa: S608
        for name in names
    }
    jobs = connection.scalar(
        text("SELECT count(*) FROM cell.outbox WHERE workspace = :schema"),
        {"schema": tenant.schema},
    )
    with tenancy.enter(tenant):
        stored = len(files.stored_keys())
    return {
        "tables": len(names),
        "rows": sum(count or 0 for count in rows.values()),
        "rows_by_table": rows,
        "files": stored,
        "jobs": jobs or 0,
        "schema": tenant.schema,
        "cell": tenant.cell,
    }


def remove_files(tenant: Tenant) -> None:
    """Delete a workspace's files and the archives that were made of it."""
    with tenancy.enter(tenant):
        files.remove_all()
    with control_transaction() as control:
        for archive in control.scalars(
            select(Archive).where(
                Archive.workspace_id == tenant.id, Archive.state != ArchiveState.EXPIRED
            )
        ):
            remove_archive(archive)


def remove_caches(tenant: Tenant) -> int:
    """Delete what Redis holds of a workspace, its waiting pieces of work included."""
    server = redis_connection()
    removed = 0
    for pattern in (tenant.key("*"), f"rq:job:{tenant.schema}-*"):
        for key in server.scan_iter(match=pattern, count=1_000):
            removed += 1
            server.unlink(key)
    return removed

"""Restoring and cloning as operations of the provisioner, and the verbs that ask for them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from control.archives import container, queries, services
from control.archives.loading import Change, load, load_files, stands
from control.archives.models import Archive as ArchiveRow
from control.archives.reading import Archive, open_archive
from control.archives.sandbox import Replacer
from control.archives.writing import write_archive
from control.domains.services import refuse_bad_address
from control.operations import services as operations
from control.operations.models import Operation
from control.operations.registry import OperationRun, kind, operation
from control.plane import TenantPlane
from control.provisioning.script import drop_role, drop_schema
from control.workspaces import services as workspaces
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace, WorkspaceState
from control.workspaces.queries import find_workspace
from kit import audit, files, tenancy
from kit.crash import crash_point
from kit.db import control_session, control_transaction
from kit.db.migrating import head
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings
from kit.tenancy import Access
from kit.tenancy import Workspace as Tenant

RESTORE = "workspace.restore"
CLONE = "workspace.clone"
PROVISIONER = audit.System("provisioner")

RESTORED = audit.Event.named("workspace:restored", "archive", "rows", "files", "revision")
CLONED = audit.Event.named("workspace:cloned", "sandbox")


def ask_restore(
    archive: ArchiveRow,
    plane: TenantPlane,
    *,
    address: str,
    name: str = "",
    cell: str = "",
    by: audit.Actor,
) -> Operation:
    """Have an archive restored as a new workspace, in a cell with room or a named one.

    Refused at once for a bad address and for an archive whose manifest this release cannot
    restore; the rest of it is proven before anything is written.
    """
    _refuse_unknown_cell(cell)
    path, master = queries.path_of(archive), services.key_of(archive)
    with open_archive(path, master, plane, name=archive.file_name) as found:
        facts = dict(found.workspace)
    with control_transaction():
        refuse_bad_address(address)
        target = workspaces.register_workspace(
            name=name or facts["name"],
            address=address,
            locale=facts["locale"],
            timezone=facts["timezone"],
            currency=facts["currency"],
            cell=cell,
            by=by,
        )
        return operations.ask(RESTORE, workspace=target, by=by, archive=archive.public_id)


def ask_clone(
    source: Workspace, *, address: str, name: str = "", cell: str = "", by: audit.Actor
) -> Operation:
    """Have a sandbox made of a workspace: all of it, with made-up people and no files."""
    _refuse_unknown_cell(cell)
    with control_transaction():
        if source.state in {WorkspaceState.PROVISIONING, WorkspaceState.CLOSED}:
            raise Refused(_("There is nothing in this workspace to export."))
        refuse_bad_address(address)
        target = workspaces.register_workspace(
            name=name or _("%(name)s (sandbox)", name=source.name),
            address=address,
            locale=source.locale,
            timezone=source.timezone,
            currency=source.currency,
            cell=cell,
            sandbox_of=source,
            by=by,
        )
        audit.record_control(CLONED, source, by=by, sandbox=target.public_id)
        return operations.ask(CLONE, workspace=target, by=by, source=source.public_id)


def _refuse_unknown_cell(cell: str) -> None:
    if cell and cell not in get_settings().cell_urls():
        raise Refused(_("There is no cell %(name)s.", name=cell), field="cell")


@operation(RESTORE, tries=3)
def restore(run: OperationRun) -> None:
    """Prove an archive, build a workspace from it, compare, open the doors."""
    row = queries.find_archive(run.operation.body["archive"])
    assert row is not None
    with _target(run) as target:
        if target is not None:
            name, path, master = row.file_name, queries.path_of(row), services.key_of(row)
            control_session().rollback()
            try:
                with open_archive(path, master, run.plane, name=name) as archive:
                    run.step("proving")
                    archive.prove(run.progress)
                    crash_point("restore.proven")
                    _build(run, archive, target)
            except Refused:
                services.forget_key(row)
                raise
    services.forget_key(row)


@operation(CLONE, tries=3)
def clone(run: OperationRun) -> None:
    """Write a workspace to a file under a key that is never kept, and build a sandbox from it."""
    source = find_workspace(run.operation.body["source"])
    assert source is not None
    path = get_settings().data_dir / "archives" / f"clone-{run.operation.public_id}.simtree"
    with _target(run) as target, _removed(path):
        if target is None:
            return
        origin, facts = as_tenant(source), queries.facts_of(source)
        control_session().rollback()
        master, salt = os.urandom(32), container.new_salt()
        run.step("writing")
        write_archive(
            path,
            origin,
            run.plane,
            master=master,
            salt=salt,
            facts=facts,
            with_files=False,
            progress=run.progress,
        )
        crash_point("clone.written")
        with open_archive(path, master, run.plane, name=path.name) as archive:
            run.step("proving")
            archive.prove(run.progress)
            _build(run, archive, target, change=Replacer(run.plane).change)


@contextmanager
def _removed(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _target(run: OperationRun) -> Iterator[Tenant | None]:
    """Give the workspace to be built, None when it was opened before a crash.

    When it cannot be built after all, nothing of it stays: schema, role, files, keys, address.
    """
    workspace = run.operation.workspace
    assert workspace is not None
    if workspace.state != WorkspaceState.PROVISIONING:
        yield None
        return
    tenant = replace(as_tenant(workspace), access=Access.FULL)
    is_last = run.operation.attempts >= kind(run.operation.kind).tries
    try:
        yield tenant
    except Exception as error:
        control_session().rollback()
        if isinstance(error, Refused) or is_last:
            _undo(run, tenant)
            reason = str(error) if isinstance(error, Refused) else type(error).__name__
            workspaces.give_up_workspace(workspace, reason=reason, by=PROVISIONER)
        raise


def _undo(run: OperationRun, tenant: Tenant) -> None:
    engine = run.engines[tenant.cell]
    with engine.connect() as connection, connection.begin():
        drop_schema(connection, tenant.schema)
    with engine.connect() as connection:
        drop_role(connection, tenant.schema)
    with tenancy.enter(tenant):
        files.remove_all()


def _build(
    run: OperationRun, archive: Archive, target: Tenant, *, change: Change | None = None
) -> None:
    workspace = run.operation.workspace
    assert workspace is not None
    control_session().rollback()
    engine = run.engines[target.cell]
    with engine.connect() as connection, connection.begin():
        is_built = stands(connection, target.schema)
    if not is_built:
        if change is None:
            run.step("files")
            load_files(archive, target)
        crash_point("restore.files")
        run.step("rows")
        with engine.connect() as connection, connection.begin():
            load(
                connection,
                archive,
                target,
                run.plane,
                change=change,
                progress=run.progress,
            )
        crash_point("restore.committed")
    run.step("opening")
    run.result = {
        "rows": archive.rows,
        "files": len(archive.manifest["files"]),
        "revision": head("tenants"),
        "of": archive.workspace["address"],
    }
    with control_transaction():
        workspaces.open_workspace(workspace, revision=head("tenants"), by=PROVISIONER)
        audit.record_control(
            RESTORED,
            workspace,
            by=PROVISIONER,
            archive=archive.name,
            rows=archive.rows,
            files=len(archive.manifest["files"]),
            revision=archive.revision,
        )
    crash_point("restore.opened")

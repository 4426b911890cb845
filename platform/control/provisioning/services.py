"""Verbs of the provisioner: queue a build, build, retry."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import timedelta

import structlog
from sqlalchemy import Connection, Engine, select, text

from control.plane import Owner, TenantPlane
from control.provisioning.models import Build, BuildState
from control.provisioning.script import drop_role, drop_schema, make_schema
from control.workspaces import services as workspaces
from control.workspaces.directory import as_tenant, directory
from control.workspaces.models import Workspace
from kit import audit, clock
from kit.crash import crash_point
from kit.db import (
    after_commit,
    apart,
    control_transaction,
    lock_row,
    pinned,
    transaction,
    workspace_scope,
)
from kit.db.migrating import head
from kit.db.session import cell_key
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs.bell import ring
from kit.settings import get_settings
from kit.tenancy import Access
from kit.tenancy import Workspace as Tenant

_log = structlog.get_logger("control.provisioning")
PROVISIONER = audit.System("provisioner")
LEASE = timedelta(seconds=60)
TRIES = 5
STEPS = 4
RETRIED = audit.Event.named("build:retried")


def queue_build(workspace: Workspace, *, owner: Owner) -> Build:
    """Ask the provisioner to build a workspace; its first administrator comes with it."""
    with control_transaction() as control:
        build = Build(
            workspace_id=workspace.id,
            state=BuildState.QUEUED,
            run_at=clock.now(),
            owner=json.dumps(asdict(owner)),
        )
        control.add(build)
        control.flush()
        after_commit(lambda: ring("provisioner"))
        return build


def begin_claimed(workspace: Workspace, *, owner: Owner) -> Build:
    """Note that a workspace's schema came from the pool, so that only its seed is missing.

    Whoever claimed it goes on with `open_claimed` after the commit; should that process die, the
    provisioner finishes the build as any other that was left behind.
    """
    with control_transaction() as control:
        build = Build(
            workspace_id=workspace.id,
            state=BuildState.BUILDING,
            attempts=1,
            step=2,
            run_at=clock.now() + LEASE,
            owner=json.dumps(asdict(owner)),
        )
        control.add(build)
        control.flush()
        return build


def open_claimed(build: Build, *, plane: TenantPlane) -> None:
    """Fill a claimed schema and open its workspace; nothing happens when that was done before."""
    if build.state != BuildState.BUILDING or build.owner == "":
        return
    tenant = replace(as_tenant(build.workspace), access=Access.FULL)
    owner = Owner(**json.loads(build.owner))
    with workspace_scope(tenant), transaction():
        _seed(plane, tenant, owner)
    crash_point("pool.seeded")
    _finish(build)
    # This process may have just told somebody that there is no such workspace.
    directory.forget()


def _seed(plane: TenantPlane, tenant: Tenant, owner: Owner) -> None:
    if not plane.is_seeded():
        plane.seed(tenant, owner)


def retry_build(build: Build, *, by: audit.Actor) -> None:
    """Queue a failed build again."""
    with control_transaction():
        build = lock_row(build)
        if build.state != BuildState.FAILED:
            raise Refused(_("Only a failed build can be tried again."))
        build.state = BuildState.QUEUED
        build.attempts = 0
        build.run_at = clock.now()
        audit.record_control(RETRIED, build, by=by)
        after_commit(lambda: ring("provisioner"))


def take_build() -> Build | None:
    """Take the next build that is due, or one that its taker left behind; None when idle."""
    with control_transaction() as control:
        build = control.scalars(
            select(Build)
            .where(
                Build.state.in_([BuildState.QUEUED, BuildState.BUILDING]),
                Build.run_at <= clock.now(),
            )
            .order_by(Build.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=Build)
        ).first()
        if build is None:
            return None
        build.state = BuildState.BUILDING
        build.attempts += 1
        build.step = 1
        # A provisioner that dies leaves it here; another takes it up after this.
        build.run_at = clock.now() + LEASE
        return build


def build_workspace(build: Build, *, plane: TenantPlane, engine: Engine) -> None:
    """Build a workspace in one transaction of its cell (two in a cluster), then open it.

    `engine` is the migrator's. Whatever fails leaves nothing in the cell; a build that stood
    already (killed before it could say so) is only opened.
    """
    workspace = build.workspace
    tenant = replace(as_tenant(workspace), access=Access.FULL)
    owner = Owner(**json.loads(build.owner))
    with engine.connect() as connection, ExitStack() as work:
        work.enter_context(connection.begin())
        stands = connection.scalar(
            text("SELECT 1 FROM cell.workspaces WHERE workspace = :schema"),
            {"schema": tenant.schema},
        )
        if not stands:
            make_schema(connection, plane, schema=tenant.schema, cell=tenant.cell)
            _progress(build, 2)
        if get_settings().engine_of(tenant.cell) == "citus":
            # A node is entered as the role of the moment, which sees only what is committed.
            work.close()
            crash_point("build.made")
            work.enter_context(_razed_if_it_fails(connection, tenant.schema))
            work.enter_context(connection.begin())
        with pinned({cell_key(tenant.cell): connection}), workspace_scope(tenant):
            _seed(plane, tenant, owner)
        _progress(build, 3)
    crash_point("build.built")
    _finish(build)


@contextmanager
def _razed_if_it_fails(connection: Connection, schema: str) -> Iterator[None]:
    try:
        yield
    except Exception:
        # What the coordinator keeps open to a node is logged in as the role that goes; the next
        # role of this name is another.
        connection.invalidate()
        with connection.engine.connect() as other:
            with other.begin():
                drop_schema(other, schema)
            drop_role(other, schema)
        raise


def _finish(build: Build) -> None:
    with control_transaction():
        workspaces.open_workspace(build.workspace, revision=head("tenants"), by=PROVISIONER)
        done = lock_row(build)
        done.state = BuildState.DONE
        done.step = STEPS
        done.error = None
        done.finished_at = clock.now()
        done.owner = None


def _progress(build: Build, step: int) -> None:
    with apart(None) as control:
        control.execute(
            text("UPDATE builds SET step = :step WHERE id = :id"), {"step": step, "id": build.id}
        )


def fail_build(build: Build, *, error: str) -> None:
    """Note a failed attempt: tried again after a pause, given up after TRIES."""
    with control_transaction():
        failed = lock_row(build)
        is_over = failed.attempts >= TRIES
        failed.state = BuildState.FAILED if is_over else BuildState.QUEUED
        failed.run_at = clock.now() + timedelta(seconds=2**failed.attempts)
        failed.error = error
        failed.step = 0
    _log.warning("build.failed", workspace=build.workspace_id, error=error)

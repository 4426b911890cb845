"""Verbs of a move: ask for one, take it back, and the two commits that decide."""

from collections.abc import Mapping

from sqlalchemy import Connection, select, text

from control.cells import queries as cells
from control.moving.fingerprints import Fingerprint
from control.moving.plan import METHODS, REPLICATION
from control.operations import services as operations
from control.operations.models import Operation, OperationState
from control.workspaces.jobs import copy_access
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, jobs
from kit.db import control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

KIND = "workspace.move"
BEFORE_FENCE = ("", "build", "copy", "follow")
MOVED = audit.Event.named("workspace:moved", "source", "target", "rows")
STOP_ASKED = audit.Event.named("operation:stop_asked", "kind")
_PROVISIONER = audit.System("provisioner")


def ask_move(workspace: Workspace, *, target: str, method: str, by: audit.Actor) -> Operation:
    """Have a workspace moved to another cell.

    Refused for a cell that is not there, full or down, and for a way that cannot be gone. Whether
    the mover's address is known, the provisioner alone can tell; it refuses before it begins.
    """
    settings = get_settings()
    if method not in METHODS:
        raise Refused(_("There is no such way to move."))
    if target not in settings.cell_urls():
        raise Refused(_("There is no cell %(name)s.", name=target), field="target")
    if target == workspace.cell:
        raise Refused(_("The workspace is in that cell already."), field="target")
    if workspace.state in {WorkspaceState.PROVISIONING, WorkspaceState.CLOSED}:
        raise Refused(_("Only a workspace that stands can be moved."))
    if cells.used().get(target, 0) >= settings.capacity_of(target):
        raise Refused(_("Cell %(name)s is full.", name=target), field="target")
    if not cells.takes_more(target):
        raise Refused(
            _("Cell %(name)s does not answer, or its server has no room.", name=target),
            field="target",
        )
    if method == REPLICATION:
        for cell in (workspace.cell, target):
            if settings.engine_of(cell) != "postgres":
                raise Refused(
                    _("Cell %(name)s is a Citus cluster; move by copy instead.", name=cell),
                    field="method",
                )
    return operations.ask(
        KIND, workspace=workspace, by=by, source=workspace.cell, target=target, method=method
    )


def stop_move(operation: Operation, *, by: audit.Actor) -> None:
    """Take a move back; Refused once the fence is up, for then it is over in a moment."""
    with control_transaction():
        asked = lock_row(operation)
        if asked.state == OperationState.QUEUED and not asked.attempts:
            operations.cancel(asked, by=by)
            return
        if asked.state not in {OperationState.QUEUED, OperationState.RUNNING}:
            raise Refused(_("This has ended already."))
        if asked.step not in BEFORE_FENCE:
            raise Refused(_("It is too late to take this back; it ends in a moment."))
        asked.body = {**asked.body, "stop": True}
        audit.record_control(STOP_ASKED, asked, by=by, kind=asked.kind)


def enter_fence(operation: Operation) -> bool:
    """Note that from here on a move cannot be taken back; False when it has been."""
    with control_transaction():
        entered = lock_row(operation)
        if entered.body.get("stop"):
            return False
        entered.step = "fence"
        return True


def flip(
    operation: Operation,
    *,
    source: str,
    target: str,
    fingerprints: Mapping[str, Fingerprint],
) -> None:
    """Make the target the workspace's cell: the one commit after which nothing is undone."""
    with control_transaction() as control:
        workspace = control.scalars(
            select(Workspace).where(Workspace.id == operation.workspace_id)
        ).one()
        workspace = lock_row(workspace)
        if workspace.cell != source:
            raise RuntimeError("the workspace is somewhere else")
        workspace.cell = target
        workspace.version += 1
        rows = sum(one.rows for one in fingerprints.values())
        audit.record_control(
            MOVED, workspace, by=_PROVISIONER, source=source, target=target, rows=rows
        )
        # What it may do may have changed while its row was on the way.
        jobs.enqueue_control(copy_access, workspace_id=workspace.id)


def open_target(target: Connection, schema: str) -> None:
    """Let people and jobs into the target; nothing happens the second time."""
    opened = target.execute(
        text("""
            UPDATE cell.workspaces SET state = 'live'
            WHERE workspace = :schema AND state = 'moving' RETURNING workspace
        """),
        {"schema": schema},
    ).one_or_none()
    if opened is None:
        return
    # Sent from here before the flip, and turned away by the worker: send it again at once.
    target.execute(
        text("""
            UPDATE cell.outbox SET state = 'waiting', touched_at = NULL
            WHERE workspace = :schema AND state IN ('sent', 'running')
        """),
        {"schema": schema},
    )

"""Questions about moves."""

from sqlalchemy import select

from control.moving.services import KIND
from control.operations.models import Operation
from control.workspaces.models import Workspace
from kit.db import control_session
from kit.settings import get_settings


def latest_move(workspace: Workspace) -> Operation | None:
    """Return a workspace's newest move, or None."""
    return (
        control_session()
        .scalars(
            select(Operation)
            .where(Operation.workspace_id == workspace.id, Operation.kind == KIND)
            .order_by(Operation.id.desc())
            .limit(1)
        )
        .one_or_none()
    )


def other_cells(workspace: Workspace) -> list[str]:
    """Return the cells that a workspace is not in."""
    return [cell for cell in get_settings().cell_urls() if cell != workspace.cell]

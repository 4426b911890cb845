"""Background work on workspaces."""

from sqlalchemy import select, text

from control.workspaces.models import Workspace
from kit.db import apart, control_session
from kit.jobs import JobRun, job
from kit.tenancy import Access

# A cell need not know why nothing may be done.
_IN_CELL = {Access.UNPAID: Access.SUSPENDED}


@job("workspace.copy_access")
def copy_access(run: JobRun, *, workspace_id: int) -> None:
    """Copy what a workspace may do into its cell, where its own role may read it."""
    del run
    workspace = (
        control_session().scalars(select(Workspace).where(Workspace.id == workspace_id)).one()
    )
    with apart(workspace.cell, role="simtree_control") as cell:
        cell.execute(
            text("UPDATE workspaces SET access = :access WHERE workspace = :schema"),
            {
                "access": _IN_CELL.get(workspace.access, workspace.access).value,
                "schema": workspace.schema,
            },
        )

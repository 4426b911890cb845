"""Background work on workspaces."""

import json
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace
from kit import clock, ids
from kit.audit import AuditEntry
from kit.db import apart, control_session, transaction, workspace_scope
from kit.jobs import JobRun, job
from kit.tenancy import Access


@job("workspace.log_inside", stepped=True)
def log_inside(
    run: JobRun,
    *,
    workspace_id: int,
    event: str,
    subject: list[str],
    actor: list[str],
    details: dict[str, Any],
) -> None:
    """Write into a workspace's own log what was decided about it here; once, however often run.

    `subject` is kind and public id, `actor` kind, public id and name.
    """
    workspace = control_session().get_one(Workspace, workspace_id)
    if workspace.access == Access.NONE:
        return
    tenant = as_tenant(workspace)
    # The planes never stand open together.
    control_session().rollback()
    with workspace_scope(tenant), transaction(even_read_only=True) as work:
        work.execute(
            insert(AuditEntry)
            .values(
                public_id=ids.same(run.job_id.int),
                created_at=clock.now(),
                event=event,
                subject_kind=subject[0],
                subject_id=subject[1],
                actor_kind=actor[0],
                actor_id=actor[1],
                actor_name=actor[2],
                details=details,
            )
            .on_conflict_do_nothing()
        )


@job("workspace.copy_access")
def copy_access(run: JobRun, *, workspace_id: int) -> None:
    """Copy what a workspace may do into its cell, where its own role may read it."""
    del run
    workspace = (
        control_session().scalars(select(Workspace).where(Workspace.id == workspace_id)).one()
    )
    with apart(workspace.cell, role="simtree_control") as cell:
        cell.execute(
            text(
                "UPDATE workspaces SET access = :access, limits = limits || CAST(:trust AS jsonb)"
                " WHERE workspace = :schema"
            ),
            {
                "access": workspace.access.value,
                "trust": json.dumps(
                    {"verified": workspace.is_verified, "authorised": workspace.authorised}
                ),
                "schema": workspace.schema,
            },
        )

"""Background work on workspaces."""

import json

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace
from kit import ids
from kit.audit import AuditEntry, ControlAuditEntry
from kit.db import apart, control_session, lock_row, transaction, workspace_scope
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from kit.tenancy import Access

# A cell need not know why nothing may be done.
_IN_CELL = {Access.UNPAID: Access.SUSPENDED}


@job("workspace.log_inside", title=_l("Note in a workspace's own log"), stepped=True)
def log_inside(
    run: JobRun, *, workspace_id: int, entry_id: str, subject_kind: str, subject_id: str
) -> None:
    """Copy a row of our log into a workspace's own; once, however often it is run.

    There it is about the subject named here.
    """
    workspace = control_session().get_one(Workspace, workspace_id)
    entry = (
        control_session()
        .scalars(select(ControlAuditEntry).where(ControlAuditEntry.public_id == entry_id))
        .one()
    )
    if workspace.access == Access.NONE:
        return
    tenant = as_tenant(workspace)
    values = {
        "public_id": ids.same(run.job_id.int),
        "created_at": entry.created_at,
        "event": entry.event,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "details": dict(entry.details),
    }
    # The planes never stand open together.
    control_session().rollback()
    with workspace_scope(tenant), transaction(even_read_only=True) as work:
        work.execute(insert(AuditEntry).values(**values).on_conflict_do_nothing())


@job(
    "workspace.copy_access",
    title=_l("Copy what a workspace may do into its cell"),
    queue="interactive",
)
def copy_access(run: JobRun, *, workspace_id: int) -> None:
    """Copy what a workspace may do into its cell, where its own role may read it.

    Of two at once the second reads what is true when the first has written.
    """
    from control.billing.accounts import told_of

    del run
    workspace = lock_row(control_session().get_one(Workspace, workspace_id))
    with apart(workspace.cell, role="simtree_control") as cell:
        cell.execute(
            text(
                "UPDATE workspaces SET access = :access, limits = limits || CAST(:limits AS jsonb)"
                " WHERE workspace = :schema"
            ),
            {
                "access": _IN_CELL.get(workspace.access, workspace.access).value,
                "limits": json.dumps(
                    {
                        "verified": workspace.is_verified,
                        "authorised": workspace.authorised,
                        **told_of(workspace_id),
                    }
                ),
                "schema": workspace.schema,
            },
        )

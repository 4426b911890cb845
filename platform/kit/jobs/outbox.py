"""Write work into the outbox, in the transaction that made it, and ask how it is doing."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from kit import clock, tenancy
from kit.db import after_commit, control_session, session
from kit.jobs.bell import ring
from kit.jobs.tables import ENDED, JobState, cell_outbox, commit_together, control_outbox

if TYPE_CHECKING:
    from kit.jobs.registry import Job


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a piece of work stands: its progress as done of total (0 when unknown)."""

    id: str
    kind: str
    state: JobState
    done: int
    total: int
    error: str | None
    attempts: int
    created_at: datetime

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in ENDED


def enqueue(work: "Job", *, run_at: datetime | None = None, **body: Any) -> str:
    """Have a job done for the open workspace once the transaction is committed; return its id.

    `body` is JSON: ids and plain values, never rows.
    """
    made = uuid.uuid4()
    session().execute(
        insert(cell_outbox).values(
            workspace=tenancy.current().schema,
            id=made,
            kind=work.kind,
            body=body,
            run_at=run_at or clock.now(),
        )
    )
    commit_together(session())
    after_commit(ring)
    return str(made)


def enqueue_control(work: "Job", *, run_at: datetime | None = None, **body: Any) -> str:
    """Have a job of the control plane done once its transaction is committed; return its id."""
    made = uuid.uuid4()
    control_session().execute(
        insert(control_outbox).values(
            workspace="", id=made, kind=work.kind, body=body, run_at=run_at or clock.now()
        )
    )
    after_commit(ring)
    return str(made)


def _status(row: Row[Any]) -> JobStatus:
    return JobStatus(
        id=str(row.id),
        kind=row.kind,
        state=JobState(row.state),
        done=row.done,
        total=row.total,
        error=row.error,
        attempts=row.attempts,
        created_at=row.created_at,
    )


def find_job(job_id: str) -> JobStatus | None:
    """Return a job of the open workspace, or None."""
    try:
        key = uuid.UUID(job_id)
    except ValueError:
        return None
    row = (
        session()
        .execute(
            select(cell_outbox).where(
                cell_outbox.c.workspace == tenancy.current().schema, cell_outbox.c.id == key
            )
        )
        .one_or_none()
    )
    return _status(row) if row else None


def unfinished_jobs(limit: int = 20) -> list[JobStatus]:
    """Return the open workspace's newest jobs that have not ended well."""
    rows = session().execute(
        select(cell_outbox)
        .where(
            cell_outbox.c.workspace == tenancy.current().schema,
            cell_outbox.c.state != JobState.DONE,
        )
        .order_by(cell_outbox.c.created_at.desc())
        .limit(limit)
    )
    return [_status(row) for row in rows]

"""Write work into the outbox, in the transaction that made it, and ask how it is doing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row

from kit import clock, tenancy
from kit.db import after_commit, control_session, session
from kit.db.session import BoundSession
from kit.jobs.bell import ring
from kit.jobs.tables import (
    ENDED,
    NEVER,
    UNENDED,
    JobState,
    cell_outbox,
    commit_together,
    control_outbox,
)

if TYPE_CHECKING:
    from kit.jobs.registry import Job

Work = tuple["Job", Mapping[str, Any]]
_LOOKS = 5


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
    run_at: datetime | None = None
    begun_at: datetime | None = None
    begun_done: int = 0
    ended_at: datetime | None = None
    deadline: datetime | None = None
    step: str | None = None
    person: str | None = None
    is_cancelling: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in ENDED

    @property
    def waits_for_other(self) -> bool:
        """Whether it is due once other work has ended."""
        return self.state == JobState.WAITING and self.run_at == NEVER

    @property
    def percent(self) -> int:
        """How much of it is done, of a hundred."""
        if self.state == JobState.DONE:
            return 100
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def seconds_left(self) -> int | None:
        """How long the rest should take at this attempt's pace; None while nobody can tell."""
        if self.state != JobState.RUNNING or self.begun_at is None:
            return None
        if not self.begun_done < self.done < self.total:
            return None
        spent = (clock.now() - self.begun_at) / timedelta(seconds=1)
        return max(1, round(spent / (self.done - self.begun_done) * (self.total - self.done)))


def enqueue(
    work: "Job",
    *,
    run_at: datetime | None = None,
    unique_key: str | None = None,
    deadline: datetime | None = None,
    asked_by: str | None = None,
    follows: str | None = None,
    **body: Any,
) -> str:
    """Have a job done for the open workspace once the transaction is committed; return its id.

    `body` is JSON: ids and plain values, never rows. While work of the same kind and `unique_key`
    has not ended, that work's id is returned and none is made. `asked_by` is the public id of the
    person to whom it is shown, `follows` the id of work that must be done before.
    """
    return _enqueue(
        session(),
        cell_outbox,
        tenancy.current().schema,
        work,
        body,
        run_at=run_at,
        unique_key=unique_key,
        deadline=deadline,
        asked_by=asked_by,
        follows=follows,
    )


def enqueue_control(
    work: "Job",
    *,
    run_at: datetime | None = None,
    unique_key: str | None = None,
    deadline: datetime | None = None,
    follows: str | None = None,
    **body: Any,
) -> str:
    """Have a job of the control plane done once its transaction is committed; return its id."""
    return _enqueue(
        control_session(),
        control_outbox,
        "",
        work,
        body,
        run_at=run_at,
        unique_key=unique_key,
        deadline=deadline,
        follows=follows,
    )


def enqueue_chain(works: Sequence[Work], *, asked_by: str | None = None) -> list[str]:
    """Have jobs done one after the other; return their ids in that order.

    When one does not end well the rest is cancelled; one that is dead holds the rest up until it
    is tried again or discarded.
    """
    made: list[str] = []
    for work, body in works:
        before = made[-1] if made else None
        made.append(enqueue(work, asked_by=asked_by, follows=before, **body))
    return made


def enqueue_batch(
    works: Sequence[Work], *, then: "Job", asked_by: str | None = None, **body: Any
) -> str:
    """Have jobs done in any order, and `then` when the last has ended, well or not.

    Return the id of the summary: its progress is the batch's, and `JobRun.batch` tells it how the
    others ended.
    """
    summary, schema, now = uuid.uuid4(), tenancy.current().schema, clock.now()
    rows = [_row(schema, then, body, run_at=NEVER if works else now, asked_by=asked_by)]
    rows[0]["id"] = summary
    rows += [
        _row(schema, work, given, run_at=now, asked_by=asked_by) | {"batch": summary}
        for work, given in works
    ]
    rows[0]["batch"] = None
    session().execute(insert(cell_outbox), rows)
    commit_together(session())
    after_commit(ring)
    return str(summary)


def _enqueue(
    current: BoundSession,
    outbox: Table,
    schema: str,
    work: "Job",
    body: Mapping[str, Any],
    *,
    unique_key: str | None,
    follows: str | None,
    run_at: datetime | None,
    **given: Any,
) -> str:
    row = _row(schema, work, body, run_at=run_at or clock.now(), **given)
    if follows is not None:
        row |= {"follows": uuid.UUID(follows), "run_at": NEVER}
    if unique_key is None:
        current.execute(insert(outbox).values(row))
    else:
        row["key"] = unique_key
        found = _unless_there(current, outbox, row)
        if found is not None:
            return str(found)
    commit_together(current)
    after_commit(ring)
    return str(row["id"])


def _unless_there(current: BoundSession, outbox: Table, row: Mapping[str, Any]) -> uuid.UUID | None:
    """Write a row unless one with its key has not ended; return that one's id, None when written.

    The unique index decides between two at once: the second waits for the first's commit.
    """
    same = select(outbox.c.id).where(
        outbox.c.workspace == row["workspace"],
        outbox.c.kind == row["kind"],
        outbox.c.key == row["key"],
        outbox.c.state.in_(UNENDED),
    )
    write = upsert(outbox).values(row).on_conflict_do_nothing().returning(outbox.c.id)
    for _ in range(_LOOKS):
        if current.scalar(write) is not None:
            return None
        found: uuid.UUID | None = current.scalar(same)
        # It may have ended between the two.
        if found is not None:
            return found
    raise RuntimeError("work with this key comes and goes")


def _row(
    schema: str,
    work: "Job",
    body: Mapping[str, Any],
    *,
    run_at: datetime,
    deadline: datetime | None = None,
    asked_by: str | None = None,
) -> dict[str, Any]:
    if deadline is None and work.within is not None:
        deadline = (clock.now() if run_at == NEVER else run_at) + work.within
    return {
        "workspace": schema,
        "id": uuid.uuid4(),
        "kind": work.kind,
        "body": dict(body),
        "run_at": run_at,
        "deadline_at": deadline,
        "person": asked_by,
    }


def status_of(row: Row[Any]) -> JobStatus:
    """Return how a row of an outbox stands."""
    return JobStatus(
        id=str(row.id),
        kind=row.kind,
        state=JobState(row.state),
        done=row.done,
        total=row.total,
        error=row.error,
        attempts=row.attempts,
        created_at=row.created_at,
        run_at=row.run_at,
        begun_at=row.begun_at,
        begun_done=row.begun_done,
        ended_at=row.ended_at,
        deadline=row.deadline_at,
        step=row.step,
        person=row.person,
        is_cancelling=row.cancel_asked_at is not None,
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
    return status_of(row) if row else None


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
    return [status_of(row) for row in rows]

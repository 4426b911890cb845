"""Move waiting work into RQ: fair across workspaces, short queues, nothing lost.

Two dispatchers may run: rows are taken with SKIP LOCKED, and what a schedule makes has an id
computed from its period, so both make the same row.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import clock
from kit.db.session import BoundSession, affected, apart
from kit.jobs import registry
from kit.jobs.bell import connection
from kit.jobs.tables import JobState, Place

_log = structlog.get_logger("kit.jobs")
IN_FLIGHT = 4
BATCH = 200
LOST_AFTER = timedelta(seconds=240)
_NAMESPACE = uuid.UUID("5b0c8f0e-3a86-4c8e-9d52-3d6f4d1c7a10")


def dispatch(place: Place) -> int:
    """Send due work of one place to the queues; return how many pieces."""
    with apart(place.cell) as own:
        taken = _take(place, own)
    # Sent after the commit: a kill in between leaves rows marked sent, which the sweeper resends.
    for workspace, job_id, kind in taken:
        _send(place, workspace, job_id, kind)
    return len(taken)


def _take(place: Place, own: BoundSession) -> list[tuple[str, uuid.UUID, str]]:
    outbox = place.outbox
    flying = (
        select(outbox.c.workspace, func.count().label("flying"))
        .where(outbox.c.state.in_([JobState.SENT, JobState.RUNNING]))
        .group_by(outbox.c.workspace)
        .cte("flying")
    )
    due = (
        select(
            outbox.c.workspace,
            outbox.c.id,
            outbox.c.run_at,
            func.row_number()
            .over(partition_by=outbox.c.workspace, order_by=(outbox.c.run_at, outbox.c.id))
            .label("turn"),
        )
        .where(outbox.c.state == JobState.WAITING, outbox.c.run_at <= clock.now())
        .cte("due")
    )
    # Ordering by the turn gives every workspace its first piece before anyone's second.
    fair = (
        select(due.c.workspace, due.c.id, due.c.turn, due.c.run_at)
        .join(flying, flying.c.workspace == due.c.workspace, isouter=True)
        .where(due.c.turn + func.coalesce(flying.c.flying, 0) <= literal(IN_FLIGHT))
        .order_by(due.c.turn, due.c.run_at)
        .limit(BATCH)
        .cte("fair")
    )
    locked = (
        select(outbox.c.workspace, outbox.c.id, fair.c.turn, fair.c.run_at)
        .join(fair, (fair.c.workspace == outbox.c.workspace) & (fair.c.id == outbox.c.id))
        .where(outbox.c.state == JobState.WAITING)
        .with_for_update(skip_locked=True, of=outbox)
        .cte("locked")
    )
    rows = own.execute(
        update(outbox)
        .where(outbox.c.workspace == locked.c.workspace, outbox.c.id == locked.c.id)
        .values(state=JobState.SENT, touched_at=clock.now())
        .returning(outbox.c.workspace, outbox.c.id, outbox.c.kind, locked.c.turn, locked.c.run_at)
    ).all()
    # An UPDATE returns its rows in the order of its join, not in that of the turns.
    in_turn = sorted(rows, key=lambda row: (row.turn, row[4]))
    return [(row.workspace, row.id, row.kind) for row in in_turn]


def _send(place: Place, workspace: str, job_id: uuid.UUID, kind: str) -> None:
    known = registry.registered().get(kind)
    queue = Queue(
        f"simtree-{known.queue if known else 'default'}",
        connection=connection(),
        serializer=JSONSerializer,
    )
    queue.enqueue_call(
        "kit.jobs.worker.work",
        args=[place.cell, workspace, str(job_id)],
        job_id=f"{workspace or 'control'}-{job_id}-{uuid.uuid4().hex[:8]}",
        timeout=known.timeout if known else 60,
        result_ttl=0,
        failure_ttl=3_600,
        description=kind,
    )


def sweep(place: Place) -> int:
    """Put back what was sent or begun long ago and shows no life; return how many pieces."""
    outbox = place.outbox
    with apart(place.cell) as own:
        return affected(
            own.execute(
                update(outbox)
                .where(
                    outbox.c.state.in_([JobState.SENT, JobState.RUNNING]),
                    outbox.c.touched_at < clock.now() - LOST_AFTER,
                )
                .values(state=JobState.WAITING, touched_at=None)
            )
        )


def make_scheduled(cell: str, schedules: Iterable[registry.Schedule]) -> int:
    """Write the outbox rows of this period for every active workspace of a cell."""
    place = Place(cell)
    made = 0
    with apart(cell) as own:
        workspaces = list(
            own.scalars(
                text("SELECT workspace FROM workspaces WHERE access <> 'none' AND state = 'live'")
            )
        )
        for scheduled in schedules:
            seconds = int(scheduled.every.total_seconds())
            period = int(clock.now().timestamp()) // seconds
            rows = [
                {
                    "workspace": workspace,
                    "id": uuid.uuid5(_NAMESPACE, f"{workspace}|{scheduled.job.kind}|{period}"),
                    "kind": scheduled.job.kind,
                    "body": {},
                    "run_at": datetime.fromtimestamp(period * seconds, UTC),
                }
                for workspace in workspaces
            ]
            if rows:
                made += affected(
                    own.execute(
                        upsert(place.outbox)
                        .values(rows)
                        .on_conflict_do_nothing()
                        .execution_options(preserve_rowcount=True)
                    )
                )
    return made

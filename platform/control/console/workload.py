"""Background work as operators see it: how much waits where, what failed of which cause, the clock.

Counts and kinds, never a body or the sentence of a workspace's refusal: those are its own. What the
control plane's own work was refused counts as a failure, with its sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Interval, Select, and_, case, func, literal, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kit import clock
from kit.db import apart
from kit.jobs.queues import length, serving
from kit.jobs.registry import QUEUES, queue_of, registered
from kit.jobs.tables import FLYING, UNENDED, JobState, Place
from kit.jobs.wishes import failed

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """How a queue stands: `seconds` is the age of the oldest piece that is due and waits."""

    name: str
    waiting: int
    flying: int
    seconds: int
    done: int
    workers: int | None
    length: int | None


@dataclass(frozen=True, slots=True)
class KindLoad:
    """How a kind of work stands in a place."""

    kind: str
    label: str
    queue: str
    waiting: int
    flying: int
    seconds: int
    done: int
    dead: int
    is_paused: bool


def kind_loads(place: Place) -> list[KindLoad] | None:
    """Return how each kind stands that waits, runs, is paused, died or was done in the last hour.

    None when the place does not answer.
    """
    outbox, shares, now = place.outbox, place.shares, clock.now()
    late = outbox.c.ended_at > now - HOUR
    try:
        with apart(place.cell) as own:
            rows = own.execute(
                select(
                    outbox.c.kind,
                    func.count().filter(_is_due(place)).label("waiting"),
                    func.count().filter(outbox.c.state.in_(FLYING)).label("flying"),
                    func.max(_waits_for(place)).filter(_is_due(place)).label("longest"),
                    func.count().filter(outbox.c.state == JobState.DONE, late).label("done"),
                    func.count().filter(outbox.c.state.in_(failed(place))).label("dead"),
                )
                .where(or_(outbox.c.state.in_((*UNENDED, *failed(place))), late))
                .group_by(outbox.c.kind)
            ).all()
            paused = set(
                own.scalars(
                    select(shares.c.kind).where(
                        shares.c.workspace == "",
                        shares.c.kind != "",
                        shares.c.paused_at.is_not(None),
                    )
                )
            )
    except (OperationalError, PoolTimeout):
        return None
    found = {row.kind: row for row in rows}
    loads = []
    for kind in sorted({*found, *paused}):
        row, known = found.get(kind), registered().get(kind)
        longest = row.longest if row else None
        loads.append(
            KindLoad(
                kind,
                known.label if known else kind,
                queue_of(kind),
                row.waiting if row else 0,
                row.flying if row else 0,
                int(longest.total_seconds()) if longest else 0,
                row.done if row else 0,
                row.dead if row else 0,
                kind in paused,
            )
        )
    return loads


def queue_loads(kinds: Sequence[KindLoad]) -> list[QueueLoad]:
    """Return how each queue stands: in this place by its kinds, in Redis as a whole."""
    made = []
    for name in QUEUES:
        own = [one for one in kinds if one.queue == name]
        made.append(
            QueueLoad(
                name,
                sum(one.waiting for one in own),
                sum(one.flying for one in own),
                max((one.seconds for one in own), default=0),
                sum(one.done for one in own),
                serving(name),
                length(name),
            )
        )
    return made


def _is_due(place: Place) -> Any:
    outbox = place.outbox
    return and_(outbox.c.state == JobState.WAITING, outbox.c.run_at <= clock.now())


def _waits_for(place: Place) -> Any:
    """Return for how long a piece that is due has waited: since it was due, and there at all.

    Rows say by the database's time since when they are there, which no developer moves: where our
    clock was put ahead, what is a minute old has not waited for a month.
    """
    outbox = place.outbox
    return func.least(
        literal(clock.now()) - outbox.c.run_at,
        func.clock_timestamp() - outbox.c.created_at,
        type_=Interval(),
    )


def workspace_loads(name: str, place: Place) -> Any:
    """Return the table of how each workspace of a place stands, with its share."""
    outbox, shares, now = place.outbox, place.shares, clock.now()
    late = outbox.c.ended_at > now - HOUR
    counts = (
        select(
            outbox.c.workspace,
            func.count().filter(_is_due(place)).label("waiting"),
            func.count().filter(outbox.c.state.in_(FLYING)).label("flying"),
            func.max(_waits_for(place)).filter(_is_due(place)).label("longest"),
            func.count().filter(outbox.c.state == JobState.DONE, late).label("done"),
            func.count().filter(outbox.c.state.in_(failed(place))).label("dead"),
        )
        .where(or_(outbox.c.state.in_((*UNENDED, *failed(place))), late))
        .group_by(outbox.c.workspace)
        .subquery("counts")
    )
    share = select(shares).where(shares.c.kind == "").subquery("share")
    workspace = func.coalesce(counts.c.workspace, share.c.workspace)
    return (
        select(
            literal(name).label("place"),
            workspace.label("workspace"),
            func.coalesce(counts.c.waiting, 0).label("waiting"),
            func.coalesce(counts.c.flying, 0).label("flying"),
            counts.c.longest,
            func.coalesce(counts.c.done, 0).label("done"),
            func.coalesce(counts.c.dead, 0).label("dead"),
            share.c.weight,
            share.c.in_flight,
            share.c.per_minute,
            share.c.paused_at,
            case((share.c.paused_at.is_not(None), "paused"), else_="open").label("stand"),
        )
        .select_from(counts)
        .join(share, share.c.workspace == counts.c.workspace, full=True)
        .subquery("loads")
    )


def failures(name: str, place: Place) -> Any:
    """Return the table of what failed for good in a place, by kind and cause."""
    outbox = place.outbox
    error = func.coalesce(outbox.c.error, "")
    return (
        select(
            literal(name).label("place"),
            (outbox.c.kind + " " + error).label("id"),
            outbox.c.kind,
            error.label("error"),
            func.count().label("pieces"),
            func.count(outbox.c.workspace.distinct()).label("workspaces"),
            func.min(outbox.c.ended_at).label("first_at"),
            func.max(outbox.c.ended_at).label("last_at"),
        )
        .where(outbox.c.state.in_(failed(place)))
        .group_by(outbox.c.kind, error)
        .subquery("failures")
    )


def clocks(name: str, place: Place) -> Any:
    """Return the table of what a place's clock remembers, with how the last piece stands."""
    schedules, outbox = place.schedules, place.outbox
    return (
        select(
            literal(name).label("place"),
            (schedules.c.workspace + " " + schedules.c.name).label("id"),
            schedules.c.workspace,
            schedules.c.name,
            schedules.c.next_at,
            schedules.c.last_at,
            outbox.c.state,
        )
        .outerjoin(
            outbox,
            and_(outbox.c.workspace == schedules.c.workspace, outbox.c.id == schedules.c.job_id),
        )
        .subquery("clocks")
    )


def share_of(place: Place, workspace: str) -> Mapping[str, Any]:
    """Return a workspace's share; empty where it has the usual one."""
    shares = place.shares
    with apart(place.cell) as own:
        row = own.execute(
            select(shares).where(shares.c.workspace == workspace, shares.c.kind == "")
        ).one_or_none()
    return dict(row._mapping) if row else {}  # noqa: SLF001 - SQLAlchemy's public name


def has_work(place: Place, workspace: str) -> bool:
    """Tell whether a place knows a workspace: by its work, its share or its list."""
    outbox, shares = place.outbox, place.shares
    known: Select[Any] = select(literal(1)).where(
        or_(
            select(outbox.c.id).where(outbox.c.workspace == workspace).exists(),
            select(shares.c.kind).where(shares.c.workspace == workspace).exists(),
        )
    )
    with apart(place.cell) as own:
        return own.scalar(known) is not None

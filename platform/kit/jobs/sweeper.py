"""Find again what was lost on its way, end what is too late, and clear away what ended long ago."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import redis
import structlog
from sqlalchemy import (
    ColumnElement,
    Date,
    Update,
    and_,
    case,
    cast,
    delete,
    extract,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import clock
from kit.db.session import BoundSession, affected, apart
from kit.jobs import registry
from kit.jobs.dispatcher import sent_id
from kit.jobs.queues import still_queued
from kit.jobs.tables import ENDED, JobState, Place
from kit.settings import get_settings

_log = structlog.get_logger("kit.jobs")
_AT_ONCE = 1_000
_LEAST_TRIES = 3
_UNKNOWN_TRIES = 1_000
LOST = "lost"
"""The cause of a death that nobody saw: the worker went with it, each time."""


def lost_after() -> timedelta:
    """Return how long work may be silent before it is thought lost."""
    return timedelta(seconds=get_settings().jobs_lost_seconds)


def sweep(place: Place) -> int:
    """Put back what was sent or begun and shows no life; return how many pieces.

    What runs beats its heart, and is begun again as often as its kind is tried; what was sent and
    is silent may simply stand in a long queue, which Redis is asked for.
    """
    outbox, now = place.outbox, clock.now()
    silent = outbox.c.touched_at < now - lost_after()
    with apart(place.cell) as own:
        moved = _begin_anew(own, place, silent)
        rows = own.execute(
            select(outbox.c.workspace, outbox.c.id, outbox.c.sends)
            .where(outbox.c.state == JobState.SENT, silent)
            .limit(_AT_ONCE)
        ).all()
    if not rows:
        return moved
    # No transaction is open while Redis is asked.
    names = {sent_id(row.workspace, row.id, row.sends): row for row in rows}
    try:
        queued = still_queued(list(names))
    except redis.RedisError:
        return moved
    alive = [row for name, row in names.items() if name in queued]
    lost = [row for name, row in names.items() if name not in queued]
    with apart(place.cell) as own:
        _touch(own, place, alive)
        return moved + _put_back(own, place, lost)


def _begin_anew(own: BoundSession, place: Place, silent: ColumnElement[bool]) -> int:
    """Put back what was begun and is silent; what was begun too often is dead.

    Nobody was left to say what became of it: it may be the work itself that takes its worker down.
    """
    outbox, now = place.outbox, clock.now()
    rows = own.execute(
        select(outbox.c.workspace, outbox.c.id, outbox.c.kind, outbox.c.attempts)
        .where(outbox.c.state == JobState.RUNNING, silent)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    over = {row for row in rows if row.attempts >= _most(row.kind)}
    for one in over:
        _log.error("job.lost", kind=one.kind, workspace=one.workspace, job=str(one.id))
    moved = 0
    for chosen, values in (
        (over, {"state": JobState.DEAD, "error": LOST, "ended_at": now}),
        (set(rows) - over, {"state": JobState.WAITING, "touched_at": None}),
    ):
        if chosen:
            these = tuple_(outbox.c.workspace, outbox.c.id)
            named = these.in_([(row.workspace, row.id) for row in chosen])
            moved += affected(own.execute(update(outbox).where(named).values(values)))
    return moved


def _most(kind: str) -> int:
    """Return how often work may be begun; a machine that loses its power is no fault of it."""
    known = registry.find(kind)
    return max(known.tries, _LEAST_TRIES) if known else _UNKNOWN_TRIES


def _touch(own: BoundSession, place: Place, rows: Sequence[Any]) -> None:
    if rows:
        own.execute(_still_sent(place, rows).values(touched_at=clock.now()))


def _put_back(own: BoundSession, place: Place, rows: Sequence[Any]) -> int:
    if not rows:
        return 0
    return affected(
        own.execute(_still_sent(place, rows).values(state=JobState.WAITING, touched_at=None))
    )


def _still_sent(place: Place, rows: Sequence[Any]) -> Update:
    outbox = place.outbox
    ids = [(row.workspace, row.id, row.sends) for row in rows]
    return update(outbox).where(
        outbox.c.state == JobState.SENT,
        tuple_(outbox.c.workspace, outbox.c.id, outbox.c.sends).in_(ids),
    )


def resend_all(place: Place) -> int:
    """Put back all that was sent and not begun: Redis has forgotten it."""
    outbox = place.outbox
    with apart(place.cell) as own:
        return affected(
            own.execute(
                update(outbox)
                .where(outbox.c.state == JobState.SENT)
                .values(state=JobState.WAITING, touched_at=None)
            )
        )


def expire(place: Place) -> int:
    """End waiting work whose deadline is over; return how many pieces."""
    outbox, now = place.outbox, clock.now()
    with apart(place.cell) as own:
        return affected(
            own.execute(
                update(outbox)
                .where(outbox.c.state == JobState.WAITING, outbox.c.deadline_at <= now)
                .values(state=JobState.EXPIRED, ended_at=now)
            )
        )


def prune(place: Place) -> int:
    """Clear away work that ended long ago, with its effects; return how many pieces.

    Only its daily count stays. Work and effects go in one transaction, and never the effects of
    work that is still there: as long as it can be sent again, they say what of it is done. What
    died or was refused stays longer, for people to look at.
    """
    outbox, effects, now = place.outbox, place.effects, clock.now()
    settings = get_settings()
    well = now - timedelta(days=settings.jobs_keep_days)
    badly = now - timedelta(days=max(settings.jobs_keep_days, settings.jobs_keep_failed_days))
    ended = func.coalesce(outbox.c.ended_at, outbox.c.touched_at, outbox.c.created_at)
    old = and_(
        outbox.c.state.in_(ENDED),
        # The first alone is what the index knows; rows of former releases have no end.
        or_(outbox.c.ended_at < well, and_(outbox.c.ended_at.is_(None), ended < well)),
        ended < case((outbox.c.state == JobState.DONE, well), else_=badly),
    )
    pruned = 0
    while True:
        with apart(place.cell) as own:
            going = (
                select(outbox.c.workspace, outbox.c.id)
                .where(old)
                .limit(_AT_ONCE)
                .with_for_update(skip_locked=True)
                .cte("going")
            )
            rows = own.execute(
                delete(outbox)
                .where(outbox.c.workspace == going.c.workspace, outbox.c.id == going.c.id)
                .returning(
                    outbox.c.workspace,
                    outbox.c.id,
                    outbox.c.kind,
                    outbox.c.state,
                    cast(func.timezone("UTC", ended), Date).label("day"),
                    func.coalesce(extract("epoch", outbox.c.ended_at - outbox.c.begun_at), 0).label(
                        "seconds"
                    ),
                )
            ).all()
            if rows:
                own.execute(
                    delete(effects).where(
                        tuple_(effects.c.workspace, effects.c.outbox_id).in_(
                            [(row.workspace, row.id) for row in rows]
                        )
                    )
                )
                _count(own, place, rows)
        pruned += len(rows)
        if len(rows) < _AT_ONCE:
            return pruned


def _count(own: BoundSession, place: Place, rows: Sequence[Any]) -> None:
    counts: dict[tuple[object, ...], list[float]] = {}
    for row in rows:
        one = counts.setdefault((row.workspace, row.day, row.kind, row.state), [0, 0.0])
        one[0] += 1
        one[1] += float(row.seconds)
    days = place.work_days
    made = upsert(days).values(
        [
            {
                "workspace": workspace,
                "day": day,
                "kind": kind,
                "state": state,
                "count": count,
                "seconds": round(seconds),
            }
            # In key order: two who prune at once wait for each other instead of for ever.
            for (workspace, day, kind, state), (count, seconds) in sorted(
                counts.items(), key=lambda item: tuple(map(str, item[0]))
            )
        ]
    )
    own.execute(
        made.on_conflict_do_update(
            index_elements=[days.c.workspace, days.c.day, days.c.kind, days.c.state],
            set_={
                "count": days.c.count + made.excluded.count,
                "seconds": days.c.seconds + made.excluded.seconds,
            },
        )
    )

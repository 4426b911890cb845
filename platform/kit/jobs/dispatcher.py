"""Move waiting work into RQ: fair across workspaces, short queues, nothing lost.

Two dispatchers may run: rows are taken with SKIP LOCKED. Each counts for itself what is in flight,
so together they may send a little more than the caps say; no piece is sent twice for it.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import redis
import structlog
from rq import Queue
from sqlalchemy import Text as SqlText
from sqlalchemy import Uuid, and_, column, func, select, true, tuple_, update, values

from kit import clock
from kit.db.session import BoundSession, apart
from kit.jobs import registry
from kit.jobs.bell import connection
from kit.jobs.queues import queue_named
from kit.jobs.tables import FLYING, JobState, Place
from kit.jobs.turns import Allowance, Piece, Turns
from kit.settings import get_settings

_log = structlog.get_logger("kit.jobs")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """A piece that was marked as sent, and which sending of it this is."""

    workspace: str
    id: uuid.UUID
    kind: str
    number: int


class Memory:
    """What a dispatcher remembers of each queue between its rounds."""

    def __init__(self) -> None:
        self._turns: dict[str, Turns] = defaultdict(Turns)

    def turns(self, queue: str) -> Turns:
        """Return whose turn it is in a queue."""
        return self._turns[queue]


def dispatch(place: Place, memory: Memory | None = None) -> int:
    """Send due work of one place to the queues; return how many pieces."""
    with apart(place.cell) as own:
        taken = _take(place, own, memory or Memory())
    # Sent after the commit: a kill in between leaves rows marked sent, which the sweeper resends.
    try:
        _send(place, taken)
    except redis.RedisError:
        _put_back(place, taken)
        raise
    return len(taken)


def _take(place: Place, own: BoundSession, memory: Memory) -> list[Sent]:
    shares = _Shares(place, own)
    waiting = _waiting(place, own, shares.most())
    if not waiting:
        return []
    by_queue: dict[str, dict[str, list[Piece]]] = defaultdict(lambda: defaultdict(list))
    for piece in waiting:
        if not shares.is_paused(piece.workspace, piece.kind):
            by_queue[registry.queue_of(piece.kind)][piece.workspace].append(piece)
    flying, sent = _in_flight(place, own)
    chosen: list[Piece] = []
    for queue in sorted(by_queue, key=_order):
        pieces = by_queue[queue]
        for each in pieces.values():
            each.sort(key=lambda piece: (piece.due, piece.id))
        allowed = {one: shares.allowance(one, flying[queue, one]) for one in pieces}
        room = get_settings().jobs_queue_length - sent[queue]
        got = memory.turns(queue).choose(pieces, allowed, room=room)
        for piece in got:
            shares.note(piece.workspace)
        chosen += got
    return _mark(place, own, chosen) if chosen else []


def _order(queue: str) -> tuple[int, str]:
    known = registry.QUEUES
    return (known.index(queue) if queue in known else len(known), queue)


def _waiting(place: Place, own: BoundSession, most: int) -> list[Piece]:
    """Return the oldest due pieces of every workspace and kind, at most a workspace's cap of each.

    The recursion goes from one (workspace, kind) to the next by the index, so that a backlog of
    a hundred thousand rows of one costs no more than one of ten.
    """
    outbox, now = place.outbox, clock.now()
    first = (
        select(outbox.c.workspace, outbox.c.kind, outbox.c.run_at)
        .where(outbox.c.state == JobState.WAITING)
        .order_by(outbox.c.workspace, outbox.c.kind, outbox.c.run_at)
        .limit(1)
        .subquery("first")
    )
    pairs = select(first.c.workspace, first.c.kind, first.c.run_at).cte("pairs", recursive=True)
    other = outbox.alias("other")
    following = (
        select(other.c.workspace, other.c.kind, other.c.run_at)
        .where(
            other.c.state == JobState.WAITING,
            tuple_(other.c.workspace, other.c.kind) > tuple_(pairs.c.workspace, pairs.c.kind),
        )
        .order_by(other.c.workspace, other.c.kind, other.c.run_at)
        .limit(1)
        .lateral("following")
    )
    pairs = pairs.union_all(
        select(following.c.workspace, following.c.kind, following.c.run_at).select_from(
            pairs.join(following, true())
        )
    )
    row = outbox.alias("row")
    # A workspace may write any time into its row: what it was due before it existed is no merit.
    due = func.greatest(row.c.run_at, row.c.created_at)
    oldest = (
        select(row.c.id, due.label("due"))
        .where(
            row.c.workspace == pairs.c.workspace,
            row.c.kind == pairs.c.kind,
            row.c.state == JobState.WAITING,
            row.c.run_at <= now,
        )
        .order_by(row.c.run_at)
        .limit(most)
        .lateral("oldest")
    )
    rows = own.execute(
        select(pairs.c.workspace, pairs.c.kind, oldest.c.id, oldest.c.due)
        .select_from(pairs.join(oldest, true()))
        .where(pairs.c.run_at <= now)
    )
    return [Piece(one.workspace, one.id, one.kind, one.due) for one in rows]


class _Shares:
    """What each workspace may have, and what is paused, as it is in this round."""

    def __init__(self, place: Place, own: BoundSession) -> None:
        self._place, self._own = place, own
        table = place.shares
        rows = own.execute(select(table)).all()
        self._paused = {(row.workspace, row.kind) for row in rows if row.paused_at is not None}
        self._of = {row.workspace: row for row in rows if not row.kind}
        self._left: dict[str, int] = {}

    def is_paused(self, workspace: str, kind: str) -> bool:
        """Tell whether the workspace, the kind everywhere, or both together are paused."""
        return not {(workspace, ""), ("", kind), (workspace, kind)}.isdisjoint(self._paused)

    def most(self) -> int:
        """Return the largest cap of all: more of one workspace and kind need not be looked at."""
        return max([get_settings().jobs_in_flight, *(self._cap(one) for one in self._of)])

    def _cap(self, workspace: str) -> int:
        share = self._of.get(workspace)
        # In a short queue shares follow from what is in flight: the cap grows with the weight.
        usual = get_settings().jobs_in_flight * ((share.weight if share else None) or 1)
        return (share.in_flight if share else None) or usual

    def allowance(self, workspace: str, flying: int) -> Allowance:
        """Return what a workspace may get now that so much of it is in flight in a queue."""
        share = self._of.get(workspace)
        weight = (share.weight if share else None) or 1
        left = min(self._cap(workspace) - flying, self._left_this_minute(workspace))
        return Allowance(weight, max(0, left))

    def note(self, workspace: str) -> None:
        """Count a piece against what a workspace may begin in a minute."""
        if workspace in self._left:
            self._left[workspace] -= 1

    def _left_this_minute(self, workspace: str) -> int:
        if workspace not in self._left:
            share = self._of.get(workspace)
            limit = (share.per_minute if share else None) or get_settings().jobs_per_minute
            if not limit:
                return 1_000_000
            outbox = self._place.outbox
            begun = self._own.scalar(
                select(func.count()).where(
                    outbox.c.workspace == workspace, outbox.c.sent_at > clock.now() - _MINUTE
                )
            )
            self._left[workspace] = limit - (begun or 0)
        return self._left[workspace]


def _in_flight(
    place: Place, own: BoundSession
) -> tuple[Mapping[tuple[str, str], int], Mapping[str, int]]:
    """Return how much is in flight by queue and workspace, and how long each queue is."""
    outbox = place.outbox
    rows = own.execute(
        select(outbox.c.workspace, outbox.c.kind, outbox.c.state, func.count().label("number"))
        .where(outbox.c.state.in_(FLYING))
        .group_by(outbox.c.workspace, outbox.c.kind, outbox.c.state)
    )
    flying: dict[tuple[str, str], int] = defaultdict(int)
    sent: dict[str, int] = defaultdict(int)
    for row in rows:
        queue = registry.queue_of(row.kind)
        flying[queue, row.workspace] += row.number
        if row.state == JobState.SENT:
            sent[queue] += row.number
    return flying, sent


def _mark(place: Place, own: BoundSession, chosen: Sequence[Piece]) -> list[Sent]:
    """Mark pieces as sent; those that another dispatcher took meanwhile are left out."""
    outbox, now = place.outbox, clock.now()
    named = values(column("workspace", SqlText), column("id", Uuid), name="chosen").data(
        [(piece.workspace, piece.id) for piece in chosen]
    )
    locked = (
        select(outbox.c.workspace, outbox.c.id)
        .join(named, and_(outbox.c.workspace == named.c.workspace, outbox.c.id == named.c.id))
        .where(outbox.c.state == JobState.WAITING, outbox.c.run_at <= now)
        .with_for_update(skip_locked=True, of=outbox)
        .cte("locked")
    )
    rows = own.execute(
        update(outbox)
        .where(outbox.c.workspace == locked.c.workspace, outbox.c.id == locked.c.id)
        .values(state=JobState.SENT, touched_at=now, sent_at=now, sends=outbox.c.sends + 1)
        .returning(outbox.c.id, outbox.c.sends)
    )
    numbers = {row.id: row.sends for row in rows}
    # An UPDATE returns its rows in the order of its join, not in that of the turns.
    return [
        Sent(piece.workspace, piece.id, piece.kind, numbers[piece.id])
        for piece in chosen
        if piece.id in numbers
    ]


def sent_id(workspace: str, job_id: uuid.UUID, number: int) -> str:
    """Return the id that RQ knows a sending by; it tells the sweeper whether it is still queued."""
    return f"{workspace or 'control'}-{job_id}-{number}"


def _send(place: Place, sent: Sequence[Sent]) -> None:
    if not sent:
        return
    by_queue: dict[str, list[Any]] = defaultdict(list)
    for one in sent:
        known = registry.find(one.kind)
        by_queue[registry.queue_of(one.kind)].append(
            Queue.prepare_data(
                "kit.jobs.worker.work",
                args=[place.cell, one.workspace, str(one.id)],
                job_id=sent_id(one.workspace, one.id, one.number),
                timeout=known.timeout if known else 60,
                result_ttl=0,
                failure_ttl=3_600,
                description=one.kind,
            )
        )
    with connection().pipeline() as pipe:
        for queue, pieces in by_queue.items():
            queue_named(queue).enqueue_many(pieces, pipeline=pipe)
        pipe.execute()


def _put_back(place: Place, sent: Sequence[Sent]) -> None:
    """Take back what Redis did not take; some of it may have got through, which does no harm."""
    outbox = place.outbox
    with apart(place.cell) as own:
        own.execute(
            update(outbox)
            .where(
                tuple_(outbox.c.workspace, outbox.c.id).in_([(s.workspace, s.id) for s in sent]),
                outbox.c.state == JobState.SENT,
            )
            .values(state=JobState.WAITING, touched_at=None)
        )

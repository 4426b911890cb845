"""What waits for other work: the rest of a chain, and the summary of a batch."""

import uuid
from typing import Any

from sqlalchemy import Table, and_, exists, func, select, update

from kit import clock
from kit.db.session import BoundSession, affected, apart
from kit.jobs.tables import ENDED, NEVER, UNENDED, JobState, Place

_LOST = (JobState.REFUSED, JobState.CANCELLED, JobState.EXPIRED)


def let_go(
    place: Place, workspace: str, job_id: uuid.UUID, state: JobState, *, batch: uuid.UUID | None
) -> None:
    """Make due what waited for work that has ended, or cancel it with it.

    In a transaction after the end's own: of two that end at once the later then sees both, and a
    summary is made due by at least one of them. What a kill in between leaves, the sweeper does.
    """
    outbox = place.outbox
    with apart(place.cell) as own:
        if state == JobState.DONE:
            own.execute(
                update(outbox)
                .where(
                    outbox.c.workspace == workspace,
                    outbox.c.follows == job_id,
                    outbox.c.state == JobState.WAITING,
                    outbox.c.run_at == NEVER,
                )
                .values(run_at=clock.now())
            )
        elif state in _LOST:
            _cancel_followers(own, outbox, workspace, job_id)
        if batch is not None:
            own.execute(_due_summaries(outbox).where(outbox.c.id == batch))


def sweep_waiting(place: Place) -> int:
    """Let go of all that waits for work that has ended, and tell how far batches are."""
    outbox = place.outbox
    before = outbox.alias("before")
    with apart(place.cell) as own:
        waits = select(outbox.c.id).where(
            outbox.c.state == JobState.WAITING, outbox.c.run_at == NEVER
        )
        if own.scalar(waits.limit(1)) is None:
            return 0
        link = and_(before.c.workspace == outbox.c.workspace, before.c.id == outbox.c.follows)
        waiting = (
            outbox.c.state == JobState.WAITING,
            outbox.c.run_at == NEVER,
            outbox.c.follows.is_not(None),
        )
        # Work that was pruned had ended, and whatever did not wait for it well is cancelled.
        open_ = exists(select(before.c.id).where(link, before.c.state != JobState.DONE))
        moved = affected(
            own.execute(update(outbox).where(*waiting, ~open_).values(run_at=clock.now()))
        )
        lost = exists(select(before.c.id).where(link, before.c.state.in_(_LOST)))
        for row in own.execute(
            select(outbox.c.workspace, outbox.c.follows).where(*waiting, lost).distinct()
        ).all():
            moved += _cancel_followers(own, outbox, row.workspace, row.follows)
        _count_batches(own, outbox)
        return moved + affected(own.execute(_due_summaries(outbox)))


def _cancel_followers(own: BoundSession, outbox: Table, workspace: str, job_id: uuid.UUID) -> int:
    """Cancel what follows work that did not end well, and what follows that."""
    cancelled, ids = 0, [job_id]
    while ids:
        ids = list(
            own.scalars(
                update(outbox)
                .where(
                    outbox.c.workspace == workspace,
                    outbox.c.follows.in_(ids),
                    outbox.c.state == JobState.WAITING,
                )
                .values(state=JobState.CANCELLED, ended_at=clock.now())
                .returning(outbox.c.id)
            )
        )
        cancelled += len(ids)
    return cancelled


def _due_summaries(outbox: Table) -> Any:
    """Make those summaries due whose batch has ended altogether."""
    member = outbox.alias("member")
    own = and_(member.c.workspace == outbox.c.workspace, member.c.batch == outbox.c.id)
    return (
        update(outbox)
        .where(
            outbox.c.state == JobState.WAITING,
            outbox.c.run_at == NEVER,
            outbox.c.follows.is_(None),
            ~exists(select(member.c.id).where(own, member.c.state.in_(UNENDED))),
        )
        .values(run_at=clock.now())
    )


def _count_batches(own: BoundSession, outbox: Table) -> None:
    member = outbox.alias("member")
    counts = (
        select(
            member.c.workspace,
            member.c.batch,
            func.count().label("total"),
            func.count().filter(member.c.state.in_(ENDED)).label("done"),
        )
        .join(outbox, and_(outbox.c.workspace == member.c.workspace, outbox.c.id == member.c.batch))
        .where(outbox.c.state == JobState.WAITING, outbox.c.run_at == NEVER)
        .group_by(member.c.workspace, member.c.batch)
        .subquery("counts")
    )
    own.execute(
        update(outbox)
        .where(outbox.c.workspace == counts.c.workspace, outbox.c.id == counts.c.batch)
        .values(done=counts.c.done, total=counts.c.total)
    )

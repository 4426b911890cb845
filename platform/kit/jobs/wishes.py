"""What people want done with work: cancel it, try it again, discard it.

A workspace's own people ask by a row of `cell.wishes`, in the transaction that notes who asked;
it is granted at once after the commit, or by the dispatcher when that was cut short. Operators act
directly.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Text, and_, cast, delete, exists, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError, OperationalError

from kit import clock, tenancy
from kit.db import after_commit, session
from kit.db.session import BoundSession, affected, apart
from kit.jobs.bell import ring
from kit.jobs.tables import FLYING, UNENDED, JobState, Place, cell_wishes, commit_together

_log = structlog.get_logger("kit.jobs")
CANCEL = "cancel"
RETRY = "retry"


def ask(job_id: str, wish: str) -> None:
    """Have the open workspace's own work cancelled or tried again after the commit."""
    workspace = tenancy.current()
    session().execute(
        upsert(cell_wishes)
        .values(workspace=workspace.schema, outbox_id=uuid.UUID(job_id), wish=wish)
        .on_conflict_do_nothing()
    )
    commit_together(session())
    place = Place(workspace.cell)

    def now() -> None:
        try:
            grant(place)
        except OperationalError as error:
            _log.warning("wishes.later", error=type(error).__name__)
        ring()

    after_commit(now)


def grant(place: Place) -> int:
    """Do what people of this place's workspaces have asked for; return how many wishes."""
    if place.cell is None:
        return 0
    outbox = place.outbox
    with apart(place.cell) as own:
        wishes = own.execute(select(cell_wishes).limit(500).with_for_update(skip_locked=True)).all()
        for wish in wishes:
            one = and_(outbox.c.workspace == wish.workspace, outbox.c.id == wish.outbox_id)
            if wish.wish == CANCEL:
                _cancel(own, place, one)
            else:
                _revive(own, place, one)
            own.execute(
                delete(cell_wishes).where(
                    cell_wishes.c.workspace == wish.workspace,
                    cell_wishes.c.outbox_id == wish.outbox_id,
                    cell_wishes.c.wish == wish.wish,
                )
            )
    return len(wishes)


def cancel(place: Place, which: ColumnElement[bool]) -> int:
    """Cancel work: what waits at once, what is under way at its next step."""
    with apart(place.cell) as own:
        return _cancel(own, place, which)


def failed(place: Place) -> tuple[JobState, ...]:
    """Return the states of work that failed for good and that operators may have tried again.

    What the control plane's own work was refused is theirs to mend: there is nobody else to ask.
    """
    return (JobState.DEAD, JobState.REFUSED) if place.cell is None else (JobState.DEAD,)


def revive(place: Place, which: ColumnElement[bool]) -> int:
    """Have work that failed tried again from its first attempt; return how much of it.

    Its effects remain, so steps that were done are not done twice. Not what has the key of work
    that waits or runs: that does it.
    """
    try:
        with apart(place.cell) as own:
            count = _revive(own, place, which)
    except IntegrityError:
        # Somebody made work with that key at this moment.
        return 0
    ring()
    return count


def discard(place: Place, which: ColumnElement[bool]) -> int:
    """Give failed work up, and what waited for it; return how much of it had failed."""
    outbox = place.outbox
    with apart(place.cell) as own:
        count = affected(
            own.execute(
                update(outbox)
                .where(which, outbox.c.state.in_(failed(place)))
                .values(state=JobState.CANCELLED, ended_at=clock.now())
            )
        )
    ring()
    return count


def _cancel(own: BoundSession, place: Place, which: ColumnElement[bool]) -> int:
    outbox, now = place.outbox, clock.now()
    waiting = affected(
        own.execute(
            update(outbox)
            .where(which, outbox.c.state == JobState.WAITING)
            .values(state=JobState.CANCELLED, ended_at=now, cancel_asked_at=now)
        )
    )
    return waiting + affected(
        own.execute(
            update(outbox)
            .where(which, outbox.c.state.in_(FLYING), outbox.c.cancel_asked_at.is_(None))
            .values(cancel_asked_at=now)
        )
    )


def _revive(own: BoundSession, place: Place, which: ColumnElement[bool]) -> int:
    outbox = place.outbox
    twin = outbox.alias("twin")
    same_key = and_(
        twin.c.workspace == outbox.c.workspace,
        twin.c.kind == outbox.c.kind,
        twin.c.key == outbox.c.key,
    )
    nth = func.row_number().over(
        partition_by=(
            outbox.c.workspace,
            outbox.c.kind,
            func.coalesce(outbox.c.key, cast(outbox.c.id, Text)),
        ),
        order_by=outbox.c.created_at.desc(),
    )
    dead = (
        select(outbox.c.workspace, outbox.c.id, nth.label("nth"))
        .where(
            which,
            outbox.c.state.in_(failed(place)),
            ~exists(select(twin.c.id).where(same_key, twin.c.state.in_(UNENDED))),
        )
        .subquery("dead")
    )
    return affected(
        own.execute(
            update(outbox)
            .where(
                outbox.c.workspace == dead.c.workspace,
                outbox.c.id == dead.c.id,
                dead.c.nth == 1,
                outbox.c.state.in_(failed(place)),
            )
            .values(
                state=JobState.WAITING,
                attempts=0,
                run_at=clock.now(),
                touched_at=None,
                ended_at=None,
                cancel_asked_at=None,
                deadline_at=None,
                error=None,
            )
        )
    )


def these(place: Place, ids: Sequence[tuple[str, uuid.UUID]]) -> Any:
    """Return the condition that means some rows by (workspace, id)."""
    outbox = place.outbox
    return tuple_(outbox.c.workspace, outbox.c.id).in_(ids)

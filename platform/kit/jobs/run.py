"""One attempt at a piece of work: its steps, its progress, and whether it should go on."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import clock
from kit.crash import crash_point
from kit.db import control_session, control_transaction, session, transaction
from kit.db.session import BoundSession, apart
from kit.jobs.bell import ring
from kit.jobs.following import let_go
from kit.jobs.tables import ENDED, UNENDED, JobState, Place, commit_together
from kit.live.topics import tell
from kit.settings import get_settings
from kit.tenancy import Workspace

_PROGRESS_EVERY = 0.5
LIVE = "jobs"
"""The kind of change that pages are told when work goes on."""


class Stopped(Exception):
    """Work must not go on: `state` is what becomes of it, None when that is decided already."""

    def __init__(self, state: JobState | None) -> None:
        super().__init__(state.value if state else "ended elsewhere")
        self.state = state


@dataclass(frozen=True, slots=True)
class Taken:
    """What there is to do, as it was when it was taken."""

    kind: str
    body: Mapping[str, Any]
    attempt: int


class JobRun:
    """One attempt at a job: its id, its steps and its progress."""

    def __init__(self, place: Place, workspace: Workspace | None, job_id: uuid.UUID) -> None:
        self.place = place
        self.workspace = workspace
        self.job_id = job_id
        self.attempt = 0
        self.person: str | None = None
        self._told = 0.0

    @property
    def id(self) -> str:
        """The outbox id: idempotency key of whatever leaves the system."""
        return str(self.job_id)

    @property
    def key(self) -> str:
        """The workspace in the job's row; empty in the control plane."""
        return self.workspace.schema if self.workspace else ""

    @contextmanager
    def _transaction(self) -> Iterator[BoundSession]:
        if self.workspace is None:
            with control_transaction() as control:
                yield control
        else:
            # What may not run while a workspace is read only was not begun: see `perform`.
            with transaction(even_read_only=True) as tenant:
                yield tenant

    def once(self, step: str, work: Callable[[], None], *, is_record: bool = False) -> bool:
        """Do a step in one transaction with its effect row; False when it was done before.

        Not begun at all (Stopped) when the work was cancelled, is too late or has ended elsewhere;
        but what `is_record` of something done outside is always written, or it is done again.
        """
        with self._transaction() as current:
            if not is_record:
                self._heed(current)
            made = current.execute(
                upsert(self.place.effects)
                .values(workspace=self.key, outbox_id=self.job_id, step=step)
                .on_conflict_do_nothing()
                .returning(self.place.effects.c.step)
            ).one_or_none()
            if made is None:
                return False
            commit_together(current)
            work()
            return True

    def is_done(self, step: str) -> bool:
        """Tell whether a step has its effect row."""
        effects = self.place.effects
        current: BoundSession = control_session() if self.workspace is None else session()
        return (
            current.execute(
                select(effects.c.step).where(
                    effects.c.workspace == self.key,
                    effects.c.outbox_id == self.job_id,
                    effects.c.step == step,
                )
            ).first()
            is not None
        )

    def mark(self, step: str) -> None:
        """Write a step's effect row after something was done outside the database."""
        with self._transaction() as current:
            current.execute(
                upsert(self.place.effects)
                .values(workspace=self.key, outbox_id=self.job_id, step=step)
                .on_conflict_do_nothing()
            )
            commit_together(current)

    def progress(self, done: int, total: int, step: object = None) -> None:
        """Show people how far the job is; at most twice a second, the end always.

        `step` is what it is doing, in the reader's words. Stopped when it should not go on.
        """
        if done < total and monotonic() - self._told < _PROGRESS_EVERY:
            return
        self._told = monotonic()
        outbox = self.place.outbox
        given = {} if step is None else {"step": str(step)[:200]}
        with apart(self.place.cell) as own:
            row = own.execute(
                update(outbox)
                .where(outbox.c.workspace == self.key, outbox.c.id == self.job_id)
                .values(
                    done=done,
                    total=total,
                    # Less than before: it has begun from the first again.
                    begun_done=func.least(outbox.c.begun_done, done),
                    touched_at=clock.now(),
                    **given,
                )
                .returning(outbox.c.state, outbox.c.cancel_asked_at, outbox.c.deadline_at)
            ).one_or_none()
        self.tell()
        if done < total:
            _go_on(row)

    def _heed(self, current: BoundSession) -> None:
        outbox = self.place.outbox
        _go_on(
            current.execute(
                select(outbox.c.state, outbox.c.cancel_asked_at, outbox.c.deadline_at).where(
                    outbox.c.workspace == self.key, outbox.c.id == self.job_id
                )
            ).one_or_none()
        )

    def tell(self) -> None:
        """Have the pages of who asked for it look again."""
        if self.workspace is not None and self.person is not None:
            tell(self.workspace, LIVE, [self.person])

    def batch(self) -> Mapping[JobState, int]:
        """Return how the work that this one sums up has ended, counted by state."""
        outbox = self.place.outbox
        with apart(self.place.cell) as own:
            rows = own.execute(
                select(outbox.c.state, func.count().label("number"))
                .where(outbox.c.workspace == self.key, outbox.c.batch == self.job_id)
                .group_by(outbox.c.state)
            ).all()
        return {JobState(row.state): row.number for row in rows}

    def start(self, *, takes_over: bool = True) -> Taken | None:
        """Take the work; None when there is nothing to do.

        Unless it takes over, work that another process has in hand and tells of is left to that.
        """
        outbox, now = self.place.outbox, clock.now()
        lost = now - timedelta(seconds=get_settings().jobs_lost_seconds)
        free = or_(outbox.c.state != JobState.RUNNING, outbox.c.touched_at < lost)
        with apart(self.place.cell) as own:
            row = own.execute(
                update(outbox)
                .where(
                    outbox.c.workspace == self.key,
                    outbox.c.id == self.job_id,
                    outbox.c.state.in_(UNENDED),
                    *(() if takes_over else (free,)),
                )
                .values(
                    state=JobState.RUNNING,
                    attempts=outbox.c.attempts + 1,
                    touched_at=now,
                    begun_at=now,
                    begun_done=outbox.c.done,
                )
                .returning(
                    outbox.c.kind,
                    outbox.c.body,
                    outbox.c.attempts,
                    outbox.c.person,
                    outbox.c.state,
                    outbox.c.cancel_asked_at,
                    outbox.c.deadline_at,
                )
            ).one_or_none()
        if row is None:
            return None
        self.attempt, self.person = row.attempts, row.person
        try:
            _go_on(row)
        except Stopped as stopped:
            self.end(stopped.state or JobState.CANCELLED)
            return None
        self.tell()
        return Taken(row.kind, row.body, row.attempts)

    def end(self, state: JobState, error: str | None = None) -> None:
        """Write how it ended, and let go of what waits for it; an end that is there stands."""
        outbox, now = self.place.outbox, clock.now()
        later = outbox.alias("later")
        waits = (
            select(later.c.id)
            .where(later.c.workspace == self.key, later.c.follows == self.job_id)
            .where(later.c.state == JobState.WAITING)
            .exists()
        )
        with apart(self.place.cell) as own:
            row = own.execute(
                update(outbox)
                .where(
                    outbox.c.workspace == self.key,
                    outbox.c.id == self.job_id,
                    outbox.c.state.in_(UNENDED),
                )
                .values(state=state, error=error, touched_at=now, ended_at=now)
                .returning(outbox.c.batch, waits.label("waits"))
            ).one_or_none()
        crash_point("job.ended")
        if row is not None and (row.waits or row.batch is not None):
            let_go(self.place, self.key, self.job_id, state, batch=row.batch)
        self.tell()
        # A place in flight is free.
        ring()

    def retry(self, pause: timedelta, error: str) -> None:
        """Put it back, to be tried after a pause."""
        outbox = self.place.outbox
        with apart(self.place.cell) as own:
            own.execute(
                update(outbox)
                .where(
                    outbox.c.workspace == self.key,
                    outbox.c.id == self.job_id,
                    outbox.c.state.in_(UNENDED),
                )
                .values(
                    state=JobState.WAITING,
                    error=error,
                    run_at=clock.now() + pause,
                    touched_at=None,
                )
            )
        self.tell()
        ring()

    def beat(self) -> None:
        """Show that somebody is at it."""
        outbox = self.place.outbox
        with apart(self.place.cell) as own:
            own.execute(
                update(outbox)
                .where(
                    outbox.c.workspace == self.key,
                    outbox.c.id == self.job_id,
                    outbox.c.state == JobState.RUNNING,
                )
                .values(touched_at=clock.now())
            )


def _go_on(row: Any) -> None:
    """Refuse (Stopped) to go on with work that has ended, is not wanted any more or too late.

    A row that is not there was pruned or has moved, and with it its effects: whoever was stopped
    that long must not begin anew.
    """
    if row is None or row.state in ENDED:
        raise Stopped(None)
    if row.cancel_asked_at is not None:
        raise Stopped(JobState.CANCELLED)
    deadline: datetime | None = row.deadline_at
    if deadline is not None and deadline <= clock.now():
        raise Stopped(JobState.EXPIRED)

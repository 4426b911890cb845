"""Do one piece of work, once, however often and in how many processes it is started."""

import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import clock
from kit.db import control_session, control_transaction, session, transaction, workspace_scope
from kit.db.fencing import may_have_moved
from kit.db.session import BoundSession, apart
from kit.errors import Refused
from kit.jobs.tables import ENDED, JobState, Place, commit_together
from kit.tenancy import Workspace

if TYPE_CHECKING:
    from kit.jobs.registry import Job

_log = structlog.get_logger("kit.jobs")
_PROGRESS_EVERY = 0.5


class JobRun:
    """One attempt at a job: its id, its steps and its progress."""

    def __init__(self, place: Place, workspace: Workspace | None, job_id: uuid.UUID) -> None:
        self.place = place
        self.workspace = workspace
        self.job_id = job_id
        self.attempt = 0
        self._told = 0.0

    @property
    def id(self) -> str:
        """The outbox id: idempotency key of whatever leaves the system."""
        return str(self.job_id)

    @property
    def _key(self) -> str:
        return self.workspace.schema if self.workspace else ""

    @contextmanager
    def _transaction(self) -> Iterator[BoundSession]:
        if self.workspace is None:
            with control_transaction() as control:
                yield control
        else:
            with transaction(even_read_only=True) as tenant:
                yield tenant

    def once(self, step: str, work: Callable[[], None]) -> bool:
        """Do a step in one transaction with its effect row; False when it was done before."""
        with self._transaction() as current:
            made = current.execute(
                upsert(self.place.effects)
                .values(workspace=self._key, outbox_id=self.job_id, step=step)
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
                    effects.c.workspace == self._key,
                    effects.c.outbox_id == self.job_id,
                    effects.c.step == step,
                )
            ).first()
            is not None
        )

    def mark(self, step: str) -> None:
        """Write a step's effect row after something was done outside the database."""
        self.once(step, lambda: None)

    def progress(self, done: int, total: int) -> None:
        """Show people how far the job is; at most twice a second, the end always."""
        if done < total and monotonic() - self._told < _PROGRESS_EVERY:
            return
        self._told = monotonic()
        self._note(done=done, total=total, touched_at=clock.now())

    def _note(self, **values: Any) -> None:
        outbox = self.place.outbox
        with apart(self.place.cell) as own:
            own.execute(
                update(outbox)
                .where(outbox.c.workspace == self._key, outbox.c.id == self.job_id)
                .values(**values)
            )

    def start(self) -> tuple[str, dict[str, Any], int] | None:
        """Take the work: its kind, body and which attempt this is; None when it has ended."""
        outbox = self.place.outbox
        with apart(self.place.cell) as own:
            row = own.execute(
                update(outbox)
                .where(
                    outbox.c.workspace == self._key,
                    outbox.c.id == self.job_id,
                    outbox.c.state.not_in(ENDED),
                )
                .values(
                    state=JobState.RUNNING,
                    attempts=outbox.c.attempts + 1,
                    touched_at=clock.now(),
                )
                .returning(outbox.c.kind, outbox.c.body, outbox.c.attempts)
            ).one_or_none()
        if row is None:
            return None
        self.attempt = row.attempts
        return row.kind, row.body, row.attempts

    def end(self, state: JobState, error: str | None = None) -> None:
        """Write how it ended."""
        self._note(state=state, error=error, touched_at=clock.now())

    def retry(self, attempt: int, error: str) -> None:
        """Put it back, to be tried after 5 s, 10 s, 20 s … at most an hour."""
        pause = timedelta(seconds=min(3_600, 5 * 2 ** (attempt - 1)))
        self._note(state=JobState.WAITING, error=error, run_at=clock.now() + pause, touched_at=None)


_PUT_OFF = timedelta(seconds=15)


def put_off(place: Place, schema: str, job_id: uuid.UUID, *, attempts: int = 0) -> None:
    """Put work back whose workspace is being updated or moved; it costs no attempt.

    `attempts` are those begun for nothing. A cell that is down has nothing to be written in: what
    it holds is sent again once it is back.
    """
    outbox = place.outbox
    with apart(place.cell) as own:
        own.execute(
            update(outbox)
            .where(
                outbox.c.workspace == schema,
                outbox.c.id == job_id,
                outbox.c.state.not_in(ENDED),
            )
            .values(
                state=JobState.WAITING,
                attempts=outbox.c.attempts - attempts,
                run_at=clock.now() + _PUT_OFF,
                touched_at=None,
            )
        )
    _log.info("job.put_off", workspace=schema, job=str(job_id))


def give_back(place: Place, schema: str, job_id: uuid.UUID) -> None:
    """Put work back that was cut short by a stop of its process; it costs no attempt."""
    outbox = place.outbox
    with apart(place.cell) as own:
        own.execute(
            update(outbox)
            .where(
                outbox.c.workspace == schema,
                outbox.c.id == job_id,
                outbox.c.state == JobState.RUNNING,
            )
            .values(
                state=JobState.WAITING,
                attempts=outbox.c.attempts - 1,
                run_at=clock.now(),
                touched_at=None,
            )
        )
    _log.info("job.given_back", workspace=schema, job=str(job_id))


def perform(
    get: "Callable[[str], Job]", place: Place, workspace: Workspace | None, job_id: uuid.UUID
) -> JobState | None:
    """Run one attempt of a job; return how it ended, None when there was nothing to do.

    This is the edge of a job: no exception passes it. A `Refused` ends the job with its sentence;
    anything else is tried again with back-off and ends in the dead-letter list.
    """
    run = JobRun(place, workspace, job_id)
    log = _log.bind(job=str(job_id), workspace=workspace.schema if workspace else None)
    taken = run.start()
    if taken is None:
        return None
    kind, body, attempt = taken
    try:
        work = get(kind)
    except KeyError:
        run.retry(attempt, f"this release knows no job {kind}")
        return JobState.WAITING
    try:
        with _opened(workspace):
            if work.stepped:
                work.run(run, **body)
            else:
                run.once("", lambda: work.run(run, **body))
    except Refused as refusal:
        log.info("job.refused", kind=kind)
        run.end(JobState.REFUSED, str(refusal))
        return JobState.REFUSED
    except Exception as error:  # noqa: BLE001 - the edge of a job
        if workspace is not None and may_have_moved(error) and _has_left(place, workspace):
            put_off(place, workspace.schema, job_id, attempts=1)
            return JobState.WAITING
        # The message may hold personal data: the log gets the place, the row the type.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        log.warning(
            "job.failed",
            kind=kind,
            attempt=attempt,
            error=type(error).__name__,
            at=f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}",
        )
        if attempt >= work.tries:
            run.end(JobState.DEAD, type(error).__name__)
            return JobState.DEAD
        run.retry(attempt, type(error).__name__)
        return JobState.WAITING
    run.end(JobState.DONE)
    return JobState.DONE


def _has_left(place: Place, workspace: Workspace) -> bool:
    """Tell whether a workspace is on its way out of a cell, or gone from it."""
    with apart(place.cell) as own:
        state: str | None = own.scalar(
            text("SELECT state FROM workspaces WHERE workspace = :schema"),
            {"schema": workspace.schema},
        )
    return state != "live"


@contextmanager
def _opened(workspace: Workspace | None) -> Iterator[None]:
    if workspace is None:
        yield
        return
    with workspace_scope(workspace):
        yield

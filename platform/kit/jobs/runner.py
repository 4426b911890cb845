"""Do one piece of work, once, however often and in how many processes it is started."""

import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text, update

from kit import clock
from kit.db import workspace_scope
from kit.db.fencing import may_have_moved
from kit.db.session import apart
from kit.errors import Refused, Unanswered
from kit.jobs.run import JobRun, Stopped
from kit.jobs.tables import UNENDED, JobState, Place
from kit.tenancy import Access, Workspace

if TYPE_CHECKING:
    from kit.jobs.registry import Job

__all__ = ["JobRun", "give_back", "note_killed", "perform", "put_off"]

_log = structlog.get_logger("kit.jobs")
_PUT_OFF = timedelta(seconds=15)
_UNTIL_WRITABLE = timedelta(minutes=10)
KILLED = "killed"
"""The cause of a failure of which the work itself could say nothing."""


def put_off(
    place: Place,
    schema: str,
    job_id: uuid.UUID,
    *,
    attempts: int = 0,
    pause: timedelta = _PUT_OFF,
) -> None:
    """Put work back whose workspace is updated, moved or read only; it costs no attempt.

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
                outbox.c.state.in_(UNENDED),
            )
            .values(
                state=JobState.WAITING,
                attempts=outbox.c.attempts - attempts,
                run_at=clock.now() + pause,
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


def note_killed(
    get: "Callable[[str], Job]", place: Place, workspace: Workspace | None, job_id: uuid.UUID
) -> None:
    """Have work tried again at once whose process was killed, by whom and for what ever."""
    outbox = place.outbox
    run = JobRun(place, workspace, job_id)
    with apart(place.cell) as own:
        row = own.execute(
            outbox.select().where(
                outbox.c.workspace == run.key,
                outbox.c.id == job_id,
                outbox.c.state == JobState.RUNNING,
            )
        ).one_or_none()
    if row is None:
        return
    try:
        work = get(row.kind)
    except KeyError:
        return
    run.person = row.person
    _log.warning("job.killed", kind=row.kind, workspace=run.key, job=str(job_id))
    _try_again(run, work, row.attempts, KILLED)


def _try_again(run: JobRun, work: "Job", attempt: int, error: str) -> JobState:
    if attempt >= work.tries:
        run.end(JobState.DEAD, error)
        return JobState.DEAD
    run.retry(work.backoff.pause(attempt), error)
    return JobState.WAITING


def perform(
    get: "Callable[[str], Job]",
    place: Place,
    workspace: Workspace | None,
    job_id: uuid.UUID,
    *,
    takes_over: bool = True,
) -> JobState | None:
    """Run one attempt of a job; return how it ended, None when there was nothing to do.

    This is the edge of a job: no exception passes it. A `Refused` ends the job with its sentence,
    unless it only says that no answer came (`Unanswered`); that and anything else is tried again
    with back-off and ends in the dead-letter list.
    """
    run = JobRun(place, workspace, job_id)
    log = _log.bind(job=str(job_id), workspace=workspace.schema if workspace else None)
    taken = run.start(takes_over=takes_over)
    if taken is None:
        return None
    kind, body, attempt = taken.kind, dict(taken.body), taken.attempt
    try:
        work = get(kind)
    except KeyError:
        run.retry(timedelta(seconds=min(3_600, 5 * 2 ** (min(attempt, 60) - 1))), _unknown(kind))
        return JobState.WAITING
    if workspace is not None and workspace.access != Access.FULL and not work.even_read_only:
        put_off(place, workspace.schema, job_id, attempts=1, pause=_UNTIL_WRITABLE)
        return JobState.WAITING
    try:
        with _opened(workspace):
            if work.stepped:
                work.run(run, **body)
            else:
                run.once("", lambda: work.run(run, **body))
    except Stopped as stopped:
        if stopped.state is not None:
            log.info("job.stopped", kind=kind, state=stopped.state.value)
            run.end(stopped.state)
        return stopped.state
    except Exception as error:  # noqa: BLE001 - the edge of a job
        if isinstance(error, Refused) and not isinstance(error, Unanswered):
            log.info("job.refused", kind=kind)
            run.end(JobState.REFUSED, str(error))
            return JobState.REFUSED
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
        return _try_again(run, work, attempt, type(error).__name__)
    run.end(JobState.DONE)
    return JobState.DONE


def _unknown(kind: str) -> str:
    return f"this release knows no job {kind}"


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

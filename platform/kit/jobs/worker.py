"""The RQ side: what a worker process calls for each piece of work, and how it is started."""

import contextlib
import resource
import signal
import threading
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import structlog
from flask import Flask, current_app
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from kit.db import database
from kit.db.pool import WorkspacePool
from kit.jobs import registry
from kit.jobs.bell import connection
from kit.jobs.queues import CleanedQueue, queue_named
from kit.jobs.run import JobRun
from kit.jobs.runner import give_back, note_killed, perform, put_off
from kit.jobs.tables import JobState, Place
from kit.processes import settle
from kit.settings import get_settings
from kit.tenancy import Condition, Workspace

_log = structlog.get_logger("kit.jobs")
WORKER_TTL = 30
MAINTENANCE = 20
_MEGABYTE = 1024 * 1024


class Directory(Protocol):
    """Finds workspaces; the control plane supplies it."""

    def by_schema(self, schema: str) -> Workspace | None:
        """Return a workspace by its opaque id, or None when it is gone."""


_EXTENSION = "simtree_directory"


def init_jobs(app: Flask, directory: Directory) -> None:
    """Tell workers how to find the workspace that a job belongs to."""
    app.extensions[_EXTENSION] = directory


def directory_of(app: Flask) -> Directory:
    """Return what finds an application's workspaces."""
    found: Directory = app.extensions[_EXTENSION]
    return found


def work(cell: str | None, schema: str, job_id: str) -> None:
    """Run one piece of work; what RQ calls, by name, with plain strings."""
    place = Place(cell)
    workspace = None
    if schema:
        workspace = directory_of(current_app).by_schema(schema)
        if workspace is None or workspace.cell != cell:
            # Moved or deleted since: the row in its new place will be sent from there.
            _log.info("job.no_workspace", workspace=schema, job=job_id)
            return
        if workspace.condition == Condition.UNREACHABLE:
            # Nothing can be written there; the sweeper sends it again when the cell is back.
            _log.info("job.cell_down", cell=cell, job=job_id)
            return
        if workspace.condition != Condition.READY:
            put_off(place, schema, uuid.UUID(job_id))
            return
    key = uuid.UUID(job_id)
    with _heart(JobRun(place, workspace, key)):
        perform(registry.get, place, workspace, key, takes_over=False)


@contextlib.contextmanager
def _heart(run: JobRun) -> Iterator[None]:
    """Show from a thread that somebody is at it; what is stopped or dead shows nothing."""
    over = threading.Event()
    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001
    every = get_settings().jobs_lost_seconds / 6

    def beat() -> None:
        while not over.wait(every):
            with app.app_context():
                try:
                    run.beat()
                except SQLAlchemyError as error:
                    _log.warning("job.no_heartbeat", error=type(error).__name__)

    threading.Thread(target=beat, name="heart", daemon=True).start()
    try:
        yield
    finally:
        over.set()


class ForkingWorker(Worker):
    """Forks a process for each job; the child must not share the parent's connections.

    Told to stop, it lets the job in hand end for STOP_SECONDS; then the job's process is killed,
    its transaction is rolled back by the server, and its row waits to be tried again at once.
    """

    app: Flask
    queue_class = CleanedQueue
    _is_out_of_time = False

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        timer = threading.Timer(get_settings().stop_seconds, self._lose_patience)
        timer.daemon = True
        timer.start()

    def _lose_patience(self) -> None:
        if self.horse_pid:
            self._is_out_of_time = True
            self.kill_horse()

    def handle_work_horse_killed(self, job: Any, *how: Any) -> None:
        super().handle_work_horse_killed(job, *how)  # type: ignore[no-untyped-call]
        cell, schema, job_id = job.args
        place, key = Place(cell), uuid.UUID(job_id)
        with self.app.app_context():
            try:
                if self._is_out_of_time:
                    give_back(place, schema, key)
                    return
                found = directory_of(self.app).by_schema(schema) if schema else None
                if found is not None or not schema:
                    note_killed(registry.get, place, found, key)
            except SQLAlchemyError as error:
                # The sweeper finds it when its heart has been silent for long enough.
                _log.warning("job.kill_not_noted", job=job_id, error=type(error).__name__)

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        # A stop told to every process of the service must not cut the job in hand short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def fork_work_horse(self, job: Any, queue: Any) -> None:
        schema = job.args[1]
        if schema:
            # Looked up here and inherited: each child would ask the control plane anew.
            with self.app.app_context(), contextlib.suppress(SQLAlchemyError):
                directory_of(self.app).by_schema(schema)
        super().fork_work_horse(job, queue)

    def main_work_horse(self, job: Any, queue: Any) -> None:
        limit_memory(get_settings().worker_job_megabytes)
        with self.app.app_context():
            for engine in database.engines.values():
                engine.dispose(close=False)
                # One connection does for a job, and costs more than the job's own bookkeeping.
                if isinstance(engine.pool, WorkspacePool):
                    engine.pool.grows = False
            super().main_work_horse(job, queue)

    def execute_job(self, job: Any, queue: Any) -> None:
        super().execute_job(job, queue)
        if resident() > get_settings().worker_megabytes:
            _log.info("worker.large", megabytes=resident())
            self._stop_requested = True


def limit_memory(megabytes: int) -> None:
    """Let this process grow by so much and no more: what wants more fails, and not the machine."""
    try:
        used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    except OSError:
        # Only Linux says; elsewhere there is no limit.
        return
    most = used * resource.getpagesize() + megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def resident() -> int:
    """Return how many megabytes this process holds; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize() // _MEGABYTE


def _warm_up(app: Flask) -> None:
    """Have what every job does in memory before the first fork, for each child inherits it."""
    with app.app_context():
        for cell in (None, *get_settings().cell_urls()):
            nothing = JobRun(Place(cell), None, uuid.uuid4())
            with contextlib.suppress(SQLAlchemyError):
                nothing.start(takes_over=False)
                nothing.end(JobState.DONE)
    # What the collector has looked through once stays shared with the children.
    settle()


def run_worker(app: Flask, *, queues: Sequence[str] = (), burst: bool = False) -> None:
    """Serve queues in the order given until told to stop, or until the process has aged."""
    names = list(queues) or list(registry.QUEUES)
    settings = get_settings()
    begun = monotonic()
    worker = ForkingWorker(
        [queue_named(name) for name in names],
        connection=connection(),
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE,
        job_monitoring_interval=10,
        log_job_description=False,
    )
    worker.app = app
    _warm_up(app)
    worker.work(
        burst=burst,
        logging_level="WARNING",
        max_jobs=None if burst else settings.worker_jobs,
    )
    _log.info("worker.ended", queues=names, minutes=round((monotonic() - begun) / 60))

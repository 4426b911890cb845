"""The RQ side: what a worker process calls for each piece of work, and how it is started."""

import signal
import threading
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import structlog
from flask import Flask, current_app
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from kit.db import database
from kit.jobs import registry
from kit.jobs.bell import connection, wait
from kit.jobs.dispatcher import dispatch, make_scheduled, sweep
from kit.jobs.runner import give_back, perform, put_off
from kit.jobs.tables import Place
from kit.settings import get_settings
from kit.tenancy import Condition, Workspace

_log = structlog.get_logger("kit.jobs")


class Directory(Protocol):
    """Finds workspaces; the control plane supplies it."""

    def by_schema(self, schema: str) -> Workspace | None:
        """Return a workspace by its opaque id, or None when it is gone."""


_EXTENSION = "simtree_directory"


def init_jobs(app: Flask, directory: Directory) -> None:
    """Tell workers how to find the workspace that a job belongs to."""
    app.extensions[_EXTENSION] = directory


def work(cell: str | None, schema: str, job_id: str) -> None:
    """Run one piece of work; what RQ calls, by name, with plain strings."""
    place = Place(cell)
    workspace = None
    if schema:
        directory: Directory = current_app.extensions[_EXTENSION]
        workspace = directory.by_schema(schema)
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
    perform(registry.get, place, workspace, uuid.UUID(job_id))


class ForkingWorker(Worker):
    """Forks a process for each job; the child must not share the parent's connections.

    Told to stop, it lets the job in hand end for STOP_SECONDS; then the job's process is killed,
    its transaction is rolled back by the server, and its row waits to be tried again at once.
    """

    app: Flask
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
        if self._is_out_of_time:
            cell, schema, job_id = job.args
            with self.app.app_context():
                give_back(Place(cell), schema, uuid.UUID(job_id))

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        # A stop told to every process of the service must not cut the job in hand short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def main_work_horse(self, job: Any, queue: Any) -> None:
        with self.app.app_context():
            for engine in database.engines.values():
                engine.dispose(close=False)
            super().main_work_horse(job, queue)


def run_worker(app: Flask, *, burst: bool = False) -> None:
    """Serve the queues until told to stop."""
    queues = [
        Queue(f"simtree-{name}", connection=connection(), serializer=JSONSerializer)
        for name in registry.QUEUES
    ]
    worker = ForkingWorker(
        queues,
        connection=connection(),
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=20,
        log_job_description=False,
    )
    worker.app = app
    worker.work(burst=burst, logging_level="WARNING")


def run_dispatcher(app: Flask, *, stopped: Callable[[], bool]) -> None:
    """Dispatch, sweep and write scheduled work until told to stop."""
    places = [Place(None), *(Place(cell) for cell in get_settings().cell_urls())]
    rounds = 0
    while not stopped():
        with app.app_context():
            sent = 0
            for place in places:
                try:
                    sent += dispatch(place)
                    if rounds % 10 == 0:
                        sweep(place)
                        if place.cell is not None:
                            make_scheduled(place.cell, registry.schedules())
                except Exception as error:  # noqa: BLE001 - one cell down must not stop the others
                    _log.warning("dispatch.failed", cell=place.cell, error=type(error).__name__)
        rounds += 1
        if not sent:
            wait()

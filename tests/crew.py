"""The processes of background work, to be started and killed at will, and work that counts itself.

`flask --app tests.crew` is the application with that work in it; `Crew` keeps its processes.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert

import wsgi
from infra.local.guardian import GUARDIAN
from infra.local.places import free_port
from kit import audit, clock, ids, tenancy
from kit.audit import AuditEntry
from kit.db import session, transaction, workspace_scope
from kit.jobs import Backoff, JobRun, enqueue, job
from kit.security import RealmBlueprint, public
from kit.security.realms import ANYONE
from tenants.accounts.models import Throttle
from tests.databases import ROOT

# Whoever is killed often should not rest for an hour in a run of minutes.
SOON = Backoff(first=timedelta(seconds=1), most=timedelta(seconds=10))
NOTED = audit.Event.named("crew:noted")
blueprint = RealmBlueprint("crew", __name__, realm=ANYONE)
FLASK = (sys.executable, "-m", "flask", "--app", "tests.crew")


class Thing:
    """Something that work was done to, known by its number."""

    def __init__(self, number: int) -> None:
        self.public_id = f"{number:026d}"


def note(number: int) -> None:
    """Leave a row that shows how often this was done."""
    audit.record(NOTED, Thing(number), by=audit.SYSTEM)


@job("crew.note", tries=1_000, backoff=SOON)
def note_one(run: JobRun, *, number: int) -> None:
    """Note a number, once."""
    del run
    note(number)


@job("crew.steps", stepped=True, tries=1_000, backoff=SOON)
def note_steps(run: JobRun, *, number: int) -> None:
    """Note a number in the second of three steps."""
    run.once("first", lambda: None)
    run.once("second", lambda: note(number))
    run.progress(1, 2)
    run.once("third", lambda: None)


def direct(schema: str, number: int) -> None:
    """Do the same without an outbox: what RQ calls when it is fed directly."""
    from control.workspaces.directory import directory

    found = directory.by_schema(schema)
    assert found is not None
    with workspace_scope(found), transaction():
        note(number)


@blueprint.get("/crew/<address>/<int:number>")
@public
def ask(address: str, number: int) -> str:
    """Enqueue work for a number, once however often it is asked for."""
    from control.workspaces.directory import directory

    found = directory.by_address(address)
    assert found is not None
    with workspace_scope(found), transaction() as work:
        # Two at once: the second waits for the first, and finds its row.
        marked = work.execute(
            upsert(Throttle)
            .values(
                public_id=ids.new(),
                created_at=clock.now(),
                subject=f"crew {number}",
                hits=[],
                expires_at=clock.now(),
            )
            .on_conflict_do_nothing()
            .returning(Throttle.id)
        ).one_or_none()
        if marked is not None:
            enqueue(note_steps if number % 4 == 0 else note_one, number=number)
    return "asked"


def create_app() -> Flask:
    """Return the application with the page and the work of a crew."""
    app = wsgi.create_app()
    app.register_blueprint(blueprint)
    return app


def noted(workspaces: Sequence[tenancy.Workspace]) -> Counter[int]:
    """Return how often each number was noted, over some workspaces."""
    found: Counter[int] = Counter()
    for workspace in workspaces:
        with workspace_scope(workspace):
            rows = session().execute(
                select(AuditEntry.subject_id, func.count())
                .where(AuditEntry.event == NOTED.name)
                .group_by(AuditEntry.subject_id)
            )
            found.update({int(row[0]): row[1] for row in rows})
    return found


class Crew:
    """Processes by name: each started again when it was killed."""

    def __init__(self, *, workers: int = 2, web: bool = False, **settings: str) -> None:
        self.port = free_port()
        self._environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
            "STOP_SECONDS": "2",
            **settings,
        }
        self._commands: dict[str, Sequence[str]] = {
            "dispatcher": (*FLASK, "jobs", "dispatch"),
            **{f"worker{number}": (*FLASK, "jobs", "work") for number in range(workers)},
        }
        if web:
            self._commands["web"] = (
                *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread"),
                *("--threads", "4", "--bind", f"127.0.0.1:{self.port}"),
                *("--graceful-timeout", "2", "--no-control-socket", "tests.crew:create_app()"),
            )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = Path(os.environ.get("CREW_LOG", os.devnull))

    def __enter__(self) -> Self:
        for name in self._commands:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            self._end(process)

    def start(self, name: str) -> None:
        with self.log.open("ab") as log:
            # Guarded: what outlives a test run that was killed would disturb the next.
            self.processes[name] = GUARDIAN.spawn(
                self._commands[name], environment=self._environment, output=log, folder=ROOT
            )

    def revive(self) -> None:
        """Start again what has ended."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                self.start(name)

    def victim(self, name: str) -> int | None:
        """Return the process of a name: of `worker` one of them, of `horse` one's child."""
        if name not in {"worker", "horse"}:
            process = self.processes[name]
            return process.pid if process.poll() is None else None
        for _, process in self._shuffled_workers():
            if name == "worker" and process.poll() is None:
                return process.pid
            if name == "horse" and (children := children_of(process.pid)):
                return children[0]
        return None

    def _shuffled_workers(self) -> list[tuple[str, "subprocess.Popen[bytes]"]]:
        workers = [one for one in self.processes.items() if one[0].startswith("worker")]
        random.shuffle(workers)
        return workers

    @staticmethod
    def _end(process: "subprocess.Popen[bytes]") -> None:
        # A horse has a process group of its own.
        for pid in [*children_of(process.pid), process.pid]:
            for word in (signal.SIGCONT, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, word)
        GUARDIAN.finish(process)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and not buried."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def hit(pid: int | None, word: signal.Signals) -> bool:
    """Send a signal; tell whether there was somebody to get it."""
    if pid is None:
        return False
    try:
        os.kill(pid, word)
    except ProcessLookupError:
        return False
    return True


def post(
    port: int, addresses: Sequence[str], numbers: Sequence[int], over: threading.Event
) -> None:
    """Ask the web for every number until it has said yes."""
    for number in numbers:
        address = addresses[number % len(addresses)]
        request = Request(f"http://127.0.0.1:{port}/crew/{address}/{number}")
        while not over.is_set():
            try:
                with urlopen(request, timeout=3) as answer:
                    if answer.status == 200:
                        break
            except (URLError, OSError):
                time.sleep(0.1)


@contextlib.contextmanager
def posting(
    port: int, addresses: Sequence[str], numbers: Sequence[int], *, threads: int = 3
) -> Iterator[list[threading.Thread]]:
    """Ask for numbers from several threads while the block runs."""
    over = threading.Event()
    parts = [numbers[start::threads] for start in range(threads)]
    running = [
        threading.Thread(target=post, args=(port, addresses, part, over), daemon=True)
        for part in parts
    ]
    for thread in running:
        thread.start()
    try:
        yield running
    finally:
        over.set()
        for thread in running:
            thread.join(10)


def wait_for(happened: object, *, seconds: float, pause: float = 0.1) -> bool:
    """Wait until something is so; tell whether it came in time."""
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def shuffled(seed: int, targets: Sequence[str], count: int) -> list[tuple[str, signal.Signals]]:
    """Return whom to hit how, in an order that the seed decides: each way equally often."""
    ways = [(name, word) for name in targets for word in (signal.SIGKILL, signal.SIGSTOP)]
    deck = (ways * (count // len(ways) + 1))[:count]
    random.Random(seed).shuffle(deck)
    return deck

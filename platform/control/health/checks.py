"""The single checks behind /readyz, run side by side and answered within seconds."""

import shutil
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Any

from flask import Flask
from sqlalchemy import text

from control.backups.queries import is_streaming_late
from control.workspaces.directory import STALE, directory
from kit.db import apart, database
from kit.db.migrating import head, served
from kit.db.session import CONTROL, BoundSession, cell_key
from kit.db.walls import cell_findings
from kit.db.walls import check as check_walls
from kit.errors import Misconfigured
from kit.files.store import chosen
from kit.jobs.bell import connection as redis_connection
from kit.settings import get_settings

PATIENCE = 2.5
"""Seconds within which a check answers, or counts as silent."""

FRESH = 2.0
"""Seconds an answer is good for: strangers may ask often, the databases are not."""

WALLS_FRESH = 3_600.0
"""Seconds for which the walls between a cell's workspaces are known: all its tables are read."""

_DISK_LOW = 0.05


class State(StrEnum):
    """What a check, and the whole, can be."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    state: State
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Health:
    """All checks. `can_serve` is false only when nobody can be served."""

    checks: Mapping[str, Check]
    can_serve: bool

    @property
    def state(self) -> State:
        """Return the whole in a word."""
        if not self.can_serve:
            return State.FAILED
        if all(check.state == State.OK for check in self.checks.values()):
            return State.OK
        return State.DEGRADED


_SILENT = Check(State.FAILED, {"error": "no answer"})
_REVISION = text("SELECT id FROM revision")
_SCHEMAS = text(
    "SELECT revision, count(*) AS schemas FROM workspaces WHERE state = 'live' GROUP BY revision"
)


class HealthChecker:
    """The checks of one process, and their last results."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="health")
        self._lock = threading.Lock()
        self._running: dict[str, Future[Check]] = {}
        self._known: Health | None = None
        self._at = 0.0
        self._inner: dict[str, InnerWalls] = {}

    def health(self) -> Health:
        """Return the health, asked for at most every two seconds."""
        with self._lock:
            if self._known is None or monotonic() - self._at > FRESH:
                self._known = self._ask()
                self._at = monotonic()
            return self._known

    def _ask(self) -> Health:
        cells = {f"cell {cell}": self._cell(cell) for cell in get_settings().cell_urls()}
        questions: dict[str, Callable[[], Check]] = {
            "control": _control,
            **cells,
            "redis": _redis,
            "disk": _disk,
            "files": _files,
            "backup": _backup,
        }
        for name, question in questions.items():
            # One that still hangs is not asked again: silent servers must not eat the threads.
            if name not in self._running:
                self._running[name] = self._pool.submit(self._answer, question)
        wait_for([self._running[name] for name in questions], timeout=PATIENCE)
        checks = {}
        for name in questions:
            future = self._running[name]
            checks[name] = future.result() if future.done() else _SILENT
            if future.done():
                del self._running[name]
        if checks["control"].state == State.FAILED and directory.age() < STALE:
            # What is known of the workspaces goes on for ten minutes without the control plane.
            checks["control"] = Check(State.DEGRADED, checks["control"].details)
        is_reachable = any(checks[name].state != State.FAILED for name in cells)
        return Health(checks, is_reachable and checks["control"].state != State.FAILED)

    def _answer(self, question: Callable[[], Check]) -> Check:
        with self._app.app_context():
            try:
                return question()
            except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
                return Check(State.FAILED, {"error": type(error).__name__})

    def _cell(self, cell: str) -> Callable[[], Check]:
        inner = self._inner.setdefault(cell, InnerWalls(self._app, self._pool, cell))
        return lambda: _look_at_cell(cell, inner)


class InnerWalls:
    """The walls between a cell's workspaces, looked at beside the other checks, once an hour."""

    def __init__(self, app: Flask, pool: ThreadPoolExecutor, cell: str) -> None:
        self._app = app
        self._pool = pool
        self._cell = cell
        self._running: Future[list[str]] | None = None
        self._known: list[str] = []
        self._at = float("-inf")

    def findings(self) -> list[str]:
        """Return what the last look found; nobody waits for the next one."""
        if self._running is None and monotonic() - self._at > WALLS_FRESH:
            self._running = self._pool.submit(self._look)
        if self._running is not None and self._running.done():
            asked, self._running, self._at = self._running, None, monotonic()
            # A cell that is down says so elsewhere; what was found before still stands.
            if asked.exception() is None:
                self._known = asked.result()
        return self._known

    def _look(self) -> list[str]:
        with self._app.app_context(), database.engines[cell_key(self._cell)].connect() as own:
            # Not the pool's any more: a process that ends meanwhile leaves nothing behind.
            own.detach()
            return cell_findings(own)


def _walls(key: str) -> str | None:
    with database.engines[key].connect() as connection:
        try:
            check_walls(connection)
        except Misconfigured as hole:
            return str(hole)
        return None


def _control() -> Check:
    begun = monotonic()
    with apart(None) as own:
        own.execute(text("SELECT 1"))
        latency = _ms(begun)
        revision = own.scalar(_REVISION)
    details: dict[str, Any] = {"latency_ms": latency, "revision": revision}
    return _judged(details, revision == head("control"), _walls(CONTROL))


def _look_at_cell(cell: str, inner: InnerWalls) -> Check:
    begun = monotonic()
    with apart(cell, role="simtree_control") as own:
        own.execute(text("SELECT 1"))
        latency = _ms(begun)
        revision = own.scalar(_REVISION)
        schemas = _schemas(own)
    newest = head("tenants")
    details = {
        "latency_ms": latency,
        "revision": revision,
        "workspaces": sum(schemas.values()),
        "behind": sum(n for at, n in schemas.items() if at != newest),
        "not_served": sum(n for at, n in schemas.items() if at not in served()),
    }
    is_current = revision == head("cell") and not details["behind"]
    hole = _walls(cell_key(cell)) or "; ".join(inner.findings())
    return _judged(details, is_current, hole)


def _schemas(own: BoundSession) -> dict[str, int]:
    return {row.revision: row.schemas for row in own.execute(_SCHEMAS)}


def _judged(details: dict[str, Any], is_current: bool, hole: str | None) -> Check:  # noqa: FBT001
    details["migrations_pending"] = not is_current
    if hole:
        details["walls"] = hole
    return Check(State.OK if is_current and not hole else State.DEGRADED, details)


def _redis() -> Check:
    begun = monotonic()
    redis_connection().ping()
    return Check(State.OK, {"latency_ms": _ms(begun)})


def _disk() -> Check:
    usage = shutil.disk_usage(get_settings().data_dir)
    is_low = usage.free < usage.total * _DISK_LOW
    details = {"free_bytes": usage.free, "total_bytes": usage.total}
    return Check(State.DEGRADED if is_low else State.OK, details)


def _files() -> Check:
    begun = monotonic()
    chosen().refuse_unusable()
    return Check(State.OK, {"latency_ms": _ms(begun)})


def _backup() -> Check:
    late = is_streaming_late()
    return Check(State.DEGRADED if late else State.OK, {"late": late})


def _ms(begun: float) -> float:
    return round((monotonic() - begun) * 1000, 1)

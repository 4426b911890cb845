"""The kinds of operations, and what a handler is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Engine, update

from control.operations.models import Operation
from control.plane import TenantPlane
from kit import clock
from kit.db import apart

LEASE = timedelta(seconds=60)
"""How long a provisioner may be silent before another takes its operation up."""

_PROGRESS_EVERY = 0.5


class Interrupted(BaseException):
    """This process was told to stop: the operation goes on in the next one, from its beginning.

    Not an Exception, so that no handler takes it for a failure of its own.
    """


def never() -> bool:
    """Tell that nobody asks this process to stop."""
    return False


@dataclass(slots=True)
class OperationRun:
    """One attempt at an operation. `engines` are the migrator's, by cell.

    Between steps and pieces, wherever progress is told, a process that is to stop ends the
    attempt; a handler stands that as it stands being killed.
    """

    operation: Operation
    plane: TenantPlane
    engines: Mapping[str, Engine]
    result: dict[str, Any] = field(default_factory=dict)
    stopped: Callable[[], bool] = never
    _told: float = 0.0

    def step(self, name: str, *, done: int = 0, total: int = 0) -> None:
        """Say which step begins."""
        self._end_if_stopped()
        self._told = 0.0
        self._note(step=name, done=done, total=total)

    def progress(self, done: int, total: int) -> None:
        """Say how far the step is; written at most twice a second, its end always."""
        self._end_if_stopped()
        if done < total and monotonic() - self._told < _PROGRESS_EVERY:
            return
        self._told = monotonic()
        self._note(done=done, total=total)

    def alive(self) -> None:
        """Keep the lease while a single statement or file takes long."""
        self._end_if_stopped()
        if monotonic() - self._told > LEASE.total_seconds() / 4:
            self._told = monotonic()
            self._note()

    def _end_if_stopped(self) -> None:
        if self.stopped():
            raise Interrupted

    def _note(self, **values: Any) -> None:
        with apart(None) as control:
            control.execute(
                update(Operation)
                .where(Operation.id == self.operation.id)
                .values(run_at=clock.now() + LEASE, **values)
            )


class Stopped(Exception):
    """A person took an operation back while it ran; its handler has undone what it had done."""


Handler = Callable[[OperationRun], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of operation: its key, its handler, and how often a failed one is tried again."""

    key: str
    handler: Handler
    tries: int


_kinds: dict[str, Kind] = {}


def operation(key: str, *, tries: int = 1) -> Callable[[Handler], Handler]:
    """Register a function as the handler of a kind of operation; RuntimeError for a key twice.

    A handler is started again from its beginning after a crash, so every step of it must see for
    itself whether it is done. `Refused` ends it with its sentence.
    """

    def register(handler: Handler) -> Handler:
        if key in _kinds:
            raise RuntimeError(f"two handlers for {key}")
        _kinds[key] = Kind(key, handler, tries)
        return handler

    return register


def kind(key: str) -> Kind:
    """Return a kind by its key; KeyError for one that is not registered."""
    return _kinds[key]


def kinds() -> Mapping[str, Kind]:
    """Return every kind by its key."""
    return dict(_kinds)

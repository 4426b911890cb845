"""The only source of the current time, so that tests and demonstrations can move it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from kit import tenancy

_LOOKED_AT_FOR = 0.5
_moved_to: ContextVar[datetime | None] = ContextVar("moved_to", default=None)


class _File:
    """A file that says by how many seconds time is ahead; read again twice a second."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ahead = timedelta()
        self._until = 0.0

    def __call__(self) -> timedelta:
        if (at := monotonic()) >= self._until:
            self._until = at + _LOOKED_AT_FOR
            with suppress(OSError, ValueError, OverflowError):
                # One that is just being written says nothing new.
                self._ahead = timedelta(seconds=float(self.path.read_text("ascii")))
        return self._ahead


_ahead: Callable[[], timedelta] = timedelta


def follow(path: Path | None) -> None:
    """Have the whole process live by so many seconds ahead as a file says; None: by real time.

    For a developer's machine, where a month must go by at a click.
    """
    global _ahead  # noqa: PLW0603 - there is one time
    _ahead = _File(path) if path else timedelta


def now() -> datetime:
    """Return the current instant, aware and in UTC."""
    return _moved_to.get() or datetime.now(UTC) + _ahead()


@contextmanager
def moved(to: datetime) -> Iterator[None]:
    """Hold the clock at an aware instant inside the block."""
    if to.tzinfo is None:
        raise ValueError("a moved clock needs an aware time")
    token = _moved_to.set(to.astimezone(UTC))
    try:
        yield
    finally:
        _moved_to.reset(token)


def advance(by: timedelta) -> None:
    """Move a held clock on; only meaningful inside `moved`."""
    held = _moved_to.get()
    if held is None:
        raise RuntimeError("the clock is not held")
    _moved_to.set(held + by)


def today() -> date:
    """Return today's date in the open workspace's time zone."""
    workspace = tenancy.current_or_none()
    return now().astimezone(ZoneInfo(workspace.timezone if workspace else "Asia/Shanghai")).date()

"""The only source of the current time, so that tests and demonstrations can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kit import tenancy

_moved_to: ContextVar[datetime | None] = ContextVar("moved_to", default=None)


def now() -> datetime:
    """Return the current instant, aware and in UTC."""
    return _moved_to.get() or datetime.now(UTC)


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

"""When recurring work is due: every so often, or by a workspace's own calendar and clock.

Pure functions of instants and zones. A clock time that a day does not have (summer time begins)
is taken as the instant that much later; one that a day has twice is taken the first time.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST = 31
"""The last day of a month, whatever its number."""


@dataclass(frozen=True, slots=True)
class Every:
    """At the start of every period, counted from the epoch; the same moment everywhere."""

    period: timedelta

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the newest moment that is not after an instant."""
        del zone
        seconds = int(self.period.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return the first moment after an instant."""
        return self.latest(instant, zone) + self.period


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at a clock time, HH:MM."""

    at: str

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the newest moment that is not after an instant."""
        day = now.astimezone(zone).date()
        due = _instant(day, self.at, zone)
        return due if due <= now else _instant(day - timedelta(days=1), self.at, zone)

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return the first moment after an instant."""
        day = instant.astimezone(zone).date()
        due = _instant(day, self.at, zone)
        return due if due > instant else _instant(day + timedelta(days=1), self.at, zone)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Every month on a day at a clock time; in a month without that day, on its last."""

    day: int
    at: str

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the newest moment that is not after an instant."""
        local = now.astimezone(zone).date()
        due = self._in(local.year, local.month, zone)
        if due <= now:
            return due
        before = local.replace(day=1) - timedelta(days=1)
        return self._in(before.year, before.month, zone)

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return the first moment after an instant."""
        local = instant.astimezone(zone).date()
        due = self._in(local.year, local.month, zone)
        if due > instant:
            return due
        next_ = local.replace(day=1) + timedelta(days=32)
        return self._in(next_.year, next_.month, zone)

    def _in(self, year: int, month: int, zone: ZoneInfo) -> datetime:
        day = min(self.day, monthrange(year, month)[1])
        return _instant(date(year, month, day), self.at, zone)


def month_end(at: str) -> Monthly:
    """Return the last day of every month at a clock time."""
    return Monthly(LAST, at)


Calendar = Every | Daily | Monthly


def missed(calendar: Calendar, due: datetime, now: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return every moment from a due one up to now, oldest first."""
    found = []
    while due <= now:
        found.append(due)
        due = calendar.after(due, zone)
    return found


def _instant(day: date, at: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), zone).astimezone(UTC)

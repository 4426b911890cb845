"""Periods as Stripe counts them: whole seconds from an anchor, months cut to their last day."""

import calendar
from datetime import UTC, datetime, timedelta

DAY = 86_400
HOUR = 3_600


def moved(anchor: int, interval: str, times: int) -> int:
    """Return the instant so many intervals after an anchor."""
    start = datetime.fromtimestamp(anchor, UTC)
    if interval == "day":
        return anchor + times * DAY
    if interval == "week":
        return anchor + times * 7 * DAY
    months = times * (12 if interval == "year" else 1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return int(start.replace(year=year, month=month + 1, day=min(start.day, last)).timestamp())


def boundary_after(anchor: int, interval: str, count: int, instant: int) -> int:
    """Return the first end of a period after an instant."""
    length = {"day": 1, "week": 7, "month": 28, "year": 365}[interval] * count * DAY
    times = max(0, (instant - anchor) // (length + (4 * DAY if length > 7 * DAY else 0)) - 1)
    while (end := moved(anchor, interval, times * count)) <= instant:
        times += 1
    return end


def day(instant: int) -> str:
    """Return a date as invoice lines write it."""
    return f"{datetime.fromtimestamp(instant, UTC):%d %b %Y}".lstrip("0")


def written(instant: int) -> str:
    """Return a date as pages of every language write it."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d}"


def later(instant: int, *, days: float) -> int:
    """Return the instant so many days later."""
    return instant + int(timedelta(days=days).total_seconds())

"""Days in the workspace's zone: quick ranges, and the instants at which a day starts and ends."""

import datetime as dt
from dataclasses import dataclass

from kit import clock, i18n
from kit.i18n import lazy_gettext as _l


@dataclass(frozen=True)
class DayRange:
    """From a day to a day, both included; either may be open."""

    first: dt.date | None = None
    last: dt.date | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None

    @property
    def start(self) -> dt.datetime | None:
        """The first instant inside."""
        return None if self.first is None else _midnight(self.first)

    @property
    def end(self) -> dt.datetime | None:
        """The first instant after."""
        return None if self.last is None else _midnight(self.last + dt.timedelta(days=1))


QUICK: dict[str, object] = {
    "today": _l("Today"),
    "yesterday": _l("Yesterday"),
    "7days": _l("Last 7 days"),
    "month": _l("This month"),
    "last_month": _l("Last month"),
}


def today() -> dt.date:
    """Return the day it is in the workspace."""
    return clock.now().astimezone(i18n.timezone()).date()


def quick_range(name: str) -> DayRange:
    """Return the days of a quick range; KeyError for an unknown name."""
    day = today()
    one = dt.timedelta(days=1)
    first_of_month = day.replace(day=1)
    return {
        "today": DayRange(day, day),
        "yesterday": DayRange(day - one, day - one),
        "7days": DayRange(day - 6 * one, day),
        "month": DayRange(first_of_month, day),
        "last_month": DayRange((first_of_month - one).replace(day=1), first_of_month - one),
    }[name]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), i18n.timezone()).astimezone(dt.UTC)

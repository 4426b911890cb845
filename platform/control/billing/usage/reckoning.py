"""What use beyond soft limits costs: the same function makes the preview and the charge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from control.billing.limits import MONTHLY, Counted, Limit


@dataclass(frozen=True, slots=True)
class Beyond:
    """One counted thing beyond its soft limit: begun units, and what they cost in minor units."""

    counted: Counted
    used: int
    included: int
    per: int
    units: int
    unit_amount: int
    amount: int


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a workspace's zone, and the instants between which it lies."""

    first: date
    begins_at: datetime
    ends_at: datetime

    @property
    def name(self) -> str:
        """The month as the tenant plane names it, such as 2026-11."""
        return f"{self.first:%Y-%m}"


def month_at(at: datetime, zone: ZoneInfo) -> Month:
    """Return the month that an instant lies in."""
    return month_from(at.astimezone(zone).date(), zone)


def month_from(day: date, zone: ZoneInfo) -> Month:
    """Return the month that a day lies in."""
    first = day.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return Month(first, _midnight(first, zone), _midnight(after, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def reckon(
    limits: Mapping[Counted, Limit],
    used: Mapping[Counted, int],
    *,
    currency: str,
    month: Month,
    paid_since: datetime | None,
) -> tuple[Beyond, ...]:
    """Return what is charged for a month; nothing for what has no price in the currency.

    On trial nothing is charged. What a month counts is not charged in the month in which the plan
    began to be paid, because nobody can tell which part of it was used in the free days.
    """
    if paid_since is None:
        return ()
    is_whole = paid_since <= month.begins_at
    found = []
    for counted in Counted:
        limit = limits[counted]
        if counted in MONTHLY and not is_whole:
            continue
        units, each = limit.begun(used.get(counted, 0)), limit.amounts.get(currency, 0)
        if units and each and limit.included is not None:
            found.append(
                Beyond(
                    counted,
                    used[counted],
                    limit.included,
                    limit.per,
                    units,
                    each,
                    limit.cost_of(used[counted], currency),
                )
            )
    return tuple(found)

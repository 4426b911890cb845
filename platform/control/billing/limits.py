"""What of a plan is counted, how much of it is included, and what more of it costs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Counted(StrEnum):
    """What a plan limits. Those of a month begin anew with each month in the workspace's zone."""

    SEATS = "seats"
    CHANNELS = "channels"
    NUMBERS = "numbers"
    ORDERS = "orders_month"
    STORAGE = "storage_mb"
    API_CALLS = "api_calls_month"


MONTHLY = frozenset({Counted.ORDERS, Counted.API_CALLS})
SHARES = (80, 100)
"""Per cent of a limit at which the owner is warned."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much is included (None: without limit), and what happens beyond it.

    A hard limit refuses more. A soft one lets work go on; each begun `per` beyond it costs
    `amounts` by currency, in minor units, billed with the next invoice; nothing where none is
    given.
    """

    included: int | None = None
    is_hard: bool = True
    per: int = 1
    amounts: Mapping[str, int] = field(default_factory=dict)

    def cost_of(self, used: int, currency: str) -> int:
        """Return what the use beyond the limit costs in a currency, in minor units."""
        return self.begun(used) * self.amounts.get(currency, 0)

    def begun(self, used: int) -> int:
        """Return how many units are begun beyond a soft limit."""
        if self.included is None or self.is_hard or used <= self.included:
            return 0
        return -(-(used - self.included) // self.per)

    def share(self, used: int) -> int | None:
        """Return per cent of the limit in use; None without one."""
        if self.included is None:
            return None
        if self.included == 0:
            return 100 if used else 0
        return used * 100 // self.included


UNLIMITED = Limit()


@dataclass(frozen=True, slots=True)
class Meter:
    """How much of one counted thing is in use, and what of it is included."""

    counted: Counted
    used: int
    limit: Limit

    @property
    def share(self) -> int | None:
        """Per cent of the limit in use; None without one."""
        return self.limit.share(self.used)

    @property
    def warning(self) -> int | None:
        """The highest of the shares people are warned at that is reached, or None."""
        share = self.share
        return max((one for one in SHARES if share is not None and share >= one), default=None)


def read_limits(stored: Mapping[str, Any]) -> dict[Counted, Limit]:
    """Return every counted thing's limit from how a version keeps them; what lacks has none."""
    return {
        counted: Limit(**stored[counted]) if counted in stored else UNLIMITED for counted in Counted
    }


def write_limits(limits: Mapping[Counted, Limit]) -> dict[str, Any]:
    """Return limits as a version keeps them."""
    return {
        counted.value: {**asdict(limit), "amounts": dict(limit.amounts)}
        for counted, limit in limits.items()
        if limit.included is not None
    }


def with_seats(limits: Mapping[Counted, Limit], extra: int) -> dict[Counted, Limit]:
    """Return limits with seats that were bought beyond the plan's."""
    seats = limits[Counted.SEATS]
    if not extra or seats.included is None:
        return dict(limits)
    more = Limit(seats.included + extra, seats.is_hard, seats.per, seats.amounts)
    return {**limits, Counted.SEATS: more}

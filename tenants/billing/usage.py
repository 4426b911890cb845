"""How much of what a plan counts is in use in the open workspace."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from control.billing.limits import SHARES, Counted, Limit
from kit import clock, tenancy
from kit.db import session
from tenants.accounts.queries import seats_taken
from tenants.channels.queries import channels_there
from tenants.numbers.queries import numbers_there
from tenants.orders.models import Order
from tenants.records.models import Attachment


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


def used() -> dict[Counted, int]:
    """Return how much of each counted thing is in use now; of a month: since its first day."""
    orders = select(func.count()).select_from(Order).where(Order.placed_at >= month_began_at())
    taken = session().scalar(select(func.coalesce(func.sum(Attachment.size), 0))) or 0
    return {
        Counted.SEATS: seats_taken(),
        Counted.CHANNELS: channels_there(),
        Counted.NUMBERS: numbers_there(),
        Counted.ORDERS: session().scalar(orders) or 0,
        Counted.STORAGE: int(taken) // 2**20,
        # The programming interface counts its own calls.
        Counted.API_CALLS: 0,
    }


def meters(limits: dict[Counted, Limit]) -> list[Meter]:
    """Return a meter for each counted thing."""
    now = used()
    return [Meter(counted, now[counted], limits[counted]) for counted in Counted]


def beyond(limits: dict[Counted, Limit]) -> list[Meter]:
    """Return what is in use beyond hard limits: with them a plan cannot be had."""
    return [
        one
        for one in meters(limits)
        if one.limit.is_hard and one.limit.included is not None and one.used > one.limit.included
    ]


def month_began_at() -> dt.datetime:
    """Return the first instant of this month in the workspace's zone."""
    zone = ZoneInfo(tenancy.current().timezone)
    local = clock.now().astimezone(zone)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

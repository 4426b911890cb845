"""How much of what a plan counts is in use in the open workspace."""

from collections.abc import Mapping

from control.billing.limits import SHARES, Counted, Limit, Meter
from kit import clock
from kit.db import session, transaction
from tenants.accounts import api_calls, counters
from tenants.accounts.limits import in_units, own_limits
from tenants.accounts.queries import administrators, seats_taken
from tenants.billing.telling import NEAR, REACHED
from tenants.channels.queries import channels_there
from tenants.notices import services as notices
from tenants.numbers.queries import numbers_there
from tenants.orders.queries import placed_between

LASTING = (Counted.SEATS, Counted.CHANNELS, Counted.NUMBERS)


def used() -> dict[Counted, int]:
    """Return how much of each counted thing is in use now; of a month: since its first day."""
    return {**_there(), **used_in(counters.month_of(clock.now()))}


def used_in(month: str) -> dict[Counted, int]:
    """Return how much of what is counted by the month was used in one, in the workspace's zone."""
    orders = counters.amount(Counted.ORDERS, period=month)
    return {
        Counted.ORDERS: placed_between(*counters.bounds_of(month)) if orders is None else orders,
        Counted.API_CALLS: api_calls.calls_in(month),
    }


def _there() -> dict[Counted, int]:
    taken = counters.amount(Counted.STORAGE) or 0
    return {
        Counted.SEATS: seats_taken(),
        Counted.CHANNELS: channels_there(),
        Counted.NUMBERS: numbers_there(),
        Counted.STORAGE: in_units(Counted.STORAGE, taken),
    }


def meters(limits: Mapping[Counted, Limit]) -> list[Meter]:
    """Return a meter for each counted thing."""
    now = used()
    return [Meter(counted, now[counted], limits[counted]) for counted in Counted]


def beyond(limits: Mapping[Counted, Limit]) -> list[Meter]:
    """Return what is in use beyond hard limits: with them a plan cannot be had."""
    return [
        one
        for one in meters(limits)
        if one.limit.is_hard and one.limit.included is not None and one.used > one.limit.included
    ]


def read_usage() -> dict[Counted, int]:
    """Count what is in use, keep it for pages that may not count, and warn who has to know.

    Once for each limit, share and month: a larger plan is another limit.
    """
    month = counters.month_of(clock.now())
    api_calls.write_calls(month)
    now = used()
    session().rollback()
    with transaction(even_read_only=True):
        for counted in LASTING:
            counters.put(counted, now[counted])
        limits = own_limits()
        for counted in Counted:
            _warn(Meter(counted, now[counted], limits[counted]), month)
    return now


def _warn(meter: Meter, month: str) -> None:
    """Tell administrators of the highest share that is reached and was not told."""
    counted, limit = meter.counted, meter.limit
    period = month if counted in {Counted.ORDERS, Counted.API_CALLS} else counters.LASTING
    is_new = False
    for share in SHARES:
        if meter.warning is not None and share <= meter.warning:
            value = f"{month}:{limit.included}"
            is_new = counters.tell_once(counted, str(share), value, period=period)
    if is_new:
        notices.notify(
            REACHED if meter.warning == SHARES[-1] else NEAR,
            "",
            administrators(),
            what=counted.value,
            share=meter.share,
            is_hard=limit.is_hard,
        )

"""The counters of what a plan limits: one row for each thing and month, changed where it is used.

A counter's row is locked until the transaction ends that changed it, so of two who use the last one
of a limit the second sees the first. `tenants.billing.jobs` compares them with what is there.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.limits import Counted
from kit import clock, ids, tenancy
from kit.db import affected, session
from tenants.accounts.models import UsageCount

LASTING = ""
"""The period of what is simply there."""


def month_of(at: dt.datetime) -> str:
    """Return the month that an instant belongs to in the workspace's zone, such as 2026-11."""
    return f"{at.astimezone(ZoneInfo(tenancy.current().timezone)):%Y-%m}"


def bounds_of(month: str) -> tuple[dt.datetime, dt.datetime]:
    """Return the first instant of a month in the workspace's zone, and that of the next."""
    zone = ZoneInfo(tenancy.current().timezone)
    begin = dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    return begin, (begin + dt.timedelta(days=32)).replace(day=1)


def add(
    counted: Counted, amount: int, *, period: str = LASTING, truth: Callable[[], int] | None = None
) -> int:
    """Count more, or (below zero) less; return how much it is now.

    A counter that is new asks `truth`, where given: the workspace may be older than it.
    """
    now = session().scalar(
        upsert(UsageCount)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            counted=counted.value,
            period=period,
            amount=max(0, amount),
        )
        .on_conflict_do_update(
            index_elements=[UsageCount.counted, UsageCount.period],
            # Below zero is what was there before the counter: it is mended, not passed on.
            set_={"amount": func.greatest(0, UsageCount.amount + amount)},
        )
        .returning(UsageCount.amount)
    )
    assert now is not None
    if now == amount and truth is not None and (there := truth()) > now:
        put(counted, there, period=period)
        return there
    return int(now)


def put(counted: Counted, amount: int, *, period: str = LASTING) -> None:
    """Write how much there is, whatever stood there."""
    session().execute(
        upsert(UsageCount)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            counted=counted.value,
            period=period,
            amount=amount,
        )
        .on_conflict_do_update(
            index_elements=[UsageCount.counted, UsageCount.period], set_={"amount": amount}
        )
    )


def raise_to(counted: Counted, amount: int, *, period: str) -> None:
    """Write that it is at least so much: said twice, or late, it changes nothing."""
    add(counted, 0, period=period)
    session().execute(
        update(UsageCount)
        .where(
            UsageCount.counted == counted.value,
            UsageCount.period == period,
            UsageCount.amount < amount,
        )
        .values(amount=amount)
    )


def amount(counted: Counted, *, period: str = LASTING) -> int | None:
    """Return how much a counter says; None where nothing was counted yet."""
    return session().scalar(
        select(UsageCount.amount).where(
            UsageCount.counted == counted.value, UsageCount.period == period
        )
    )


def amounts(*periods: str) -> Mapping[Counted, int]:
    """Return what the counters of some periods say."""
    rows = session().execute(
        select(UsageCount.counted, UsageCount.amount).where(UsageCount.period.in_(periods))
    )
    return {Counted(row.counted): int(row.amount) for row in rows}


def tell_once(counted: Counted, what: str, value: str, *, period: str = LASTING) -> bool:
    """Note that people are told something of a counter; False when they were told the same."""
    add(counted, 0, period=period)
    noted = session().execute(
        update(UsageCount)
        .where(
            UsageCount.counted == counted.value,
            UsageCount.period == period,
            UsageCount.told[what].astext.is_distinct_from(value),
        )
        .values(told=UsageCount.told.concat({what: value}))
    )
    return affected(noted) == 1


def lock(counted: Counted, *, period: str = LASTING) -> int:
    """Keep everybody from counting until the transaction ends; return how much it is."""
    return add(counted, 0, period=period)

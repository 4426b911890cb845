"""The limits of what the workspace has bought: asked before more of a counted thing is made.

They are copied into the workspace's own row in its cell, which its role may read; so no question
leaves the cell, and a control plane that is down stops nobody.
"""

import datetime as dt
from collections.abc import Callable, Mapping

from sqlalchemy import text as sql

from control.billing.labels import COUNTED, amount_of_limit
from control.billing.limits import MONTHLY, Counted, Limit, Meter, read_limits
from kit import clock, tenancy
from kit.db import keep_alone, session
from kit.errors import Refused
from kit.i18n import format_date
from kit.i18n import gettext as _
from tenants.accounts import counters

_OWN = sql("SELECT limits -> 'plan' FROM cell.workspaces WHERE workspace = :schema")
MEGABYTE = 2**20


class Beyond(Refused):
    """More than a hard limit includes."""

    def __init__(self, counted: Counted, sentence: object, *, field: str | None = None) -> None:
        super().__init__(sentence, field=field)
        self.counted = counted


def own_limits() -> Mapping[Counted, Limit]:
    """Return how much of each thing the open workspace may have; without limit until told."""
    stored = session().scalar(_OWN, {"schema": tenancy.current().schema})
    return read_limits(stored or {})


def limit_of(counted: Counted) -> Limit:
    """Return how much of something the open workspace may have; without limit until told."""
    return own_limits()[counted]


def refuse_beyond(counted: Counted, used: Callable[[], int], *, adding: int = 1) -> None:
    """Refuse to add more than the plan includes; part of the verb that adds, before it does.

    Two that add at once are counted one after the other. `used` counts what is there.
    """
    limit = limit_of(counted)
    if limit.included is None or not limit.is_hard:
        return
    keep_alone("limit", counted)
    have = used()
    if have + adding > limit.included:
        raise Beyond(
            counted,
            _(
                "The plan includes %(most)s: %(what)s; %(used)s are in use. An administrator can "
                "choose a larger plan under Plan and billing.",
                most=f"{limit.included:,}",
                what=COUNTED[counted],
                used=f"{have:,}",
            ),
        )


def count_of_month(counted: Counted, at: dt.datetime, *, truth: Callable[[], int]) -> None:
    """Count one more of a month's; Beyond where that is more than a hard limit includes.

    The last step of the verb that makes it: others who count wait for this transaction's end.
    """
    month = counters.month_of(at)
    used = counters.add(counted, 1, period=month, truth=truth)
    limit = limit_of(counted)
    if limit.included is not None and limit.is_hard and used > limit.included:
        raise Beyond(counted, used_up(counted, limit, month))


def used_up(counted: Counted, limit: Limit, month: str) -> str:
    """Return the sentence that a month's share of something is used up."""
    text: str = _(
        "The plan includes %(most)s: %(what)s; they are used up. An administrator can choose a "
        "larger plan under Plan and billing; a new month begins on %(day)s.",
        most=amount_of_limit(counted, limit),
        what=COUNTED[counted],
        day=format_date(counters.bounds_of(month)[1].date()),
    )
    return text


def counted_meters() -> list[Meter]:
    """Return a meter for each thing as it was counted last: cheap enough for every page."""
    known = counters.amounts(counters.LASTING, counters.month_of(clock.now()))
    # Where nothing was counted yet nothing is near.
    limits = own_limits() if known else read_limits({})
    return [
        Meter(counted, in_units(counted, known.get(counted, 0)), limits[counted])
        for counted in Counted
    ]


def near_limits() -> list[Meter]:
    """Return the meters that have reached a share at which people are warned."""
    return [one for one in counted_meters() if one.warning is not None]


def in_units(counted: Counted, amount: int) -> int:
    """Return a counter's amount in the unit that limits are given in."""
    return amount // MEGABYTE if counted == Counted.STORAGE else amount


__all__ = [
    "MONTHLY",
    "Beyond",
    "Meter",
    "count_of_month",
    "counted_meters",
    "in_units",
    "limit_of",
    "near_limits",
    "own_limits",
    "refuse_beyond",
    "used_up",
]

"""Stock by pool and state, and what filters offer."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func, select

from kit.db import session
from tenants.accounts.dictionary import CARRIER_LABELS
from tenants.accounts.scopes import Reach
from tenants.numbers.labels import CLASSES
from tenants.numbers.models import Number, NumberPool, NumberState
from tenants.numbers.queries.filters import is_available, reached


@dataclass(frozen=True, slots=True)
class PoolStock:
    """A pool with its numbers counted by state; expired holds are counted as available."""

    pool: NumberPool
    counts: Mapping[NumberState, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def available(self) -> int:
        return self.counts[NumberState.AVAILABLE]

    @property
    def is_low(self) -> bool:
        """Whether fewer are left than the pool's alert says."""
        return self.available < self.pool.alert_below


def stock_by_pool(reach: Reach) -> list[PoolStock]:
    """Return every pool with its counts of what is reached, by one grouped query."""
    state = case((is_available(), NumberState.AVAILABLE.value), else_=Number.state).label("counted")
    rows = session().execute(
        select(Number.pool_id, state, func.count())
        .where(reached(reach, Number))
        .group_by(Number.pool_id, "counted")
    )
    counted: dict[int, dict[str, int]] = {}
    for pool_id, name, count in rows:
        counted.setdefault(pool_id, {})[name] = count
    pools = session().scalars(select(NumberPool).order_by(NumberPool.name))
    return [
        PoolStock(pool, {one: counted.get(pool.id, {}).get(one.value, 0) for one in NumberState})
        for pool in pools
    ]


def pool_options() -> list[tuple[str, str]]:
    """Return the pools as (public id, name)."""
    rows = session().execute(
        select(NumberPool.public_id, NumberPool.name).order_by(NumberPool.name)
    )
    return [(public_id, name) for public_id, name in rows]


def carrier_options() -> list[tuple[str, object]]:
    """Return the carriers as (value, label)."""
    return [(carrier.value, label) for carrier, label in CARRIER_LABELS.items()]


def class_options() -> list[tuple[str, object]]:
    """Return the classes of numbers as (value, label)."""
    return [(one.value, label) for one, label in CLASSES.items()]


def numbers_there() -> int:
    """Return how many numbers are in stock, whatever their state."""
    return session().scalar(select(func.count()).select_from(Number)) or 0

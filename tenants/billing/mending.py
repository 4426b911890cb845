"""Make the counters agree with what they count: what a kill, a restore or an upgrade left apart."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.limits import Counted
from kit import audit, clock, files, ids
from kit.db import session, transaction
from kit.errors import Missing
from tenants.accounts import counters
from tenants.accounts.models import StoredFile, UsageCount
from tenants.billing import events
from tenants.orders.queries import placed_between

_UNDER_WAY = timedelta(days=1)
"""So long a file may be entered and not be there yet, or belong to nothing yet."""


def mend_orders() -> None:
    """Count the orders of this month and the last, while nobody else can count one."""
    now = counters.month_of(clock.now())
    last = counters.month_of(counters.bounds_of(now)[0] - timedelta(days=1))
    for month in (last, now):
        with transaction(even_read_only=True):
            before = counters.lock(Counted.ORDERS, period=month)
            # A statement of its own: it sees what those committed whom the lock waited for.
            there = placed_between(*counters.bounds_of(month))
            _mend(Counted.ORDERS, before, there, period=month)


def mend_room() -> None:
    """Enter files that lie in the store unknown, take out those that do not, and sum them up."""
    session().rollback()
    stored = set(files.stored_keys())
    known = {
        row.key: row.created_at
        for row in session().execute(select(StoredFile.key, StoredFile.created_at))
    }
    session().rollback()
    found = {key: size for key in stored - known.keys() if (size := _size(key)) is not None}
    long_ago = clock.now() - _UNDER_WAY
    gone = [key for key, since in known.items() if key not in stored and since < long_ago]
    with transaction(even_read_only=True) as work:
        before = counters.lock(Counted.STORAGE)
        for key, size in found.items():
            work.execute(
                upsert(StoredFile)
                .values(public_id=ids.new(), created_at=clock.now(), key=key, size=size)
                .on_conflict_do_nothing()
            )
        work.execute(delete(StoredFile).where(StoredFile.key.in_(gone)))
        there = work.scalar(select(func.coalesce(func.sum(StoredFile.size), 0)))
        _mend(Counted.STORAGE, before, int(there or 0), period=counters.LASTING)


def _mend(counted: Counted, before: int, there: int, *, period: str) -> None:
    if before == there:
        return
    counters.put(counted, there, period=period)
    row = session().scalars(
        select(UsageCount).where(UsageCount.counted == counted.value, UsageCount.period == period)
    )
    audit.record(
        events.MENDED,
        row.one(),
        by=audit.SYSTEM,
        counted=f"{counted.value} {period}".strip(),
        before=before,
        after=there,
    )


def _size(key: str) -> int | None:
    try:
        return files.size_of(key)
    except Missing:
        return None

"""How often one address or person may fail, kept in the database: Redis may be flushed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from kit import clock, ids
from kit.db import session
from tenants.accounts.models import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures within so long; the window slides."""

    most: int
    within: timedelta


LOG_IN = (Limit(10, timedelta(minutes=5)),)
SECOND_STEP = (Limit(5, timedelta(minutes=5)), Limit(50, timedelta(days=1)))
MAILS = (Limit(1, timedelta(minutes=1)), Limit(20, timedelta(days=1)))
_SWEPT = 20


def locked(subject: str) -> Throttle:
    """Return the failures of a subject, locked: whoever else tries for it waits for this verb.

    It comes before every other lock of a verb, so that two of them never wait for each other.
    """
    now = clock.now()
    made = session().scalar(
        insert(Throttle)
        .values(
            public_id=ids.new(),
            created_at=now,
            subject=subject,
            hits=[],
            expires_at=now + timedelta(days=1),
        )
        .on_conflict_do_nothing()
        .returning(Throttle.id)
    )
    if made is not None:
        _sweep()
    return (
        session()
        .scalars(
            select(Throttle)
            .where(Throttle.subject == subject)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )


def is_full(row: Throttle, limits: Sequence[Limit]) -> bool:
    """Tell whether a subject has failed too often to try again now."""
    now = int(clock.now().timestamp())
    return any(
        sum(hit > now - limit.within.total_seconds() for hit in row.hits) >= limit.most
        for limit in limits
    )


def count(row: Throttle, limits: Sequence[Limit]) -> None:
    """Add a failure, and forget those that no limit asks for any more."""
    now = clock.now()
    longest = max(limit.within for limit in limits)
    oldest = int((now - longest).timestamp())
    row.hits = [*(hit for hit in row.hits if hit > oldest), int(now.timestamp())]
    row.expires_at = now + longest


def _sweep() -> None:
    """Delete a few rows that no limit asks for any more, so that the table stays small."""
    old = (
        select(Throttle.id)
        .where(Throttle.expires_at < clock.now())
        .limit(_SWEPT)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    session().execute(
        delete(Throttle).where(Throttle.id.in_(old)).execution_options(synchronize_session=False)
    )

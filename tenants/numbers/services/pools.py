"""Pools and segments, as people edit them."""

from sqlalchemy import exists, select

from kit import audit
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.dictionary import Carrier
from tenants.numbers import events
from tenants.numbers.models import Number, NumberPool, Segment, Source


def add_pool(
    *,
    name: str,
    carrier: Carrier,
    source: Source = Source.OWN_STOCK,
    alert_below: int = 0,
    remark: str = "",
    by: audit.Actor,
) -> NumberPool:
    """Add a pool; refuses a name that another pool has."""
    with transaction() as current:
        _refuse_taken(name, but=None)
        pool = NumberPool(
            name=name, carrier=carrier, source=source, alert_below=alert_below, remark=remark
        )
        current.add(pool)
        audit.record(events.POOL_ADDED, pool, by=by, name=name)
        return pool


def edit_pool(
    pool: NumberPool,
    *,
    version: int,
    name: str,
    alert_below: int,
    remark: str,
    by: audit.Actor,
) -> NumberPool:
    """Change a pool's name, alert and remark; refuses a stale copy and a taken name.

    Carrier and source stay: the numbers in it were taken in under them.
    """
    with transaction():
        pool = _lock_pool(pool)
        refuse_stale(pool, version)
        _refuse_taken(name, but=pool)
        given = {"name": name, "alert_below": alert_below, "remark": remark}
        changes = _apply(pool, given)
        if changes:
            pool.version += 1
            audit.record(events.POOL_EDITED, pool, by=by, changes=changes)
        return pool


def delete_pool(pool: NumberPool, *, by: audit.Actor) -> None:
    """Delete a pool that never had a number; refuses any other."""
    with transaction() as current:
        pool = _lock_pool(pool)
        if current.scalar(select(exists().where(Number.pool_id == pool.id))):
            raise Refused(
                _("The pool “%(name)s” has numbers and cannot be deleted.", name=pool.name)
            )
        audit.record(events.POOL_DELETED, pool, by=by, name=pool.name)
        current.delete(pool)


def _lock_pool(pool: NumberPool) -> NumberPool:
    return session().get_one(NumberPool, pool.id, with_for_update=True, populate_existing=True)


def _refuse_taken(name: str, *, but: NumberPool | None) -> None:
    taken = session().scalars(select(NumberPool.id).where(NumberPool.name == name)).first()
    if taken is not None and (but is None or taken != but.id):
        raise Refused(_("There is already a pool “%(name)s”.", name=name), field="name")


def add_segment(
    *, prefix: str, carrier: Carrier, province: str, city: str, by: audit.Actor
) -> Segment:
    """Add a segment; refuses a prefix that is there, and what is no prefix."""
    with transaction() as current:
        _refuse_bad_prefix(prefix)
        taken = current.scalar(select(exists().where(Segment.prefix == prefix)))
        if taken:
            raise Refused(
                _("There is already a segment %(prefix)s.", prefix=prefix), field="prefix"
            )
        segment = Segment(prefix=prefix, carrier=carrier, province=province, city=city)
        current.add(segment)
        audit.record(events.SEGMENT_ADDED, segment, by=by, prefix=prefix)
        return segment


def edit_segment(
    segment: Segment, *, carrier: Carrier, province: str, city: str, by: audit.Actor
) -> Segment:
    """Change a segment's carrier and home; numbers that are in stock keep theirs."""
    with transaction() as current:
        segment = current.get_one(Segment, segment.id, with_for_update=True, populate_existing=True)
        changes = _apply(segment, {"carrier": str(carrier), "province": province, "city": city})
        if changes:
            audit.record(events.SEGMENT_EDITED, segment, by=by, changes=changes)
        return segment


def delete_segment(segment: Segment, *, by: audit.Actor) -> None:
    """Delete a segment; numbers that are in stock keep what they got from it."""
    with transaction() as current:
        audit.record(events.SEGMENT_DELETED, segment, by=by, prefix=segment.prefix)
        current.delete(segment)


def _refuse_bad_prefix(prefix: str) -> None:
    if not (prefix.isascii() and prefix.isdigit() and 3 <= len(prefix) <= 9):
        raise Refused(_("A segment is 3 to 9 digits."), field="prefix")


def _apply(row: NumberPool | Segment, given: dict[str, object]) -> dict[str, list[object]]:
    """Write what differs; return it as {field: [before, after]}."""
    changes = {}
    for key, value in given.items():
        before = getattr(row, key)
        if before != value:
            changes[key] = [before, value]
            setattr(row, key, value)
    return changes

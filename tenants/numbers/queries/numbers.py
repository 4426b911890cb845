"""Which numbers there are."""

from collections.abc import Sequence

from sqlalchemy import func, select

from kit import clock
from kit.audit import AuditEntry
from kit.db import session
from tenants.accounts.dictionary import Carrier
from tenants.channels.models import Channel
from tenants.numbers.models import Number, NumberState
from tenants.numbers.msisdn import normalise
from tenants.numbers.patterns import NumberClass
from tenants.numbers.queries.filters import NumberFilter, is_available, may_sell
from tenants.numbers.states import ALLOTTABLE_NUMBERS

MOST = 200


def available_numbers(
    *,
    channel: Channel | None,
    carrier: Carrier | str | None = None,
    province: str | None = None,
    city: str | None = None,
    tail: str | None = None,
    contains: str | None = None,
    without_four: bool = False,
    number_class: NumberClass | str | None = None,
    limit: int,
    after: str | None = None,
) -> list[Number]:
    """Return numbers that a channel (None: the house) can sell now, the oldest first.

    `after` is the public id of the last number seen, to go on from there.
    """
    wanted = NumberFilter(
        carrier=carrier or "",
        province=province or "",
        city=city or "",
        tail=tail or "",
        contains=contains or "",
        without_four=without_four,
        number_class=number_class or "",
    )
    statement = (
        select(Number)
        .where(is_available(), may_sell(channel), *wanted.conditions())
        .order_by(Number.id)
        .limit(min(limit, MOST))
    )
    if after:
        last = select(Number.id).where(Number.public_id == after).scalar_subquery()
        statement = statement.where(Number.id > last)
    return list(session().scalars(statement))


def find_number(msisdn: str) -> Number | None:
    """Return a number as people write it, None when it is not in stock."""
    try:
        digits = normalise(msisdn)
    except ValueError:
        return None
    return session().scalars(select(Number).where(Number.msisdn == digits)).one_or_none()


def held_by(owner: str) -> list[Number]:
    """Return the numbers that an owner holds now."""
    return list(
        session().scalars(
            select(Number).where(
                Number.state == NumberState.RESERVED,
                Number.reserved_by == owner,
                Number.reserved_until > clock.now(),
            )
        )
    )


def allottable_count(wanted: NumberFilter) -> int:
    """Return how many numbers of a filter could be allotted now."""
    return (
        session().scalar(
            select(func.count())
            .select_from(Number)
            .where(*wanted.conditions(), Number.state.in_(ALLOTTABLE_NUMBERS))
        )
        or 0
    )


def history(public_id: str, *, limit: int = 50) -> Sequence[AuditEntry]:
    """Return what happened to a number or card, the newest first."""
    return (
        session()
        .scalars(
            select(AuditEntry)
            .where(AuditEntry.subject_id == public_id)
            .order_by(AuditEntry.id.desc())
            .limit(limit)
        )
        .all()
    )

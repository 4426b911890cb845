"""Fetch what this module protects, by public id."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kit.db import session
from kit.errors import Missing
from tenants.channels.models import Channel
from tenants.numbers.models import Number, NumberPool, Segment, SimCard

MOST_SELECTED = 1_000
_Row = TypeVar("_Row")


def number(public_id: str) -> Number:
    """Return a number with its pool and channel; Missing when it is not there."""
    found = session().scalars(
        select(Number)
        .where(Number.public_id == public_id)
        .options(joinedload(Number.pool), joinedload(Number.channel))
    )
    return _there(found.one_or_none(), public_id)


def numbers(public_ids: Sequence[str]) -> list[Number]:
    """Return the numbers that were selected in a list."""
    wanted = list(public_ids)[:MOST_SELECTED]
    return list(session().scalars(select(Number).where(Number.public_id.in_(wanted))))


def card(public_id: str) -> SimCard:
    """Return a SIM card with its number and channel; Missing when it is not there."""
    found = session().scalars(
        select(SimCard)
        .where(SimCard.public_id == public_id)
        .options(joinedload(SimCard.number), joinedload(SimCard.channel))
    )
    return _there(found.one_or_none(), public_id)


def cards(public_ids: Sequence[str]) -> list[SimCard]:
    """Return the SIM cards that were selected in a list."""
    wanted = list(public_ids)[:MOST_SELECTED]
    return list(session().scalars(select(SimCard).where(SimCard.public_id.in_(wanted))))


def pool(public_id: str) -> NumberPool:
    """Return a pool; Missing when it is not there."""
    found = session().scalars(select(NumberPool).where(NumberPool.public_id == public_id))
    return _there(found.one_or_none(), public_id)


def segment(public_id: str) -> Segment:
    """Return a segment; Missing when it is not there."""
    found = session().scalars(select(Segment).where(Segment.public_id == public_id))
    return _there(found.one_or_none(), public_id)


def channel(public_id: str | None) -> Channel | None:
    """Return the channel that stock goes to; None is the house."""
    if not public_id:
        return None
    found = session().scalars(
        select(Channel).where(Channel.public_id == public_id, Channel.deleted_at.is_(None))
    )
    return _there(found.one_or_none(), public_id)


def _there(row: _Row | None, public_id: str) -> _Row:
    if row is None:
        raise Missing(public_id)
    return row

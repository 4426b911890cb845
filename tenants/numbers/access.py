"""Fetch what this module protects, by public id."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kit.db import session
from kit.errors import Forbidden, Missing
from tenants.accounts.scopes import Reach
from tenants.channels import access as channels
from tenants.channels.models import Channel
from tenants.numbers.models import Number, NumberPool, Segment, SimCard
from tenants.numbers.queries import reached

MOST_SELECTED = 1_000
_Row = TypeVar("_Row")
_Stock = TypeVar("_Stock", Number, SimCard)


def number(public_id: str, reach: Reach) -> Number:
    """Return a number with its pool and channel; Missing, or Forbidden out of reach."""
    found = session().scalars(
        select(Number)
        .where(Number.public_id == public_id)
        .options(joinedload(Number.pool), joinedload(Number.channel))
    )
    return _reached(_there(found.one_or_none(), public_id), reach)


def numbers(public_ids: Sequence[str], reach: Reach) -> list[Number]:
    """Return the numbers that were selected in a list, without those out of reach."""
    return _selected(Number, public_ids, reach)


def card(public_id: str, reach: Reach) -> SimCard:
    """Return a SIM card with its number and channel; Missing, or Forbidden out of reach."""
    found = session().scalars(
        select(SimCard)
        .where(SimCard.public_id == public_id)
        .options(joinedload(SimCard.number), joinedload(SimCard.channel))
    )
    return _reached(_there(found.one_or_none(), public_id), reach)


def cards(public_ids: Sequence[str], reach: Reach) -> list[SimCard]:
    """Return the SIM cards that were selected in a list, without those out of reach."""
    return _selected(SimCard, public_ids, reach)


def _selected(model: type[_Stock], public_ids: Sequence[str], reach: Reach) -> list[_Stock]:
    wanted = model.public_id.in_(list(public_ids)[:MOST_SELECTED])
    return list(session().scalars(select(model).where(wanted, reached(reach, model))))


def _reached(row: _Stock, reach: Reach) -> _Stock:
    model = type(row)
    statement = select(model.id).where(model.id == row.id, reached(reach, model))
    if session().scalar(statement) is None:
        raise Forbidden(row.public_id)
    return row


def pool(public_id: str) -> NumberPool:
    """Return a pool; Missing when it is not there."""
    found = session().scalars(select(NumberPool).where(NumberPool.public_id == public_id))
    return _there(found.one_or_none(), public_id)


def segment(public_id: str) -> Segment:
    """Return a segment; Missing when it is not there."""
    found = session().scalars(select(Segment).where(Segment.public_id == public_id))
    return _there(found.one_or_none(), public_id)


def channel(public_id: str | None, reach: Reach) -> Channel | None:
    """Return the channel that stock goes to, Forbidden out of reach; None is the house."""
    return channels.channel(public_id, reach) if public_id else None


def _there(row: _Row | None, public_id: str) -> _Row:
    if row is None:
        raise Missing(public_id)
    return row

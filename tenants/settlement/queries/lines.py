"""Commission lines: lists, and what they add up to."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from kit.db import session
from tenants.channels.models import Channel
from tenants.settlement.models import CommissionLine

COUNTED = 10_000


def lines() -> Select[Any]:
    """Return the statement of all lines with their channels."""
    return select(CommissionLine).options(joinedload(CommissionLine.channel))


def lines_of_channel(channel: Channel) -> Select[Any]:
    """Return the statement of one channel's own lines."""
    return lines().where(CommissionLine.channel_id == channel.id)


def lines_of_items(
    item_ids: Sequence[str], *, channel: Channel | None = None
) -> Sequence[CommissionLine]:
    """Return the lines of items, root first; only a channel's own where one asks."""
    statement = lines().where(CommissionLine.item_id.in_(item_ids))
    if channel is not None:
        statement = statement.where(CommissionLine.channel_id == channel.id)
    return session().scalars(statement.order_by(CommissionLine.id)).all()

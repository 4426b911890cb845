"""Fetch an order or an item with the right to it: 404 for what is not there or not yours."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kit.db import session
from kit.errors import Forbidden, Missing
from tenants.accounts.scopes import Reach
from tenants.channels.models import ChannelUser
from tenants.orders import queries
from tenants.orders.models import Order, OrderItem

_WITH_ITEMS = selectinload(Order.items)


def order(public_id: str, reach: Reach) -> Order:
    """Return an order for the back office; Missing when there is none, Forbidden out of reach."""
    found = _order(public_id)
    _refuse_unreached(found, reach)
    return found


def _refuse_unreached(order: Order, reach: Reach) -> None:
    statement = select(Order.id).where(Order.id == order.id, queries.reached(reach))
    if session().scalar(statement) is None:
        raise Forbidden(order.public_id)


def _order(public_id: str) -> Order:
    found = (
        session()
        .scalars(
            select(Order)
            .where(Order.public_id == public_id)
            .options(_WITH_ITEMS, selectinload(Order.customer), selectinload(Order.channel))
        )
        .one_or_none()
    )
    if found is None:
        raise Missing(public_id)
    return found


def item(public_id: str, reach: Reach) -> OrderItem:
    """Return an item with its order for the back office; as `order`."""
    found = (
        session()
        .scalars(
            select(OrderItem)
            .where(OrderItem.public_id == public_id)
            .options(selectinload(OrderItem.order).options(_WITH_ITEMS))
        )
        .one_or_none()
    )
    if found is None:
        raise Missing(public_id)
    _refuse_unreached(found.order, reach)
    return found


def channel_order(public_id: str, *, viewer: ChannelUser) -> Order:
    """Return an order of the viewer's subtree; a clerk sees only what he placed himself."""
    found = _order(public_id)
    is_within = bool(found.chain_path) and found.chain_path.startswith(viewer.channel.path)
    is_own = found.placed_by_id == viewer.public_id
    if not is_within or (not viewer.is_owner and not is_own):
        raise Missing(public_id)
    return found

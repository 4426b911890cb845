"""Move an axis: the one place that checks the transition table and writes the timeline."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from kit import audit, clock
from kit.db import held, hold, session
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.orders.labels import AXES, state_label
from tenants.orders.models import Order, OrderEvent, OrderItem
from tenants.orders.states import (
    ActivationState,
    Axis,
    FulfilmentState,
    OrderState,
    allows,
)

_OWN_AXES = {Axis.ORDER: "state", Axis.PAYMENT: "payment_state"}
_ITEM_AXES = {
    Axis.CARRIER: "carrier",
    Axis.FULFILMENT: "fulfilment",
    Axis.ACTIVATION: "activation",
}
_GONE_OUT = {
    FulfilmentState.OUTBOUND,
    FulfilmentState.IN_TRANSIT,
    FulfilmentState.DELIVERED,
    FulfilmentState.HANDED_OVER,
}


def lock(order: Order) -> Order:
    """Return the order's newest row with its items, all locked, order first."""
    known = held(Order, order.id)
    if known is not None:
        return known
    locked = (
        session()
        .scalars(
            select(Order)
            .where(Order.id == order.id)
            .with_for_update(of=Order)
            .execution_options(populate_existing=True)
        )
        .one()
    )
    items = session().scalars(
        select(OrderItem)
        .where(OrderItem.order_id == order.id)
        .order_by(OrderItem.line)
        .with_for_update(of=OrderItem)
        .execution_options(populate_existing=True)
    )
    set_committed_value(locked, "items", list(items))
    return hold(locked)


def lock_item(item: OrderItem) -> OrderItem:
    """Return an item's newest row, locked after its order."""
    locked = lock(item.order)
    return next(each for each in locked.items if each.id == item.id)


def current(order: Order, item: OrderItem | None, axis: Axis) -> str:
    """Return the state that an axis is in."""
    if axis in _OWN_AXES:
        return str(getattr(order, _OWN_AXES[axis]))
    assert item is not None
    return str(getattr(item, f"{_ITEM_AXES[axis]}_state"))


def move(
    order: Order,
    axis: Axis,
    to: StrEnum,
    *,
    by: audit.Actor,
    item: OrderItem | None = None,
    remark: str = "",
    reason_code: str | None = None,
    carrier_code: str = "",
    carrier_text: str = "",
) -> bool:
    """Move an axis and write the timeline; False when it is there already.

    Refused where the table does not allow it, with the states' names. The rows must be locked.
    """
    was = current(order, item, axis)
    if was == to.value:
        return False
    if not allows(axis, was, to):
        raise Refused(
            _(
                "%(axis)s cannot go from “%(was)s” to “%(to)s”.",
                axis=AXES[axis],
                was=state_label(axis, was),
                to=state_label(axis, to.value),
            )
        )
    _write(order, item, axis, to)
    note(
        order,
        item=item,
        axis=axis,
        was=was,
        to=to.value,
        by=by,
        remark=remark,
        reason_code=reason_code,
        carrier_code=carrier_code,
        carrier_text=carrier_text,
    )
    return True


def _write(order: Order, item: OrderItem | None, axis: Axis, to: StrEnum) -> None:
    now = clock.now()
    if axis in _OWN_AXES:
        was = current(order, item, axis)
        setattr(order, _OWN_AXES[axis], to.value)
        if axis == Axis.ORDER:
            order.state_since = now
            # With the state and nowhere else: any question in between would write one of them.
            order.held_from = was if to == OrderState.ON_HOLD else None
    else:
        setattr(item, f"{_ITEM_AXES[axis]}_state", to.value)
        setattr(item, f"{_ITEM_AXES[axis]}_since", now)
    order.version += 1


def note(
    order: Order,
    *,
    by: audit.Actor,
    item: OrderItem | None = None,
    axis: Axis | None = None,
    was: str | None = None,
    to: str | None = None,
    remark: str = "",
    reason_code: str | None = None,
    carrier_code: str = "",
    carrier_text: str = "",
) -> None:
    """Write a row of the timeline."""
    session().add(
        OrderEvent(
            order_id=order.id,
            item_id=item.id if item else None,
            axis=axis,
            from_state=was,
            to_state=to,
            remark=remark,
            reason_code=reason_code,
            carrier_code=carrier_code,
            carrier_text=carrier_text,
            actor_kind=by.actor_kind,
            actor_id=by.actor_id,
            actor_name=by.actor_name,
        )
    )


def roll_up(order: Order, *, by: audit.Actor) -> None:
    """Derive shipped and completed from the items: people never set them by hand."""
    live = [item for item in order.items if item.is_live]
    if not live:
        return
    is_done = all(item.activation_state == ActivationState.ACTIVATED for item in live)
    is_out = all(item.fulfilment_state in _GONE_OUT for item in live)
    if order.state in {OrderState.AUDITED, OrderState.ASSIGNED} and (is_done or is_out):
        move(order, Axis.ORDER, OrderState.PROCESSING, by=by)
    if is_out and order.state == OrderState.PROCESSING:
        move(order, Axis.ORDER, OrderState.SHIPPED, by=by)
    if is_done and order.state in {OrderState.PROCESSING, OrderState.SHIPPED}:
        move(order, Axis.ORDER, OrderState.COMPLETED, by=by)
        order.completed_at = clock.now()

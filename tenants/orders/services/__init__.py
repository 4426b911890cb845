"""The verbs of orders, one file for each part of an order's way."""

from typing import Protocol

from kit.audit import Actor
from tenants.orders.models import OrderItem
from tenants.orders.services.activation import record_carrier_event, refuse_senseless
from tenants.orders.services.carrier import answer_submission, submit_to_carrier
from tenants.orders.services.fulfilment import (
    bind_card,
    deliver_item,
    hand_over,
    pick_number,
    return_item,
    ship_item,
)
from tenants.orders.services.handling import (
    assign_order,
    cancel_order,
    edit_order,
    hold_order,
    pass_audit,
    record_payment,
    reject_order,
    release_order,
)
from tenants.orders.services.placing import (
    NewLine,
    NewOrder,
    RulesFailed,
    TurnedAway,
    place_order,
)
from tenants.orders.services.turning import tell_turned_away


class ItemVerb(Protocol):
    """A verb that needs nothing but an item and who does it."""

    def __call__(self, item: OrderItem, *, by: Actor) -> None: ...


__all__ = [
    "ItemVerb",
    "NewLine",
    "NewOrder",
    "RulesFailed",
    "TurnedAway",
    "answer_submission",
    "assign_order",
    "bind_card",
    "cancel_order",
    "deliver_item",
    "edit_order",
    "hand_over",
    "hold_order",
    "pass_audit",
    "pick_number",
    "place_order",
    "record_carrier_event",
    "record_payment",
    "refuse_senseless",
    "reject_order",
    "release_order",
    "return_item",
    "ship_item",
    "submit_to_carrier",
    "tell_turned_away",
]

"""What the back office does with an order: audit, assign, hold, edit, cancel, take payment."""

from datetime import date
from typing import Any

from kit import audit, clock
from kit.db import refuse_stale, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.catalogue.models import DeliveryMode
from tenants.numbers import services as numbers
from tenants.numbers.models import CardState, NumberState
from tenants.orders import customer_telling, telling
from tenants.orders.labels import FIELDS
from tenants.orders.models import Order, OrderItem
from tenants.orders.services.moving import lock, move, note
from tenants.orders.states import (
    ActivationState,
    Axis,
    CarrierState,
    FulfilmentState,
    OrderState,
    PaymentState,
    allows,
)
from tenants.settlement import services as settlement

AUDITED = audit.Event.named("order:audited", "remark")
REJECTED = audit.Event.named("order:rejected", "reason")
ASSIGNED = audit.Event.named("order:assigned", "handler")
HELD = audit.Event.named("order:held", "cause")
RELEASED = audit.Event.named("order:released", "state")
EDITED = audit.Event.named("order:edited", "fields")
CANCELLED = audit.Event.named("order:cancelled", "reason")
PAYMENT_RECORDED = audit.Event.named("order:payment_recorded", "amount", "remark")

# What may still be changed in which state; everything else is read-only (D090).
EDITABLE = {
    OrderState.NEW: frozenset({"recipient", "delivery", "dates", "remark"}),
    OrderState.AUDITED: frozenset({"recipient", "delivery", "dates", "remark"}),
    OrderState.ASSIGNED: frozenset({"recipient", "delivery", "dates", "remark"}),
    OrderState.PROCESSING: frozenset({"recipient", "dates", "remark"}),
    OrderState.ON_HOLD: frozenset({"recipient", "dates", "remark"}),
    OrderState.SHIPPED: frozenset({"remark"}),
    OrderState.COMPLETED: frozenset({"remark"}),
    OrderState.CANCELLED: frozenset({"remark"}),
    OrderState.REJECTED: frozenset({"remark"}),
    OrderState.DRAFT: frozenset({"recipient", "delivery", "dates", "remark"}),
}


def pass_audit(order: Order, *, remark: str = "", by: audit.Actor) -> None:
    """Pass a new order's audit, so that it may be handled."""
    with transaction():
        order = lock(order)
        if move(order, Axis.ORDER, OrderState.AUDITED, by=by, remark=remark):
            audit.record(AUDITED, order, by=by, remark=remark)


def reject_order(order: Order, *, reason: str, code: str | None = None, by: audit.Actor) -> None:
    """Refuse a new order in audit: numbers and cards go back, expected commission is void."""
    with transaction():
        order = lock(order)
        if move(order, Axis.ORDER, OrderState.REJECTED, by=by, remark=reason, reason_code=code):
            _give_back(order, reason=reason, by=by)
            audit.record(REJECTED, order, by=by, reason=reason)
            telling.tell(telling.REJECTED, order, by=by, reason=reason)
            customer_telling.tell(customer_telling.REJECTED, order)


def assign_order(order: Order, *, handler: User, by: audit.Actor) -> None:
    """Give an audited order to a person who handles it."""
    with transaction():
        order = lock(order)
        if not handler.is_active:
            raise Refused(_("%(name)s is disabled.", name=handler.name), field="handler")
        if order.handler_id == handler.id and order.state == OrderState.ASSIGNED:
            return
        if not move(order, Axis.ORDER, OrderState.ASSIGNED, by=by, remark=handler.name):
            note(
                order, by=by, axis=Axis.ORDER, was=order.state, to=order.state, remark=handler.name
            )
        order.handler = handler
        order.version += 1
        audit.record(ASSIGNED, order, by=by, handler=handler.name)
        telling.tell(telling.ASSIGNED, order, by=by, handler=handler.name)


def hold_order(order: Order, *, cause: str, code: str | None = None, by: audit.Actor) -> None:
    """Put an order on hold for a cause; it remembers the state it left."""
    with transaction():
        order = lock(order)
        if order.state == OrderState.ON_HOLD:
            return
        move(order, Axis.ORDER, OrderState.ON_HOLD, by=by, remark=cause, reason_code=code)
        order.hold_cause = cause
        audit.record(HELD, order, by=by, cause=cause)
        telling.tell(telling.HELD, order, by=by, reason=cause)
        # Without the cause: it is written for colleagues and the channel.
        since = order.state_since.isoformat()
        customer_telling.tell(customer_telling.HELD, order, again=f"@{since}")


def release_order(order: Order, *, by: audit.Actor) -> None:
    """Let an order on hold go on from where it was."""
    with transaction():
        order = lock(order)
        if order.state != OrderState.ON_HOLD or order.held_from is None:
            raise Refused(_("This order is not on hold."))
        back = OrderState(order.held_from)
        move(order, Axis.ORDER, back, by=by, remark=order.hold_cause)
        order.hold_cause = ""
        audit.record(RELEASED, order, by=by, state=back.value)


def edit_order(
    order: Order,
    *,
    version: int,
    recipient_name: str,
    recipient_phone: str,
    recipient_address: str,
    province: str,
    city: str,
    district: str,
    delivery_mode: str,
    deliver_on: date | None,
    remark: str,
    by: audit.Actor,
) -> None:
    """Change what the order's state still allows; every changed field is in the audit row.

    Refused for a stale version, for a field that is closed by now, and for a delivery mode that a
    product does not have (A011, D090).
    """
    with transaction():
        order = lock(order)
        refuse_stale(order, version)
        wanted: dict[str, dict[str, Any]] = {
            "recipient": {
                "recipient_name": recipient_name,
                "recipient_phone": Order.recipient_phone.normalise(recipient_phone),
                "recipient_address": recipient_address,
                "province": province,
                "city": city,
                "district": district,
            },
            "delivery": {"delivery_mode": delivery_mode},
            "dates": {"deliver_on": deliver_on},
            "remark": {"remark": remark},
        }
        changed = {
            name: group
            for group, fields in wanted.items()
            for name, value in fields.items()
            if getattr(order, name) != value
        }
        closed = set(changed.values()) - EDITABLE[OrderState(order.state)]
        if closed:
            raise Refused(
                _("In this state only these can be changed: %(what)s.", what=editable_words(order))
            )
        _refuse_delivery(order, delivery_mode)
        for group, fields in wanted.items():
            for name, value in fields.items():
                if changed.get(name) == group:
                    setattr(order, name, value)
        if not changed:
            return
        order.version += 1
        words = ", ".join(str(FIELDS[name]) for name in changed)
        note(order, by=by, remark=_("Changed: %(what)s", what=words))
        audit.record(EDITED, order, by=by, fields=sorted(changed))


def editable_words(order: Order) -> str:
    """Return what may be changed in the order's state, in words."""
    words = {
        "recipient": _("recipient"),
        "delivery": _("delivery mode"),
        "dates": _("dates"),
        "remark": _("remark"),
    }
    allowed = EDITABLE[OrderState(order.state)]
    return ", ".join(word for group, word in words.items() if group in allowed)


def _refuse_delivery(order: Order, mode: str) -> None:
    for item in order.items:
        if item.is_live and DeliveryMode(mode).value not in item.product.delivery_modes:
            raise Refused(
                _("“%(name)s” cannot be delivered this way.", name=item.product_name),
                field="delivery_mode",
            )


def record_payment(order: Order, *, remark: str, by: audit.Actor) -> None:
    """Note that the customer has paid; nothing happens the second time."""
    with transaction():
        order = lock(order)
        if move(order, Axis.PAYMENT, PaymentState.PAID, by=by, remark=remark):
            audit.record(PAYMENT_RECORDED, order, by=by, amount=order.total_amount, remark=remark)


def cancel_order(order: Order, *, reason: str, code: str | None = None, by: audit.Actor) -> None:
    """Cancel an order: free numbers and cards, take back commission, start the refund.

    Refused once an item is in use; nothing happens the second time.
    """
    with transaction():
        order = lock(order)
        if order.state == OrderState.CANCELLED:
            return
        if any(
            item.is_live
            and item.activation_state in {ActivationState.ACTIVATED, ActivationState.SUSPENDED}
            for item in order.items
        ):
            raise Refused(_("An activated order cannot be cancelled."))
        move(order, Axis.ORDER, OrderState.CANCELLED, by=by, remark=reason, reason_code=code)
        order.hold_cause = ""
        order.cancelled_at = clock.now()
        _give_back(order, reason=reason, by=by)
        if order.payment_state in {PaymentState.PAID, PaymentState.PART_REFUNDED}:
            move(order, Axis.PAYMENT, PaymentState.REFUNDING, by=by, remark=reason)
        elif order.payment_state == PaymentState.UNPAID:
            move(order, Axis.PAYMENT, PaymentState.EXPIRED, by=by, remark=reason)
        audit.record(CANCELLED, order, by=by, reason=reason)
        telling.tell(telling.CANCELLED, order, by=by, reason=reason)
        customer_telling.tell(customer_telling.CANCELLED, order)


def _give_back(order: Order, *, reason: str, by: audit.Actor) -> None:
    for item in order.items:
        if not item.is_live:
            continue
        end_item(order, item, reason=reason, by=by)


def end_item(order: Order, item: OrderItem, *, reason: str, by: audit.Actor) -> None:
    """End an item before activation: its number, its card and its commission go back."""
    if allows(Axis.CARRIER, item.carrier_state, CarrierState.WITHDRAWN):
        move(order, Axis.CARRIER, CarrierState.WITHDRAWN, item=item, by=by, remark=reason)
    if item.sold_number is not None and item.sold_number.state == NumberState.ALLOCATED:
        numbers.free_number(item.sold_number, by=by)
    if item.card is not None and item.card.state == CardState.ALLOCATED:
        if item.fulfilment_state in {FulfilmentState.HANDED_OVER, FulfilmentState.DELIVERED}:
            numbers.scrap_card(item.card, reason=reason, by=by)
        else:
            numbers.free_card(item.card, by=by)
    item.is_live = False
    settlement.reverse_item(item.public_id, reason=reason, by=by)

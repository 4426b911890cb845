"""The card's way to the customer: bound, handed over or shipped, delivered or returned."""

from kit import audit
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.numbers import queries as numbers
from tenants.orders import customer_telling
from tenants.orders.models import OrderItem
from tenants.orders.services.handling import end_item
from tenants.orders.services.moving import lock_item, move, note, roll_up
from tenants.orders.services.placing import attach_card, attach_number
from tenants.orders.states import ActivationState, Axis, FulfilmentState, OrderState, PaymentState

NUMBER_BOUND = audit.Event.named("order:number_bound", "item", "msisdn")
CARD_BOUND = audit.Event.named("order:card_bound", "item", "iccid")
HANDED_OVER = audit.Event.named("order:handed_over", "item")
SHIPPED = audit.Event.named("order:item_shipped", "item", "courier", "tracking_number")
DELIVERED = audit.Event.named("order:delivered", "item")
RETURNED = audit.Event.named("order:returned", "item", "state")

_OVER = {OrderState.CANCELLED, OrderState.REJECTED, OrderState.DRAFT, OrderState.NEW}


def _open(item: OrderItem) -> OrderItem:
    item = lock_item(item)
    order = item.order
    if not item.is_live or order.state in _OVER:
        raise Refused(_("This order is not being handled."))
    if order.state == OrderState.ON_HOLD:
        raise Refused(_("This order is on hold: %(cause)s", cause=order.hold_cause))
    return item


def bind_card(item: OrderItem, *, iccid: str, by: audit.Actor) -> None:
    """Bind a card, typed or scanned, to an item; Refused for one that is not in stock."""
    with transaction():
        item = _open(item)
        card = numbers.find_card(iccid)
        if card is not None and card.id == item.card_id:
            return
        if item.iccid is not None:
            raise Refused(_("This item already has the card %(iccid)s.", iccid=item.iccid))
        if card is None:
            raise Refused(_("No card with this ICCID is in stock."), field="iccid")
        attach_card(item, card, by=by)
        note(item.order, item=item, by=by, remark=_("Card %(iccid)s bound", iccid=card.iccid))
        item.order.version += 1
        audit.record(CARD_BOUND, item.order, by=by, item=item.public_id, iccid=card.iccid)


def pick_number(item: OrderItem, *, msisdn: str, by: audit.Actor) -> None:
    """Give an item without a number one from stock; Refused when somebody else has it."""
    with transaction():
        item = _open(item)
        number = numbers.find_number(msisdn)
        if number is not None and number.id == item.number_id:
            return
        if item.msisdn is not None:
            raise Refused(_("This item already has the number %(msisdn)s.", msisdn=item.msisdn))
        if number is None:
            raise Refused(_("This number is not in stock."), field="msisdn")
        if number.carrier != item.carrier:
            raise Refused(_("The number belongs to another carrier."), field="msisdn")
        attach_number(item, number, owner=None, by=by)
        note(item.order, item=item, by=by, remark=_("Number %(msisdn)s bound", msisdn=item.msisdn))
        item.order.version += 1
        audit.record(NUMBER_BOUND, item.order, by=by, item=item.public_id, msisdn=item.msisdn)


def _refuse_unready(item: OrderItem) -> None:
    if item.iccid is None:
        raise Refused(_("Bind a card first."), field="iccid")
    if item.order.payment_state == PaymentState.UNPAID:
        raise Refused(_("The customer has not paid yet."))


def hand_over(item: OrderItem, *, by: audit.Actor) -> None:
    """Note that the customer got the card at the counter."""
    with transaction():
        item = _open(item)
        _refuse_unready(item)
        if move(item.order, Axis.FULFILMENT, FulfilmentState.HANDED_OVER, item=item, by=by):
            roll_up(item.order, by=by)
            audit.record(HANDED_OVER, item.order, by=by, item=item.public_id)


def ship_item(item: OrderItem, *, courier: str, tracking_number: str, by: audit.Actor) -> None:
    """Note that the card left with a courier."""
    with transaction():
        item = _open(item)
        _refuse_unready(item)
        item.courier = courier
        item.tracking_number = tracking_number
        if move(
            item.order,
            Axis.FULFILMENT,
            FulfilmentState.IN_TRANSIT,
            item=item,
            by=by,
            remark=f"{courier} {tracking_number}",
        ):
            roll_up(item.order, by=by)
            audit.record(
                SHIPPED,
                item.order,
                by=by,
                item=item.public_id,
                courier=courier,
                tracking_number=tracking_number,
            )
            customer_telling.tell(customer_telling.SHIPPED, item.order, item=item)


def deliver_item(item: OrderItem, *, by: audit.Actor) -> None:
    """Note that the courier delivered the card."""
    with transaction():
        item = _open(item)
        if move(item.order, Axis.FULFILMENT, FulfilmentState.DELIVERED, item=item, by=by):
            roll_up(item.order, by=by)
            audit.record(DELIVERED, item.order, by=by, item=item.public_id)
            customer_telling.tell(customer_telling.DELIVERED, item.order, item=item)


def return_item(
    item: OrderItem, *, state: FulfilmentState, remark: str = "", by: audit.Actor
) -> None:
    """Note a refused, returning, returned or lost card; back in stock ends an unused item."""
    with transaction():
        item = _open(item)
        if not move(item.order, Axis.FULFILMENT, state, item=item, by=by, remark=remark):
            return
        is_unused = item.activation_state == ActivationState.NOT_ACTIVATED
        if state == FulfilmentState.RETURNED_TO_STOCK and is_unused:
            end_item(item.order, item, reason=remark or _("Returned to stock"), by=by)
        audit.record(RETURNED, item.order, by=by, item=item.public_id, state=state.value)

"""Events of an item that the carrier tells: opened, activated, topped up, on network, closed.

They come late, twice and in any order, typed in or from a file. Each counts once, and none moves
a state back.
"""

from datetime import date
from enum import StrEnum
from typing import TypedDict

from sqlalchemy.dialects.postgresql import insert

from kit import audit, clock, ids
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.catalogue.models import MilestoneKind
from tenants.numbers import services as numbers
from tenants.orders import customer_telling
from tenants.orders.models import CarrierEvent, Order, OrderItem
from tenants.orders.services.moving import current, lock_item, move, note, roll_up
from tenants.orders.states import ActivationState, Axis, CarrierState, OrderState, allows
from tenants.settlement import services as settlement

TOLD = audit.Event.named("order:carrier_told", "item", "told", "occurred_on", "source")


class Told(StrEnum):
    """What a carrier may tell of an item."""

    SUBMITTED = "submitted"
    OPENING = "opening"
    OPENED = "opened"
    FAILED = "failed"
    INFO_WANTED = "info_wanted"
    REAL_NAME_CHECK = "real_name_check"
    ACTIVATED = "activated"
    ACTIVATION_FAILED = "activation_failed"
    FIRST_TOPUP = "first_topup"
    ON_NETWORK = "on_network"
    CLOSED = "closed"


class Words(TypedDict):
    """The carrier's own code and text."""

    carrier_code: str
    carrier_text: str


_CARRIER = {
    Told.SUBMITTED: CarrierState.SUBMITTED,
    Told.OPENING: CarrierState.OPENING,
    Told.OPENED: CarrierState.OPENED,
    Told.FAILED: CarrierState.FAILED,
    Told.INFO_WANTED: CarrierState.INFO_WANTED,
}
_ACTIVATION = {
    Told.REAL_NAME_CHECK: ActivationState.REAL_NAME_CHECK,
    Told.ACTIVATION_FAILED: ActivationState.FAILED,
}
_MILESTONES = {
    Told.ACTIVATED: MilestoneKind.ACTIVATED,
    Told.FIRST_TOPUP: MilestoneKind.FIRST_TOPUP,
    Told.ON_NETWORK: MilestoneKind.ON_NETWORK,
}


def record_carrier_event(
    item: OrderItem,
    *,
    event: Told,
    occurred_on: date,
    month: int = 0,
    code: str = "",
    text: str = "",
    source: str,
    by: audit.Actor,
) -> bool:
    """Take in one event of an item; False when it was told before.

    Refused for an order that ended before it was in use, for one not audited yet, for a date in
    the future, and for an on-network event without its month.
    """
    with transaction():
        item = lock_item(item)
        order = item.order
        refuse_senseless(item, event=event, occurred_on=occurred_on, month=month)
        if not _first_time(item, event, month, occurred_on, source):
            return False
        if order.state in {OrderState.AUDITED, OrderState.ASSIGNED}:
            move(order, Axis.ORDER, OrderState.PROCESSING, by=by)
        item.carrier_code, item.carrier_text = code or item.carrier_code, text or item.carrier_text
        _apply(order, item, event, occurred_on=occurred_on, code=code, text=text, by=by)
        if event in _MILESTONES:
            settlement.meet_milestone(
                item.public_id,
                kind=_MILESTONES[event],
                month=month,
                met_on=occurred_on,
                evidence={"event": event.value, "source": source, "code": code, "text": text},
                by=by,
            )
        roll_up(order, by=by)
        audit.record(
            TOLD,
            order,
            by=by,
            item=item.public_id,
            told=event.value,
            occurred_on=occurred_on.isoformat(),
            source=source,
        )
        return True


def refuse_senseless(item: OrderItem, *, event: Told, occurred_on: date, month: int) -> None:
    """Refuse an event that cannot be true of an item as it stands now."""
    order = item.order
    if not item.is_live:
        raise Refused(_("The order %(number)s has ended.", number=order.number))
    if order.state in {OrderState.NEW, OrderState.DRAFT}:
        raise Refused(_("The order %(number)s has not been audited.", number=order.number))
    if order.state == OrderState.ON_HOLD:
        raise Refused(_("This order is on hold: %(cause)s", cause=order.hold_cause))
    if occurred_on > clock.today():
        raise Refused(_("The date lies in the future."), field="occurred_on")
    if (event == Told.ON_NETWORK) != (month > 0):
        raise Refused(
            _("“On network” needs the month it counts, other events have none."), field="month"
        )


def _first_time(item: OrderItem, event: Told, month: int, on: date, source: str) -> bool:
    made = session().execute(
        insert(CarrierEvent)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            item_id=item.id,
            event=event.value,
            month=month,
            occurred_on=on,
            source=source,
        )
        .on_conflict_do_nothing()
        .returning(CarrierEvent.id)
    )
    return made.first() is not None


def _apply(
    order: Order,
    item: OrderItem,
    event: Told,
    *,
    occurred_on: date,
    code: str,
    text: str,
    by: audit.Actor,
) -> None:
    words: Words = {"carrier_code": code, "carrier_text": text}
    if event in _CARRIER:
        _forward(order, item, Axis.CARRIER, _CARRIER[event], by=by, **words)
    elif event in _ACTIVATION:
        _forward(order, item, Axis.ACTIVATION, _ACTIVATION[event], by=by, **words)
    elif event == Told.ACTIVATED:
        # In use means opened, whether or not that was told.
        _forward(order, item, Axis.CARRIER, CarrierState.OPENED, by=by)
        if _forward(order, item, Axis.ACTIVATION, ActivationState.ACTIVATED, by=by, **words):
            item.activated_on = occurred_on
            if item.sold_number is not None:
                numbers.put_in_service(item.sold_number, by=by)
            if item.card is not None:
                numbers.activate_card(item.card, by=by)
            customer_telling.tell(customer_telling.ACTIVATED, order, item=item)
    elif event == Told.CLOSED:
        if _forward(order, item, Axis.ACTIVATION, ActivationState.CLOSED, by=by, **words):
            if item.sold_number is not None:
                # It will be somebody else's: the item keeps its digits, not the number.
                numbers.retire_number(item.sold_number, by=by)
                item.sold_number = None
            settlement.close_item(item.public_id, reason=_("The number was closed."), by=by)
    else:
        note(order, item=item, by=by, remark=event.value, **words)


def _forward(
    order: Order,
    item: OrderItem,
    axis: Axis,
    to: CarrierState | ActivationState,
    *,
    by: audit.Actor,
    carrier_code: str = "",
    carrier_text: str = "",
) -> bool:
    """Move an axis on; a late event that would move it back is only noted."""
    words: Words = {"carrier_code": carrier_code, "carrier_text": carrier_text}
    was = current(order, item, axis)
    if was != to.value and not allows(axis, was, to):
        note(order, item=item, by=by, remark=_("Late: %(what)s", what=to.value), **words)
        return False
    return move(order, axis, to, item=item, by=by, **words)

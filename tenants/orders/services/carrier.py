"""Submitting to the carrier, and its answer typed in by a person."""

from control.billing.features import Feature
from control.verification.standing import refuse_submission
from kit import audit
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.features import refuse_without
from tenants.channels.services import refuse_if_frozen
from tenants.orders import telling
from tenants.orders.models import Order, OrderItem
from tenants.orders.services.moving import lock, lock_item, move
from tenants.orders.states import Axis, CarrierState, OrderState, PaymentState

SUBMITTED = audit.Event.named("order:submitted", "items")
ANSWERED = audit.Event.named("order:carrier_answered", "item", "state", "code")

_READY = {OrderState.AUDITED, OrderState.ASSIGNED, OrderState.PROCESSING}


def submit_to_carrier(
    order: Order, *, carrier_order_number: str | None = None, by: audit.Actor
) -> int:
    """Note that the order's items went to the carrier; return how many did.

    Refused before audit, while payment is due, for a frozen channel, without a number, as long as
    the company or the carrier's authorisation is not verified, and with a plan that does not
    contain it.
    """
    refuse_without(Feature.CARRIER_LINKS)
    with transaction():
        order = lock(order)
        if order.state not in _READY:
            raise Refused(_("Only an audited order can be submitted to the carrier."))
        if order.payment_state == PaymentState.UNPAID:
            raise Refused(_("The customer has not paid yet."))
        if order.channel is not None:
            refuse_if_frozen(order.channel)
        waiting = [
            item
            for item in order.items
            if item.is_live and item.carrier_state == CarrierState.TO_SUBMIT
        ]
        if not waiting:
            raise Refused(_("Nothing in this order waits to be submitted."))
        for item in waiting:
            refuse_submission(item.carrier, CARRIER_LABELS[Carrier(item.carrier)])
            if item.msisdn is None and item.iccid is None:
                raise Refused(
                    _("Item %(line)s has neither number nor card yet.", line=item.line),
                    field="msisdn",
                )
            item.carrier_order_number = carrier_order_number or item.carrier_order_number
            move(
                order,
                Axis.CARRIER,
                CarrierState.SUBMITTED,
                item=item,
                by=by,
                remark=carrier_order_number or "",
            )
        if order.state != OrderState.PROCESSING:
            move(order, Axis.ORDER, OrderState.PROCESSING, by=by)
        audit.record(SUBMITTED, order, by=by, items=len(waiting))
        return len(waiting)


def answer_submission(
    item: OrderItem,
    *,
    state: CarrierState,
    carrier_order_number: str = "",
    code: str = "",
    text: str = "",
    by: audit.Actor,
) -> None:
    """Enter what the carrier answered about an item, with its own code and words."""
    with transaction():
        item = lock_item(item)
        order = item.order
        if order.state not in _READY | {OrderState.SHIPPED}:
            raise Refused(_("This order is not being processed."))
        item.carrier_code = code
        item.carrier_text = text
        item.carrier_order_number = carrier_order_number or item.carrier_order_number
        moved = move(
            order,
            Axis.CARRIER,
            state,
            item=item,
            by=by,
            carrier_code=code,
            carrier_text=text,
        )
        if moved and order.state in {OrderState.AUDITED, OrderState.ASSIGNED}:
            move(order, Axis.ORDER, OrderState.PROCESSING, by=by)
        audit.record(ANSWERED, order, by=by, item=item.public_id, state=state.value, code=code)
        if moved and state == CarrierState.FAILED:
            telling.tell(telling.FAILED, order, by=by, reason=text or code)

"""Words for the states of orders and items."""

from collections.abc import Mapping
from typing import Any

from kit.i18n import lazy_gettext as _l
from kit.web.filters import money
from tenants.accounts.wording import Detail, describe
from tenants.carriers.labels import EVENTS as CARRIER_EVENTS
from tenants.orders.states import (
    ActivationState,
    Axis,
    CarrierState,
    FulfilmentState,
    OrderState,
    PaymentState,
)
from tenants.settlement.labels import EVIDENCE_WORDS

ORDER = {
    OrderState.DRAFT: _l("Draft"),
    OrderState.NEW: _l("New"),
    OrderState.AUDITED: _l("Audited"),
    OrderState.ASSIGNED: _l("Assigned"),
    OrderState.PROCESSING: _l("Processing"),
    OrderState.SHIPPED: _l("Shipped"),
    OrderState.COMPLETED: _l("Completed"),
    OrderState.CANCELLED: _l("Cancelled"),
    OrderState.REJECTED: _l("Rejected"),
    OrderState.ON_HOLD: _l("On hold"),
}
PAYMENT = {
    PaymentState.NOT_DUE: _l("Not due"),
    PaymentState.UNPAID: _l("Pending payment"),
    PaymentState.PAID: _l("Paid"),
    PaymentState.PART_REFUNDED: _l("Part refunded"),
    PaymentState.REFUNDING: _l("Refunding"),
    PaymentState.REFUNDED: _l("Refunded"),
    PaymentState.REFUND_FAILED: _l("Refund failed"),
    PaymentState.EXPIRED: _l("Payment expired"),
}
CARRIER = {
    CarrierState.NOT_NEEDED: _l("Not needed"),
    CarrierState.TO_SUBMIT: _l("To submit"),
    CarrierState.SUBMITTED: _l("Submitted"),
    CarrierState.OPENING: _l("Opening"),
    CarrierState.OPENED: _l("Opened"),
    CarrierState.FAILED: _l("Opening failed"),
    CarrierState.INFO_WANTED: _l("Information wanted"),
    CarrierState.WITHDRAWN: _l("Withdrawn"),
    CarrierState.UNKNOWN: _l("Result unknown"),
}
FULFILMENT = {
    FulfilmentState.WAITING: _l("Not shipped"),
    FulfilmentState.PICKING: _l("Picking"),
    FulfilmentState.PACKED: _l("Packed"),
    FulfilmentState.OUTBOUND: _l("Outbound"),
    FulfilmentState.IN_TRANSIT: _l("In transit"),
    FulfilmentState.DELIVERED: _l("Delivered"),
    FulfilmentState.HANDED_OVER: _l("Handed over"),
    FulfilmentState.REFUSED: _l("Refused by customer"),
    FulfilmentState.RETURNING: _l("Returning"),
    FulfilmentState.RETURNED_TO_STOCK: _l("Returned to stock"),
    FulfilmentState.LOST: _l("Lost"),
}
ACTIVATION = {
    ActivationState.NOT_ACTIVATED: _l("Not activated"),
    ActivationState.REAL_NAME_CHECK: _l("Real-name check"),
    ActivationState.ACTIVATED: _l("Activated"),
    ActivationState.FAILED: _l("Activation failed"),
    ActivationState.SUSPENDED: _l("Suspended"),
    ActivationState.CLOSED: _l("Closed"),
}
AXES = {
    Axis.ORDER: _l("Order"),
    Axis.PAYMENT: _l("Payment"),
    Axis.CARRIER: _l("Carrier processing"),
    Axis.FULFILMENT: _l("Fulfilment"),
    Axis.ACTIVATION: _l("Activation"),
}
FIELDS = {
    "recipient_name": _l("Recipient"),
    "recipient_phone": _l("Recipient's phone"),
    "recipient_address": _l("Address"),
    "province": _l("Province"),
    "city": _l("City"),
    "district": _l("District"),
    "delivery_mode": _l("Delivery mode"),
    "deliver_on": _l("Delivery date"),
    "remark": _l("Remark"),
}
STATES: dict[Axis, Mapping[Any, object]] = {
    Axis.ORDER: ORDER,
    Axis.PAYMENT: PAYMENT,
    Axis.CARRIER: CARRIER,
    Axis.FULFILMENT: FULFILMENT,
    Axis.ACTIVATION: ACTIVATION,
}


def state_label(axis: str | None, state: str | None) -> str:
    """Return the word for a state of an axis; the bare state for one we do not know."""
    if not axis or not state:
        return ""
    words = {member.value: label for member, label in STATES[Axis(axis)].items()}
    return str(words.get(state, state))


describe(
    {
        "order:placed": _l("Order placed"),
        "order:audited": _l("Passed audit"),
        "order:rejected": _l("Rejected in audit"),
        "order:assigned": _l("Assigned"),
        "order:held": _l("Put on hold"),
        "order:released": _l("Released from hold"),
        "order:edited": _l("Order changed"),
        "order:cancelled": _l("Order cancelled"),
        "order:payment_recorded": _l("Payment recorded"),
        "order:submitted": _l("Submitted to the carrier"),
        "order:carrier_told": _l("Carrier's message recorded"),
        "order:number_bound": _l("Number bound"),
        "order:card_bound": _l("SIM card bound"),
        "order:handed_over": _l("Handed over"),
        "order:item_shipped": _l("Shipped"),
        "order:delivered": _l("Delivered"),
    },
    details={
        "number": _l("Order no."),
        "items": _l("Quantity"),
        "handler": _l("Handler"),
        "cause": _l("Cause"),
        "state": Detail(_l("State"), ORDER),
        "fields": Detail(_l("Changed"), FIELDS),
        "amount": Detail(_l("Amount"), show=money),
        "told": Detail(_l("Message"), CARRIER_EVENTS),
        "occurred_on": _l("Date"),
        "source": Detail(_l("Source"), EVIDENCE_WORDS),
        "msisdn": _l("Number"),
        "iccid": _l("SIM card (ICCID)"),
        "courier": _l("Courier"),
        "tracking_number": _l("Tracking number"),
    },
    subjects={"Order": _l("Order")},
)
describe(
    {"order:carrier_answered": _l("Carrier answered")},
    details={"state": Detail(_l("Result"), CARRIER), "code": _l("Carrier code")},
)
describe(
    {"order:returned": _l("Card returned")},
    details={"state": Detail(_l("State"), FULFILMENT)},
)

"""The headline 当前进度: what an order waits for, who must act, since when.

People do not read five axes. One pure function turns them into one line; it is tested as a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kit.i18n import lazy_gettext as _l
from tenants.orders.states import (
    ActivationState,
    CarrierState,
    FulfilmentState,
    OrderState,
    PaymentState,
)


class Who(StrEnum):
    """Who must act."""

    NOBODY = "nobody"
    HOUSE = "house"
    HANDLER = "handler"
    CARRIER = "carrier"
    COURIER = "courier"
    CUSTOMER = "customer"


class Wait(StrEnum):
    """What an order waits for."""

    SUBMISSION = "submission"
    PAYMENT = "payment"
    AUDIT = "audit"
    ASSIGNMENT = "assignment"
    HOLD = "hold"
    CARRIER_SUBMIT = "carrier_submit"
    CARRIER_RESULT = "carrier_result"
    CARRIER_INFORMATION = "carrier_information"
    CARRIER_FAILURE = "carrier_failure"
    CARRIER_QUERY = "carrier_query"
    CARD = "card"
    DELIVERY = "delivery"
    DISPATCH = "dispatch"
    RETURN = "return"
    ACTIVATION = "activation"
    NOTHING_COMPLETED = "completed"
    NOTHING_CANCELLED = "cancelled"
    NOTHING_REJECTED = "rejected"


WHO = {
    Who.NOBODY: "",
    Who.HOUSE: _l("back office"),
    Who.HANDLER: _l("handler"),
    Who.CARRIER: _l("carrier"),
    Who.COURIER: _l("courier"),
    Who.CUSTOMER: _l("customer"),
}
WAITS = {
    Wait.SUBMISSION: _l("Draft, not submitted"),
    Wait.PAYMENT: _l("Waits for payment"),
    Wait.AUDIT: _l("Waits for audit"),
    Wait.ASSIGNMENT: _l("Waits for a handler"),
    Wait.HOLD: _l("On hold"),
    Wait.CARRIER_SUBMIT: _l("To submit to the carrier"),
    Wait.CARRIER_RESULT: _l("Waits for the carrier"),
    Wait.CARRIER_INFORMATION: _l("The carrier wants information"),
    Wait.CARRIER_FAILURE: _l("Opening failed"),
    Wait.CARRIER_QUERY: _l("Carrier's result unknown, to be queried"),
    Wait.CARD: _l("Waits for a card"),
    Wait.DISPATCH: _l("To ship or hand over"),
    Wait.DELIVERY: _l("On its way"),
    Wait.RETURN: _l("Coming back"),
    Wait.ACTIVATION: _l("Waits for activation"),
    Wait.NOTHING_COMPLETED: _l("Completed"),
    Wait.NOTHING_CANCELLED: _l("Cancelled"),
    Wait.NOTHING_REJECTED: _l("Rejected"),
}


class ItemLike(Protocol):
    """What the headline reads of an item."""

    is_live: bool
    iccid: str | None
    carrier_state: str
    carrier_since: datetime
    fulfilment_state: str
    fulfilment_since: datetime
    activation_state: str
    activation_since: datetime


@dataclass(frozen=True, slots=True)
class Headline:
    """What an order waits for, who must act, and since when."""

    wait: Wait
    who: Who
    since: datetime

    @property
    def text(self) -> str:
        """The sentence without the time: "Waits for activation · customer"."""
        who = str(WHO[self.who])
        return f"{WAITS[self.wait]} · {who}" if who else str(WAITS[self.wait])

    @property
    def is_over(self) -> bool:
        """Whether nothing more is awaited."""
        return self.who == Who.NOBODY


_CARRIER = {
    CarrierState.FAILED: (Wait.CARRIER_FAILURE, Who.HOUSE),
    CarrierState.INFO_WANTED: (Wait.CARRIER_INFORMATION, Who.CUSTOMER),
    CarrierState.UNKNOWN: (Wait.CARRIER_QUERY, Who.HOUSE),
    CarrierState.TO_SUBMIT: (Wait.CARRIER_SUBMIT, Who.HANDLER),
    CarrierState.SUBMITTED: (Wait.CARRIER_RESULT, Who.CARRIER),
    CarrierState.OPENING: (Wait.CARRIER_RESULT, Who.CARRIER),
}
_BACK = {FulfilmentState.REFUSED, FulfilmentState.RETURNING, FulfilmentState.LOST}
_WITH_COURIER = {FulfilmentState.OUTBOUND, FulfilmentState.IN_TRANSIT}
_HERE = {FulfilmentState.WAITING, FulfilmentState.PICKING, FulfilmentState.PACKED}
_OVER = {
    OrderState.COMPLETED: Wait.NOTHING_COMPLETED,
    OrderState.CANCELLED: Wait.NOTHING_CANCELLED,
    OrderState.REJECTED: Wait.NOTHING_REJECTED,
}


def headline(state: str, payment: str, since: datetime, items: Sequence[ItemLike]) -> Headline:
    """Return the headline of an order; of several items, the one that is furthest behind."""
    current = OrderState(state)
    if current in _OVER:
        return Headline(_OVER[current], Who.NOBODY, since)
    if current == OrderState.ON_HOLD:
        return Headline(Wait.HOLD, Who.HOUSE, since)
    if current == OrderState.DRAFT:
        return Headline(Wait.SUBMISSION, Who.HANDLER, since)
    if payment == PaymentState.UNPAID:
        return Headline(Wait.PAYMENT, Who.CUSTOMER, since)
    if current == OrderState.NEW:
        return Headline(Wait.AUDIT, Who.HOUSE, since)
    waits = [_of_item(item) for item in items if item.is_live]
    if not waits:
        return Headline(Wait.NOTHING_COMPLETED, Who.NOBODY, since)
    return min(waits, key=lambda wait: (_RANK[wait.wait], wait.since))


def _of_item(item: ItemLike) -> Headline:
    carrier = CarrierState(item.carrier_state)
    if carrier in _CARRIER:
        wait, who = _CARRIER[carrier]
        return Headline(wait, who, item.carrier_since)
    fulfilment = FulfilmentState(item.fulfilment_state)
    if fulfilment in _BACK:
        return Headline(Wait.RETURN, Who.HOUSE, item.fulfilment_since)
    activation = ActivationState(item.activation_state)
    if activation in {ActivationState.ACTIVATED, ActivationState.CLOSED}:
        return Headline(Wait.NOTHING_COMPLETED, Who.NOBODY, item.activation_since)
    if fulfilment in _HERE:
        wait = Wait.DISPATCH if item.iccid else Wait.CARD
        return Headline(wait, Who.HANDLER, item.fulfilment_since)
    if fulfilment in _WITH_COURIER:
        return Headline(Wait.DELIVERY, Who.COURIER, item.fulfilment_since)
    return Headline(Wait.ACTIVATION, Who.CUSTOMER, item.activation_since)


# What needs a person soonest comes first.
_RANK = {
    wait: rank
    for rank, wait in enumerate(
        (
            Wait.CARRIER_FAILURE,
            Wait.CARRIER_INFORMATION,
            Wait.CARRIER_QUERY,
            Wait.RETURN,
            Wait.CARRIER_SUBMIT,
            Wait.CARD,
            Wait.DISPATCH,
            Wait.CARRIER_RESULT,
            Wait.DELIVERY,
            Wait.ACTIVATION,
            Wait.NOTHING_COMPLETED,
        )
    )
}

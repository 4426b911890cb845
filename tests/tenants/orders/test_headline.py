"""The headline as a table: what an order waits for, and on whom."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tenants.orders.headline import Wait, Who, headline
from tenants.orders.states import ActivationState as A
from tenants.orders.states import CarrierState as C
from tenants.orders.states import FulfilmentState as F
from tenants.orders.states import OrderState as S
from tenants.orders.states import PaymentState as P

THEN = datetime(2026, 8, 1, tzinfo=UTC)


@dataclass
class Item:
    carrier_state: str = C.TO_SUBMIT
    fulfilment_state: str = F.WAITING
    activation_state: str = A.NOT_ACTIVATED
    iccid: str | None = "89860000000000000001"
    is_live: bool = True
    carrier_since: datetime = THEN
    fulfilment_since: datetime = THEN
    activation_since: datetime = THEN


OPENED = {"carrier_state": C.OPENED}
ACTIVE = Item(C.OPENED, F.HANDED_OVER, A.ACTIVATED)
TABLE = [
    (S.DRAFT, P.NOT_DUE, Item(), Wait.SUBMISSION, Who.HANDLER),
    (S.NEW, P.UNPAID, Item(), Wait.PAYMENT, Who.CUSTOMER),
    (S.NEW, P.NOT_DUE, Item(), Wait.AUDIT, Who.HOUSE),
    (S.ON_HOLD, P.NOT_DUE, Item(), Wait.HOLD, Who.HOUSE),
    (S.AUDITED, P.NOT_DUE, Item(), Wait.CARRIER_SUBMIT, Who.HANDLER),
    (S.PROCESSING, P.NOT_DUE, Item(C.SUBMITTED), Wait.CARRIER_RESULT, Who.CARRIER),
    (S.PROCESSING, P.NOT_DUE, Item(C.OPENING), Wait.CARRIER_RESULT, Who.CARRIER),
    (S.PROCESSING, P.NOT_DUE, Item(C.INFO_WANTED), Wait.CARRIER_INFORMATION, Who.CUSTOMER),
    (S.PROCESSING, P.NOT_DUE, Item(C.UNKNOWN), Wait.CARRIER_QUERY, Who.HOUSE),
    (S.PROCESSING, P.NOT_DUE, Item(C.FAILED), Wait.CARRIER_FAILURE, Who.HOUSE),
    (S.PROCESSING, P.PAID, Item(**OPENED, iccid=None), Wait.CARD, Who.HANDLER),
    (S.PROCESSING, P.PAID, Item(**OPENED), Wait.DISPATCH, Who.HANDLER),
    (S.SHIPPED, P.PAID, Item(C.OPENED, F.IN_TRANSIT), Wait.DELIVERY, Who.COURIER),
    (S.SHIPPED, P.PAID, Item(C.OPENED, F.REFUSED), Wait.RETURN, Who.HOUSE),
    (S.SHIPPED, P.PAID, Item(C.OPENED, F.DELIVERED), Wait.ACTIVATION, Who.CUSTOMER),
    (S.SHIPPED, P.PAID, Item(C.OPENED, F.HANDED_OVER), Wait.ACTIVATION, Who.CUSTOMER),
    (S.COMPLETED, P.PAID, ACTIVE, Wait.NOTHING_COMPLETED, Who.NOBODY),
    (S.CANCELLED, P.REFUNDED, Item(is_live=False), Wait.NOTHING_CANCELLED, Who.NOBODY),
    (S.REJECTED, P.EXPIRED, Item(is_live=False), Wait.NOTHING_REJECTED, Who.NOBODY),
]  # fmt: skip


@pytest.mark.parametrize(("state", "payment", "item", "wait", "who"), TABLE)
def test_it_says_what_an_order_waits_for(state, payment, item, wait, who):
    line = headline(state, payment, THEN, [item])
    assert (line.wait, line.who, line.since) == (wait, who, THEN)


def test_of_several_items_the_one_that_needs_a_person_counts():
    items = [Item(C.OPENED, F.HANDED_OVER, A.ACTIVATED), Item(C.FAILED), Item(C.SUBMITTED)]
    assert headline(S.PROCESSING, P.NOT_DUE, THEN, items).wait == Wait.CARRIER_FAILURE


def test_every_state_has_a_headline():
    for state in S:
        for payment in P:
            for carrier in C:
                for fulfilment in F:
                    for activation in A:
                        assert headline(
                            state, payment, THEN, [Item(carrier, fulfilment, activation)]
                        ).text

"""Placing an order: rules, chain, snapshot, expected commission; once for each submission."""

from datetime import date

import pytest
from sqlalchemy import func, select

from kit import audit
from kit.db import session
from kit.errors import Refused
from tenants.catalogue.services import take_off_shelf
from tenants.channels.services import freeze_channel
from tenants.orders import services
from tenants.orders.models import Order, OrderEvent, OrderItem
from tenants.orders.services import RulesFailed
from tenants.settlement.models import CommissionLine, LineState, Milestone
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import make_chain, make_channel
from tests.factories.customers import make_customer
from tests.factories.orders import make_order, new_order


def _count(model: type) -> int:
    return session().scalar(select(func.count()).select_from(model)) or 0


def test_it_works(in_acme):
    order = make_order(quantity=2)
    assert order.state == "new"
    assert [item.line for item in order.items] == [1, 2]
    assert order.payment_state == "not_due"
    assert len(order.number) == 14
    assert session().scalars(select(OrderEvent).where(OrderEvent.order_id == order.id)).one()


def test_the_same_submission_is_one_order(in_acme):
    new = new_order()
    first = services.place_order(new, channel=None, by=audit.SYSTEM)
    second = services.place_order(new, channel=None, by=audit.SYSTEM)
    assert first.id == second.id
    assert _count(Order) == 1


def test_every_level_expects_its_difference(in_acme):
    chain = make_chain(6_000, 5_000)
    product = make_product()
    make_rate(product, 10_000)
    order = make_order(product=product, channel=chain[-1])
    lines = session().scalars(select(CommissionLine).order_by(CommissionLine.channel_id)).all()
    assert [line.amount for line in lines] == [4_000, 3_000, 3_000]
    assert {line.state for line in lines} == {LineState.EXPECTED}
    assert order.items[0].snapshot["rates"][0]["amounts"] == [10_000, 6_000, 3_000]
    assert _count(Milestone) == 1


def test_a_later_change_of_rates_does_not_touch_it(in_acme):
    channel = make_channel()
    product = make_product()
    make_rate(product, 10_000)
    order = make_order(product=product, channel=channel)
    make_rate(product, 100, valid_from=date(2025, 6, 1))
    assert order.items[0].snapshot["rates"][0]["amounts"] == [10_000]
    assert session().scalars(select(CommissionLine)).one().amount == 10_000


def test_all_broken_rules_are_said_at_once(in_acme):
    product = make_product(
        age_min=18, age_max=60, regions_barred=["广东省"], address_keywords_barred=["宾馆"]
    )
    customer = make_customer(born_on=date(2015, 1, 1), document="", document_kind=None)
    customer.born_on = date(2015, 1, 1)
    with pytest.raises(RulesFailed) as refused:
        make_order(
            product=product, customer=customer, province="广东省", recipient_address="天河宾馆"
        )
    assert len(refused.value.sentences) == 3
    assert _count(Order) == 0


def test_a_repeat_within_the_window_is_refused(in_acme):
    product = make_product(repeat_days=30, repeat_by=["document"])
    customer = make_customer()
    make_order(product=product, customer=customer)
    with pytest.raises(RulesFailed):
        make_order(product=product, customer=customer)
    assert _count(Order) == 1


def test_a_frozen_channel_cannot_sell(in_acme):
    channel = make_channel()
    freeze_channel(channel, reason="欠缴", by=audit.SYSTEM)
    with pytest.raises(Refused, match="欠缴"):
        make_order(channel=channel)
    assert _count(Order) == 0


def test_a_product_off_the_shelf_is_refused(in_acme):
    product = make_product()
    take_off_shelf(product, by=audit.SYSTEM)
    with pytest.raises(Refused) as refused:
        make_order(product=product)
    assert refused.value.field == "product"
    assert _count(OrderItem) == 0


def test_a_price_makes_it_wait_for_payment(in_acme):
    order = make_order(product=make_product(retail_amount=9_900), quantity=2)
    assert (order.total_amount, order.payment_state) == (19_800, "unpaid")

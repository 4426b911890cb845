"""An order's way: audit, submit, card, hand over, activate; and the ways back."""

from datetime import date

import pytest
from sqlalchemy import func, select

from kit import audit, clock
from kit.db import session
from kit.errors import Refused
from tenants.numbers.models import CardState, NumberState
from tenants.orders import services
from tenants.orders.models import OrderEvent
from tenants.orders.queries import find_item, headline_of
from tenants.orders.services.activation import Told
from tenants.orders.states import CarrierState, FulfilmentState
from tenants.settlement.models import CommissionLine, Entry
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import make_chain, make_channel
from tests.factories.numbers import make_card, make_number
from tests.factories.orders import DAY, make_opened, make_order, tell

BY = audit.SYSTEM


def _lines() -> list[tuple[int, str]]:
    rows = session().scalars(select(CommissionLine).order_by(CommissionLine.id))
    return [(line.amount, line.state) for line in rows]


def _events(order) -> int:
    statement = select(func.count()).where(OrderEvent.order_id == order.id)
    return session().scalar(statement) or 0


def mobile_product(**content):
    return make_product(carrier="mobile", **content)


def _sellable(**content):
    product = mobile_product(**content)
    make_rate(product, 10_000)
    return product


def test_the_whole_way_of_one_number(in_acme):
    chain = make_chain(6_000)
    number, card = make_number(), make_card()
    order = make_order(product=_sellable(), channel=chain[-1], number=number)
    services.pass_audit(order, by=BY)
    services.assign_order(order, handler=make_user(), by=BY)
    assert services.submit_to_carrier(order, carrier_order_number="U-1", by=BY) == 1
    item = order.items[0]
    services.answer_submission(item, state=CarrierState.OPENED, code="0", text="成功", by=BY)
    services.bind_card(item, iccid=card.iccid, by=BY)
    services.hand_over(item, by=BY)
    assert order.state == "shipped"
    assert tell(item, Told.ACTIVATED) == [True]
    assert order.state == "completed"
    assert headline_of(order).is_over
    assert number.state == NumberState.IN_SERVICE
    assert card.state == CardState.ACTIVATED
    assert _lines() == [(4_000, "pending"), (6_000, "pending")]


def test_audit_is_needed_before_the_carrier(in_acme):
    order = make_order(number=make_number())
    with pytest.raises(Refused, match="audited"):
        services.submit_to_carrier(order, by=BY)
    assert order.items[0].carrier_state == CarrierState.TO_SUBMIT


def test_payment_is_needed_before_the_carrier(in_acme):
    order = make_order(product=mobile_product(retail_amount=100), number=make_number())
    services.pass_audit(order, by=BY)
    with pytest.raises(Refused, match="paid"):
        services.submit_to_carrier(order, by=BY)
    services.record_payment(order, remark="现金", by=BY)
    assert services.submit_to_carrier(order, by=BY) == 1


def test_a_repeated_verb_changes_nothing(in_acme):
    order = make_order()
    services.pass_audit(order, by=BY)
    before = _events(order)
    services.pass_audit(order, by=BY)
    assert _events(order) == before


def test_a_rejected_order_gives_everything_back(in_acme):
    number, card = make_number(), make_card()
    order = make_order(product=_sellable(), channel=make_channel(), number=number, card=card)
    services.reject_order(order, reason="资料不符", by=BY)
    assert order.state == "rejected"
    assert (number.state, number.item_id) == (NumberState.AVAILABLE, None)
    assert (card.state, card.item_id) == (CardState.IN_STOCK, None)
    assert _lines() == [(10_000, "void")]
    assert not order.items[0].is_live


def test_a_cancelled_order_frees_its_number_for_another(in_acme):
    number = make_number()
    first = make_order(number=number)
    services.cancel_order(first, reason="客户不要了", by=BY)
    second = make_order(number=number)
    assert second.items[0].msisdn == number.msisdn
    services.cancel_order(first, reason="again", by=BY)
    assert number.state == NumberState.ALLOCATED


def test_cancel_after_an_early_milestone_takes_commission_back(in_acme):
    order = make_order(product=_sellable(), channel=make_channel(), number=make_number())
    services.pass_audit(order, by=BY)
    item = order.items[0]
    from tenants.settlement import services as settlement

    settlement.meet_milestone(
        item.public_id, kind="activated", met_on=DAY, evidence={"by": "test"}, by=BY
    )
    services.cancel_order(order, reason="退单", by=BY)
    assert _lines() == [(10_000, "clawed_back")]
    assert session().scalar(select(func.sum(Entry.amount))) == 0


def test_an_activated_order_cannot_be_cancelled(in_acme):
    item = make_opened(number=make_number())
    tell(item, Told.ACTIVATED)
    with pytest.raises(Refused, match="cannot be cancelled"):
        services.cancel_order(item.order, reason="x", by=BY)
    assert item.is_live


def test_the_same_event_counts_once(in_acme):
    item = make_opened(product=_sellable(), channel=make_channel(), number=make_number())
    assert tell(item, Told.ACTIVATED, Told.ACTIVATED) == [True, False]
    assert _lines() == [(10_000, "pending")]


def test_a_late_event_moves_nothing_back(in_acme):
    item = make_opened(number=make_number())
    tell(item, Told.ACTIVATED)
    assert tell(item, Told.OPENING) == [True]
    assert item.carrier_state == CarrierState.OPENED


def test_events_come_in_any_order(in_acme):
    order = make_order(number=make_number())
    services.pass_audit(order, by=BY)
    item = order.items[0]
    tell(item, Told.ACTIVATED, Told.OPENED)
    assert (item.carrier_state, item.activation_state) == ("opened", "activated")


def test_months_on_network_each_earn(in_acme):
    product = mobile_product()
    for month in (1, 2):
        make_rate(product, 500, milestone="on_network", month=month)
    item = make_opened(product=product, channel=make_channel(), number=make_number())
    tell(item, Told.ACTIVATED)
    assert tell(item, Told.ON_NETWORK, month=2) == [True]
    assert sorted(_lines()) == [(500, "expected"), (500, "pending")]


def test_closing_refuses_what_was_not_earned_yet(in_acme):
    product = mobile_product()
    make_rate(product, 500, milestone="on_network", month=3)
    number = make_number()
    item = make_opened(product=product, channel=make_channel(), number=number)
    tell(item, Told.ACTIVATED, Told.CLOSED)
    assert _lines() == [(500, "refused")]
    assert number.state == NumberState.AGING


def test_an_event_in_the_future_is_refused(in_acme):
    item = make_opened(number=make_number())
    with pytest.raises(Refused, match="future"):
        tell(item, Told.ACTIVATED, on=date(clock.today().year + 1, 1, 1))
    assert item.activation_state == "not_activated"


def test_on_network_needs_its_month(in_acme):
    item = make_opened(number=make_number())
    with pytest.raises(Refused, match="month"):
        tell(item, Told.ON_NETWORK)


def test_hold_remembers_where_it_was(in_acme):
    order = make_order()
    services.pass_audit(order, by=BY)
    services.hold_order(order, cause="等客户照片", by=BY)
    assert (order.state, order.hold_cause) == ("on_hold", "等客户照片")
    services.release_order(order, by=BY)
    assert (order.state, order.held_from, order.hold_cause) == ("audited", None, "")


def test_who_acts_may_have_to_be_read_anew_in_the_middle_of_it(in_acme):
    order, person = make_order(), make_user()
    services.pass_audit(order, by=BY)
    for act in (
        lambda: services.hold_order(order, cause="等客户照片", by=person),
        lambda: services.release_order(order, by=person),
        lambda: services.hold_order(order, cause="风控", by=person),
        lambda: services.cancel_order(order, reason="客户不要了", by=person),
    ):
        # As after a commit: the first look at the person is a question to the database, before
        # which what was changed of the order is written.
        session().flush()
        session().expire(person)
        act()
    assert (order.state, order.held_from) == ("cancelled", None)


def test_a_refused_card_in_stock_again_ends_the_item(in_acme):
    number, card = make_number(), make_card()
    item = make_opened(number=number, card=card)
    services.ship_item(item, courier="顺丰", tracking_number="SF1", by=BY)
    services.return_item(item, state=FulfilmentState.REFUSED, by=BY)
    services.return_item(item, state=FulfilmentState.RETURNED_TO_STOCK, by=BY)
    assert not item.is_live
    assert (number.state, card.state) == (NumberState.AVAILABLE, CardState.IN_STOCK)


def test_a_stale_edit_is_refused_and_changes_nothing(in_acme):
    order = make_order(recipient_name="王小明")
    values = {
        "recipient_name": "李小红",
        "recipient_phone": "13700137000",
        "recipient_address": "",
        "province": "",
        "city": "",
        "district": "",
        "delivery_mode": order.delivery_mode,
        "deliver_on": None,
        "remark": "",
        "by": BY,
    }
    with pytest.raises(Refused, match="meanwhile"):
        services.edit_order(order, version=order.version + 1, **values)
    assert order.recipient_name == "王小明"
    services.edit_order(order, version=order.version, **values)
    assert order.recipient_name == "李小红"


def test_an_item_is_found_by_number_card_and_order(in_acme):
    number, card = make_number(), make_card()
    item = make_opened(number=number, card=card)
    assert find_item(kind="msisdn", key=number.msisdn).id == item.id
    assert find_item(kind="iccid", key=card.iccid).id == item.id
    assert find_item(kind="order_number", key=item.order.number).id == item.id
    assert find_item(kind="msisdn", key="19900000000") is None

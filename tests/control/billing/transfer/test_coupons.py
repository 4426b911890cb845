"""Coupons on invoices of ours: as long as they last, in previews as in charges, counted once."""

from datetime import timedelta

import pytest

from control.billing.accounts import live_subscription
from control.billing.coupons import add_coupon, look_up_uses, offer_at_stripe, switch_off, uses_of
from control.billing.jobs import count_coupon
from control.billing.models import CouponUse, Invoice, PlanPrice
from control.billing.revenue import monthly_revenue
from control.billing.transfer import buying, drawing
from control.billing.transfer.redeeming import uses_here
from control.billing.transfer.renewing import do_due
from kit import audit, clock, jobs
from kit.db import control_session, control_transaction
from kit.errors import Refused
from tests.control.billing.transfer.conftest import check_sums, invoices, later, pay
from tests.factories.billing import make_charge

pytestmark = pytest.mark.usefixtures("held", "terms", "trial_over")


def coupon(code="SPRING-20", **values):
    usual = {"percent": 20} if "amount" not in values else {}
    return add_coupon(code, **usual | values, by=audit.SYSTEM)


@pytest.fixture
def yearly(price) -> PlanPrice:
    made = PlanPrice(
        plan_version_id=price.plan_version_id, currency="CNY", interval="year", amount=299_000
    )
    control_session().add(made)
    control_session().commit()
    return made


@pytest.fixture
def order(account, price):
    def go(code="spring-20 ", of=price, extra_seats=0):
        seen = buying.quote_purchase(
            account, of, extra_seats=extra_seats, moment=clock.now(), code=code
        )
        made = buying.order(
            account, of, extra_seats=extra_seats, moment=seen.moment, code=code, by=audit.SYSTEM
        )
        # What was shown is what is charged.
        assert [one["amount"] for one in made.lines] == [one.amount for one in seen.lines]
        assert made.total_amount == seen.due_now
        return made

    return go


def renewals(account, months):
    """Pay for so many more months; return what each came to."""
    bought = live_subscription(account)
    found = []
    for _each in range(months):
        later((bought.period_ends_at - clock.now()) / timedelta(days=1) - 3)
        do_due()
        newest = invoices(account)[-1]
        found.append(newest.total_amount)
        pay(newest)
    return found


@pytest.mark.parametrize(
    ("given", "first", "then"),
    [
        ({"months": 3}, 23_920, [23_920, 23_920, 29_900, 29_900]),
        ({"is_once": True}, 23_920, [29_900, 29_900]),
        ({}, 23_920, [23_920] * 4),
        ({"percent": 33}, 20_033, [20_033]),
        ({"amount": 10_000, "currency": "CNY", "months": 2}, 19_900, [19_900, 29_900]),
    ],
)
def test_it_lowers_as_many_periods_as_it_lasts(account, order, given, first, then):
    coupon(**given)
    made = order()
    assert made.total_amount == first
    assert made.lines[-1]["amount"] == first - 29_900
    assert "SPRING-20" in made.lines[-1]["texts"]["zh_Hans_CN"]
    pay(made)
    assert live_subscription(account).coupon == "SPRING-20"
    assert renewals(account, len(then)) == then
    has_it_still = then[-1] != 29_900
    assert live_subscription(account).coupon == ("SPRING-20" if has_it_still else None)
    check_sums(account)


def test_a_year_has_it_once_where_it_lasts_for_months(account, order, yearly):
    coupon(months=3)
    pay(order(of=yearly))
    assert invoices(account)[0].total_amount == 239_200
    assert renewals(account, 1) == [299_000]


def test_what_was_used_beyond_the_plan_is_not_lowered(account, order):
    coupon()
    pay(order(extra_seats=1))
    assert invoices(account)[0].total_amount == 25_520
    make_charge(account)
    assert renewals(account, 1) == [25_520 + 1_980]


def test_all_of_it_off_nothing_is_to_be_paid_and_it_begins(account, order):
    coupon(percent=100, months=1)
    made = order()
    assert (made.total_amount, made.state) == (0, "paid")
    assert (account.standing, live_subscription(account).state) == ("active", "active")
    assert renewals(account, 1) == [29_900]


def test_an_amount_above_the_price_leaves_nothing_to_pay(order):
    coupon(amount=99_900, currency="CNY")
    assert order().total_amount == 0


def test_a_change_counts_what_was_paid_not_what_was_spared(account, order, price, larger, yearly):
    coupon()
    pay(order())
    whole = live_subscription(account)
    # At the very beginning of the period the difference of whole prices, a fifth off.
    quote = buying.quote_new(account, larger, extra_seats=0, moment=clock.now())
    assert quote.total == (59_900 - 29_900) * 80 // 100
    year = buying.quote_new(account, yearly, extra_seats=0, moment=clock.now())
    assert year.total == 239_200 - 23_920
    made = buying.change(account, larger, extra_seats=0, moment=quote.moment, by=audit.SYSTEM)
    assert made.total_amount == quote.total
    pay(made)
    assert renewals(account, 1) == [47_920]
    assert whole.coupon == "SPRING-20"


def test_of_one_invoice_alone_another_interval_begins_without_it(account, order, yearly):
    coupon(is_once=True)
    pay(order())
    quote = buying.quote_new(account, yearly, extra_seats=0, moment=clock.now())
    assert quote.total == 299_000 - 23_920


def test_less_comes_with_the_next_period_with_it_too(account, order, price, larger):
    coupon()
    pay(order(of=larger))
    assert buying.change(
        account, price, extra_seats=0, moment=clock.now(), by=audit.SYSTEM
    ) is None  # fmt: skip
    assert renewals(account, 1) == [23_920]


def test_what_recurs_is_what_is_paid(order, account):
    coupon()
    pay(order())
    [found] = monthly_revenue()
    assert found.now == 23_920


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "no promotion code like this"),
        ({"ends_at": "soon"}, "cannot be used any more"),
        ({"off": True}, "cannot be used any more"),
        ({"most_uses": 1, "used": True}, "cannot be used any more"),
        ({"amount": 100, "currency": "USD"}, "prices in USD"),
        ({"is_first_only": True, "paid": True}, "first payment only"),
    ],
)
def test_what_cannot_be_used_is_said_at_the_field(account, order, price, given, said):
    given = dict(given or {"none": True})
    was_paid, was_used, is_off = (given.pop(one, False) for one in ("paid", "used", "off"))
    if not given.pop("none", False):
        soon = clock.now() + timedelta(hours=1)
        made = coupon(**given | ({"ends_at": soon} if "ends_at" in given else {}))
        made.stripe_uses = 1 if was_used else 0
        control_session().commit()
        if is_off:
            switch_off(made, by=audit.SYSTEM)
    if was_paid:
        pay(order(code=""))
        buying.give_up(account, reason="x", by=audit.SYSTEM)
        later(40)
        do_due()
    later(0.1)
    before = control_session().query(Invoice).count()
    for deed in (buying.quote_purchase, lambda *a, **k: buying.order(*a, **k, by=audit.SYSTEM)):
        with pytest.raises(Refused, match=said) as refusal:
            deed(account, price, extra_seats=0, moment=clock.now(), code="SPRING-20")
        assert refusal.value.field == "code"
    assert control_session().query(Invoice).count() == before
    assert control_session().query(CouponUse).count() == 0


def test_what_was_never_paid_gives_its_use_back(account, order):
    made = coupon(most_uses=1)
    first = order()
    assert uses_here(made) == 1
    with pytest.raises(Refused, match="open"):
        order()
    buying.withdraw(first, by=audit.SYSTEM)
    assert uses_here(made) == 0
    second = order()
    later(30)
    do_due()
    control_session().expire_all()
    assert (second.state, uses_here(made)) == ("void", 0)
    pay(order())
    assert uses_here(made) == 1


def test_a_renewal_that_is_void_keeps_the_coupon(account, order):
    coupon(months=2)
    pay(order())
    later(28)
    do_due()
    drawing.void(invoices(account)[-1], reason="x", by=audit.SYSTEM)
    do_due()
    assert invoices(account)[-1].total_amount == 23_920


def code_at(line, made):
    control_session().expire_all()
    return line.stripe.client.v1.promotion_codes.retrieve(made.stripe_code_id)


def test_its_uses_are_counted_at_both_ends(account, order, line, work):
    made = coupon(most_uses=1, is_first_only=True)
    offer_at_stripe(made, by=audit.SYSTEM)
    assert code_at(line, made).restrictions.first_time_transaction
    first = order()
    work()
    # Used up here: Stripe's page does not take it any more.
    assert not code_at(line, made).active
    buying.withdraw(first, by=audit.SYSTEM)
    work()
    assert code_at(line, made).active
    # Used up there: nor do we, also while Stripe is down afterwards.
    v1 = line.stripe.client.v1
    customer = v1.customers.create({})
    v1.invoice_items.create({"customer": customer.id, "amount": 100, "currency": "cny"})
    v1.invoices.create(
        {"customer": customer.id, "discounts": [{"promotion_code": made.stripe_code_id}]}
    )
    assert uses_of(made) == 1
    look_up_uses("spring-20")
    line.stripe.knob("faults", kind="down", times=9)
    look_up_uses("spring-20")
    with pytest.raises(Refused, match="any more"):
        order()


def test_counting_survives_lost_answers(account, order, line, work):
    made = coupon(most_uses=1)
    offer_at_stripe(made, by=audit.SYSTEM)
    line.stripe.knob("faults", kind="cut", method="POST", times=3, path="/v1/promotion_codes")
    order()
    work()
    line.stripe.knob("reset")
    with control_transaction():
        jobs.enqueue_control(count_coupon, coupon_id=made.id)
    work()
    assert not code_at(line, made).active

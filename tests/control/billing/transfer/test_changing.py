"""Another plan, other seats, another way of paying: to the fen, once, and never behind a debt."""

from datetime import timedelta

import pytest

from control.billing.accounts import live_subscription
from control.billing.jobs import review_due
from control.billing.models import InvoiceState, PlanPrice
from control.billing.online.checkout import begin_checkout
from control.billing.revenue import monthly_revenue
from control.billing.transfer import buying
from control.billing.transfer.renewing import do_due
from kit import audit, clock
from kit.db import control_session
from kit.errors import Refused
from tests.control.billing.transfer.conftest import check_sums, invoices, later, pay

YEARLY = 299_000


@pytest.fixture
def yearly(price) -> PlanPrice:
    """The plan for a year."""
    made = PlanPrice(
        plan_version_id=price.plan_version_id,
        currency="CNY",
        interval="year",
        amount=YEARLY,
        seat_amount=20_000,
    )
    control_session().add(made)
    control_session().commit()
    return made


def change(account, price, extra_seats=0, moment=None):
    found = buying.change(
        account, price, extra_seats=extra_seats, moment=moment or clock.now(), by=audit.SYSTEM
    )
    check_sums(account)
    return found


def test_more_is_invoiced_for_the_rest_and_given_when_it_is_paid(bought, account, larger, price):
    began, ends = bought.period_began_at, bought.period_ends_at
    later((ends - began).days / 2)
    quote = buying.quote_new(account, larger, extra_seats=1, moment=clock.now())
    left, length = ends - clock.now(), ends - began
    share = left / length
    expected = round(61_900 * share) - round(29_900 * share)
    assert abs(quote.total - expected) <= 1
    invoice = change(account, larger, 1)
    assert invoice.total_amount == quote.total == sum(one["amount"] for one in invoice.lines)
    assert invoice.lines[0]["texts"].keys() == {"zh_Hans_CN", "en"}
    assert account.plan_version_id == price.plan_version_id
    pay(invoice)
    assert account.plan_version_id == larger.plan_version_id
    assert (bought.extra_seats, bought.period_ends_at) == (1, ends)
    # What recurs by the month is the larger plan, not half of each.
    assert abs(monthly_revenue()[0].now - 61_900) <= 5


def test_an_order_stands_in_the_way_of_another_until_it_is_withdrawn(bought, account, larger):
    invoice = change(account, larger)
    with pytest.raises(Refused, match=invoice.number):
        change(account, larger, 3)
    buying.withdraw(invoice, by=audit.SYSTEM)
    check_sums(account)
    assert invoice.state == InvoiceState.VOID
    assert change(account, larger, 3).total_amount > 0
    with pytest.raises(Refused):
        buying.withdraw(invoices(account)[0], by=audit.SYSTEM)


def test_less_comes_with_the_next_period(bought, account, price, larger):
    pay(change(account, larger))
    assert change(account, price) is None
    assert account.plan_version_id == larger.plan_version_id
    later((bought.period_ends_at - clock.now()).days - 10)
    do_due()
    renewal = invoices(account, reason="subscription_cycle")[0]
    assert renewal.total_amount == 29_900
    # Thought better of: the open renewal is drawn anew, and what was paid of it goes along.
    pay(renewal, 1_000)
    assert change(account, larger) is None
    assert renewal.state == InvoiceState.VOID
    again = invoices(account, reason="subscription_cycle")[-1]
    assert (again.total_amount, again.paid_amount) == (59_900, 1_000)
    pay(again)
    assert account.plan_version_id == larger.plan_version_id
    assert bought.next_price_id is None


def test_less_that_is_paid_ahead_begins_with_its_period(bought, account, price, larger):
    pay(change(account, larger, 3))
    assert change(account, price, 1) is None
    begins = bought.period_ends_at
    later((begins - clock.now()).days - 10)
    do_due()
    pay(invoices(account, reason="subscription_cycle")[0])
    assert account.plan_version_id == larger.plan_version_id
    assert (bought.extra_seats, bought.next_price_id) == (3, price.id)
    assert account.review_at == begins
    # Neither what runs nor what comes is changed in these days: both are paid.
    with pytest.raises(Refused, match="from that day on"):
        change(account, larger, 5)
    clock.advance(begins - clock.now())
    review_due()
    check_sums(account)
    assert account.plan_version_id == price.plan_version_id
    assert (bought.extra_seats, bought.next_price_id, bought.next_begins_at) == (1, None, None)
    assert change(account, larger).total_amount > 0


def test_an_upgrade_redraws_the_renewal_that_is_open(bought, account, larger):
    later((bought.period_ends_at - clock.now()).days - 5)
    do_due()
    upgrade = change(account, larger)
    pay(upgrade)
    first, second = invoices(account, reason="subscription_cycle")
    assert (first.state, second.total_amount) == (InvoiceState.VOID, 59_900)


def test_a_year_instead_of_a_month_begins_when_it_is_paid(bought, account, yearly):
    invoice = change(account, yearly)
    assert invoice.total_amount == YEARLY - 29_900
    later(1)
    pay(invoice)
    assert (bought.interval, bought.period_began_at) == ("year", clock.now())
    assert (bought.period_ends_at - clock.now()).days >= 365


@pytest.mark.usefixtures("held", "terms")
def test_while_the_trial_runs_what_is_paid_is_a_period_and_no_more(account, price, larger, yearly):
    free_until = account.workspace.trial_ends_at
    pay(buying.order(account, price, extra_seats=0, moment=clock.now(), by=audit.SYSTEM))
    quote = buying.quote_new(account, larger, extra_seats=0, moment=clock.now())
    assert [line.amount for line in quote.lines] == [-29_900, 59_900]
    pay(change(account, yearly))
    assert live_subscription(account).period_began_at == free_until
    assert invoices(account)[-1].total_amount == YEARLY - 29_900


def test_paid_ahead_the_next_period_counts_too(bought, account, larger):
    later((bought.period_ends_at - clock.now()).days - 1)
    do_due()
    pay(invoices(account, reason="subscription_cycle")[0])
    quote = buying.quote_new(account, larger, extra_seats=0, moment=clock.now())
    assert -34_000 < quote.lines[0].amount < -30_000


def test_what_one_has_can_be_kept_with_other_seats_when_it_is_sold_no_more(
    bought, account, price, larger
):
    price.plan_version.plan.is_offered = larger.plan_version.plan.is_offered = False
    control_session().commit()
    pay(change(account, price, 2))
    assert bought.extra_seats == 2
    with pytest.raises(Refused, match="not sold any more"):
        change(account, larger, 2)


def test_nothing_changes_behind_a_debt(bought, account, larger):
    later(60)
    do_due()
    later(11)
    for deed in (
        lambda: change(account, larger),
        lambda: buying.give_up(account, reason="x", by=audit.SYSTEM),
    ):
        with pytest.raises(Refused, match="owed"):
            deed()


@pytest.mark.parametrize("hours", [-2, 24 * 29])
def test_a_moment_that_is_not_about_now_is_refused(bought, account, larger, hours):
    """At the period's end the difference would cost nothing."""
    with pytest.raises(Refused, match="too long ago"):
        change(account, larger, moment=clock.now() + timedelta(hours=hours))


def test_the_same_again_is_no_change(bought, account, price):
    with pytest.raises(Refused) as refusal:
        change(account, price)
    assert refusal.value.field == "price"


def test_what_is_not_sold_in_this_currency_or_any_more(order, account, price, bought):
    dollars = PlanPrice(
        plan_version_id=price.plan_version_id, currency="USD", interval="month", amount=4_900
    )
    control_session().add(dollars)
    control_session().commit()
    with pytest.raises(Refused, match="CNY"):
        change(account, dollars)
    with pytest.raises(Refused, match="bought already"):
        order()


@pytest.mark.usefixtures("terms", "trial_over")
def test_from_card_to_transfer_at_the_end_of_the_period(account, buy, price, larger, line):
    buy(price)
    with pytest.raises(Refused, match="by card"):
        buying.order(account, larger, extra_seats=0, moment=clock.now(), by=audit.SYSTEM)
    card = live_subscription(account)
    v1 = line.stripe.client.v1
    v1.subscriptions.update(card.stripe_id, {"cancel_at_period_end": True})
    line.bring()
    control_session().expire_all()
    ends = card.cancels_at
    pay(buying.order(account, larger, extra_seats=0, moment=clock.now(), by=audit.SYSTEM))
    assert live_subscription(account) == card
    assert account.plan_version_id == price.plan_version_id
    line.pass_days((ends - clock.now()).total_seconds() / 86_400 + 0.1)
    line.bring()
    control_session().expire_all()
    bought = live_subscription(account)
    assert (bought.provider, bought.period_began_at) == ("transfer", ends)
    assert (account.standing, account.provider) == ("active", "transfer")
    assert account.plan_version_id == larger.plan_version_id


def test_from_transfer_to_card_at_the_end_of_the_period(bought, account, line, price):
    def checkout():
        return begin_checkout(
            account,
            price,
            extra_seats=0,
            submission="to-card",
            back_url="http://acme.localhost/settings/billing",
            by=audit.SYSTEM,
        )

    with pytest.raises(Refused, match="by transfer"):
        checkout()
    buying.give_up(account, reason="card is easier", by=audit.SYSTEM)
    control_session().expire_all()
    session = checkout().rstrip("/").rsplit("/", 1)[-1].split("#")[0]
    line.stripe.knob(f"checkout/{session}/complete")
    line.bring()
    control_session().expire_all()
    card = live_subscription(account)
    assert (card.provider, card.trial_ends_at) == ("stripe", bought.period_ends_at)
    assert account.standing == "active"
    line.pass_days((bought.period_ends_at - clock.now()).total_seconds() / 86_400 + 0.2)
    do_due()
    line.bring()
    control_session().expire_all()
    assert (bought.state, account.standing) == ("canceled", "active")

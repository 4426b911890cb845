"""Events in any order, twice, lost, late or cut off in the middle: the mirror ends up the same."""

import random
from datetime import timedelta

import pytest

from control.billing import accounts
from control.billing.coupons import add_coupon, offer_at_stripe
from control.billing.models import Drift, EventState, Invoice, StripeEvent, Subscription
from control.billing.online import inbox, mirror, reconcile
from control.billing.online.changing import apply_change
from control.billing.online.fetching import fetch_subscription
from kit import audit, clock
from kit.db import control_session
from kit.errors import Refused

_TWO_HOURS = timedelta(hours=2)
SHOWN = ("stripe_id", "state", "extra_seats", "period_ends_at", "cancels_at", "plan_version_id")
OWED = ("stripe_id", "state", "total_amount", "remaining_amount", "refunded_amount", "is_disputed")


def picture(account):
    control_session().expire_all()

    def rows(model, names):
        found = control_session().query(model).filter_by(account_id=account.id)
        return sorted(tuple(getattr(one, name) for name in names) for one in found)

    return (
        account.standing,
        account.workspace.state,
        rows(Subscription, SHOWN),
        rows(Invoice, OWED),
    )


@pytest.fixture
def history(account, buy, price, larger, line):
    """A year in short: bought, seats added, a refund, a failed month, paid."""
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    buy(price)
    line.pass_days(1)
    apply_change(
        account, larger, extra_seats=2, moment=clock.now(), submission="1", by=audit.SYSTEM
    )
    v1 = line.stripe.client.v1
    charge = v1.charges.list({"customer": account.stripe_customer_id}).data[0]
    v1.refunds.create({"charge": charge.id, "amount": 100})
    line.pass_days(35)
    news = line.news()
    kinds = {one.kind for one in news}
    assert {"customer.subscription.updated", "charge.refunded", "invoice.paid"} <= kinds
    return news


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_repetition_end_in_the_same_picture(history, account, line, seed):
    mixed = history + history[: len(history) // 2]
    random.Random(seed).shuffle(mixed)
    line.bring(mixed)
    once = picture(account)
    assert [row[1] for row in once[2]] == ["active"]
    assert sum(row[4] for row in once[3]) == 100
    # All of it again changes nothing.
    for event in control_session().query(StripeEvent):
        inbox.replay(event, by=audit.SYSTEM)
    line.work()
    assert picture(account) == once
    states = {one.state for one in control_session().query(StripeEvent)}
    assert states == {EventState.DONE, EventState.IGNORED}


def test_an_event_that_comes_twice_is_entered_once_and_counted(history, line):
    first = history[0]
    assert inbox.take_in(first, way="webhook")
    assert not inbox.take_in(first, way="webhook")
    control_session().expire_all()
    event = inbox.find_event(first.id)
    assert event.deliveries == 2
    line.work()


def test_a_replay_of_one_that_waits_is_refused(history):
    event = next(one for one in history if one.object_kind == "invoice")
    inbox.take_in(event, way="webhook")
    with pytest.raises(Refused):
        inbox.replay(inbox.find_event(event.id), by=audit.SYSTEM)


def test_what_decides_nothing_is_entered_and_makes_no_work(history):
    event = next(one for one in history if one.object_kind == "customer")
    assert inbox.take_in(event, way="webhook")
    assert inbox.waiting_count() == 0
    assert inbox.find_event(event.id).state == "ignored"


def test_a_fetch_that_began_earlier_never_overwrites(account, buy, price, line):
    buy(price)
    stripe_id = accounts.live_subscription(account).stripe_id
    early = mirror.take_ticket()
    old = fetch_subscription(stripe_id)
    line.stripe.client.v1.subscriptions.cancel(stripe_id)
    late = mirror.take_ticket()
    assert mirror.show_subscription(fetch_subscription(stripe_id), ticket=late)
    assert not mirror.show_subscription(old, ticket=early)
    assert picture(account)[2][0][1] == "canceled"


def test_a_crash_between_any_two_steps_is_mended_by_the_next_try(
    history, account, line, monkeypatch
):
    """Whatever dies after the fetch leaves the event waiting, and nothing of it in the mirror."""
    before = picture(account)

    def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_mark", die)
        for one in history:
            inbox.take_in(one, way="webhook")
        line.work()
    assert picture(account) == before
    assert {one.state for one in control_session().query(StripeEvent)} >= {EventState.WAITING}
    reconcile_all(line)
    assert [row[1] for row in picture(account)[2]] == ["active"]


def reconcile_all(line):
    control_session().execute(
        StripeEvent.__table__.update().values(created_at=StripeEvent.created_at - _TWO_HOURS)
    )
    control_session().commit()
    assert reconcile.requeue_waiting() > 0
    line.work()


def test_what_no_event_told_is_found_mended_and_written_down(history, account, line):
    drifted = reconcile.compare_changed().drifted
    assert drifted > 0
    once = picture(account)
    assert [row[1] for row in once[2]] == ["active"]
    notes = control_session().query(Drift).all()
    assert len(notes) == drifted
    assert all(one.differences for one in notes)
    assert reconcile.compare_changed().drifted == 0
    line.bring(history)
    assert picture(account) == once


def test_events_that_could_not_be_delivered_are_fetched(account, buy, price, line):
    line.stripe.knob(
        "webhooks/endpoint", url="http://127.0.0.1:9/nowhere", secret="whsec_nobody_is_there"
    )
    line.stripe.knob("webhooks", drop=True)
    buy(price)
    line.stripe.knob("webhooks/settle", seconds=5)
    stripe_id = accounts.live_subscription(account).stripe_id
    line.stripe.client.v1.subscriptions.cancel(stripe_id)
    assert reconcile.fetch_missed_events() > 0
    line.work()
    assert picture(account)[2][0][1] == "canceled"


def test_strangers_and_what_is_gone_change_nothing(account, line):
    made = line.stripe.client.v1.customers.create({"name": "somebody else"})
    product = line.stripe.client.v1.products.create({"name": "other"})
    other = line.stripe.client.v1.prices.create(
        {
            "product": product.id,
            "currency": "cny",
            "unit_amount": 100,
            "recurring": {"interval": "month"},
        }
    )
    line.stripe.client.v1.subscriptions.create(
        {"customer": made.id, "items": [{"price": other.id}], "trial_period_days": 7}
    )
    before = picture(account)
    line.bring()
    assert picture(account) == before
    assert {one.state for one in control_session().query(StripeEvent)} <= {
        EventState.DONE,
        EventState.IGNORED,
    }


def test_an_invoice_is_for_the_time_of_its_lines(buy, price, line, account):
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    buy(price)
    line.pass_days(31.1)
    line.bring()
    control_session().expire_all()
    first, second = control_session().query(Invoice).order_by(Invoice.issued_at).all()
    bought = accounts.live_subscription(account)
    assert (second.period_began_at, second.period_ends_at) == (
        bought.period_began_at,
        bought.period_ends_at,
    )
    assert first.period_ends_at == second.period_began_at
    assert all(one["recurs"] and one["off"] == 0 for one in second.lines)


def test_a_coupon_is_mirrored_by_its_code_until_it_is_used_up(buy, price, line, account):
    coupon = add_coupon("SPRING-20", percent=20, months=1, by=audit.SYSTEM)
    offer_at_stripe(coupon, by=audit.SYSTEM)
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    buy(price, promotion_code="SPRING-20")
    assert accounts.live_subscription(account).coupon == "SPRING-20"
    paid = control_session().query(Invoice).one()
    assert (paid.total_amount, paid.lines[0]["off"]) == (23_920, 5_980)
    line.pass_days(32)
    line.bring()
    control_session().expire_all()
    assert accounts.live_subscription(account).coupon is None

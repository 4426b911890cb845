"""The life of a subscription under a test clock."""

import pytest
import stripe

from tests.infra.stripe_server.conftest import DAY


def statuses(at_stripe, sub):
    found = at_stripe.v1.subscriptions.retrieve(sub.id, {"expand": ["latest_invoice"]})
    return found.status, found.latest_invoice.status


def test_it_is_paid_at_once_and_renews_on_its_day(at_stripe):
    clock = at_stripe.clock()
    sub = at_stripe.subscribe(at_stripe.customer(clock=clock), at_stripe.price())
    assert (sub.status, sub.latest_invoice.status) == ("active", "paid")
    assert sub.latest_invoice.billing_reason == "subscription_create"
    start, end = (getattr(sub["items"].data[0], f"current_period_{each}") for each in
                  ("start", "end"))  # fmt: skip
    # 31 January to 28 February, and then 31 March.
    assert (end - start) // DAY == 28
    at_stripe.advance(clock, days=22)
    (coming,) = at_stripe.v1.events.list({"type": "invoice.upcoming"}).data
    assert coming.data.object["amount_due"] == 3_000
    at_stripe.advance(clock, days=6.1)
    again = at_stripe.v1.subscriptions.retrieve(sub.id, {"expand": ["latest_invoice"]})
    assert again["items"].data[0].current_period_start == end
    assert (again["items"].data[0].current_period_end - end) // DAY == 31
    assert again.latest_invoice.billing_reason == "subscription_cycle"
    assert (again.latest_invoice.status, again.latest_invoice.amount_paid) == ("paid", 3_000)
    # The invoice looks back; its line says what is paid.
    assert (again.latest_invoice.period_start, again.latest_invoice.period_end) == (start, end)
    assert again.latest_invoice.lines.data[0].period.start == end


def test_a_trial_warns_and_then_charges(at_stripe):
    clock = at_stripe.clock()
    customer = at_stripe.customer(clock=clock)
    sub = at_stripe.subscribe(customer, at_stripe.price(), trial_period_days=14)
    assert (sub.status, sub.latest_invoice.total, sub.latest_invoice.status) == (
        "trialing", 0, "paid",
    )  # fmt: skip
    at_stripe.advance(clock, days=11.1)
    assert at_stripe.kinds()[-2:] == [
        "customer.subscription.trial_will_end", "test_helpers.test_clock.ready",
    ]  # fmt: skip
    at_stripe.advance(clock, days=2.9)
    # For an hour the invoice is a draft.
    assert statuses(at_stripe, sub) == ("active", "draft")
    at_stripe.advance(clock, days=0.1)
    assert statuses(at_stripe, sub) == ("active", "paid")


@pytest.mark.parametrize(
    ("wanted", "ending"), [("cancel", "canceled"), ("pause", "paused"),
                           ("create_invoice", "past_due")],
)  # fmt: skip
def test_a_trial_without_a_card_ends_as_agreed(at_stripe, wanted, ending):
    clock = at_stripe.clock()
    sub = at_stripe.subscribe(
        at_stripe.customer("", clock=clock), at_stripe.price(), trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": wanted}},
    )  # fmt: skip
    at_stripe.advance(clock, days=14.1)
    assert at_stripe.v1.subscriptions.retrieve(sub.id).status == ending


def test_a_first_payment_that_fails_leaves_it_incomplete(at_stripe):
    clock = at_stripe.clock()
    customer = at_stripe.customer("pm_card_chargeCustomerFail", clock=clock)
    price = at_stripe.price()
    one, two = (at_stripe.subscribe(customer, price) for _ in range(2))
    assert (one.status, one.latest_invoice.status) == ("incomplete", "open")
    at_stripe.use_card(customer, "pm_card_visa")
    at_stripe.v1.invoices.pay(one.latest_invoice.id)
    assert at_stripe.v1.subscriptions.retrieve(one.id).status == "active"
    at_stripe.advance(clock, days=1)
    assert statuses(at_stripe, two) == ("incomplete_expired", "void")
    with pytest.raises(stripe.CardError):
        at_stripe.subscribe(
            at_stripe.customer("pm_card_chargeCustomerFail"), price,
            payment_behavior="error_if_incomplete",
        )  # fmt: skip


def test_it_wants_something_to_charge(at_stripe):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.subscribe(at_stripe.customer(""), at_stripe.price())
    assert refused.value.code == "resource_missing"


def test_it_is_sent_as_an_invoice_and_falls_due(at_stripe):
    clock = at_stripe.clock()
    sub = at_stripe.subscribe(
        at_stripe.customer("", clock=clock), at_stripe.price(),
        collection_method="send_invoice", days_until_due=7,
    )  # fmt: skip
    assert (sub.status, sub.latest_invoice.status) == ("active", "draft")
    at_stripe.advance(clock, days=0.1)
    invoice = at_stripe.v1.invoices.retrieve(sub.latest_invoice.id)
    assert (invoice.status, (invoice.due_date - invoice.created) // DAY) == ("open", 7)
    at_stripe.advance(clock, days=8)
    assert at_stripe.v1.subscriptions.retrieve(sub.id).status == "past_due"
    at_stripe.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert statuses(at_stripe, sub) == ("active", "paid")


def test_it_ends_with_its_period_unless_that_is_taken_back(at_stripe):
    clock = at_stripe.clock()
    customer = at_stripe.customer(clock=clock)
    price = at_stripe.price()
    one, two = (at_stripe.subscribe(customer, price) for _ in range(2))
    for each in (one, two):
        ending = at_stripe.v1.subscriptions.update(each.id, {"cancel_at_period_end": True})
        assert ending.cancel_at == ending["items"].data[0].current_period_end
    kept = at_stripe.v1.subscriptions.update(two.id, {"cancel_at_period_end": False})
    assert kept.cancel_at is None
    at_stripe.advance(clock, days=28.1)
    assert at_stripe.v1.subscriptions.retrieve(one.id).status == "canceled"
    assert at_stripe.v1.subscriptions.retrieve(two.id).status == "active"
    gone = at_stripe.v1.subscriptions.cancel(two.id)
    assert (gone.status, gone.cancellation_details.reason) == (
        "canceled", "cancellation_requested",
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError):
        at_stripe.v1.subscriptions.cancel(two.id)


def test_it_collects_nothing_while_that_is_paused(at_stripe):
    clock = at_stripe.clock()
    sub = at_stripe.subscribe(at_stripe.customer(clock=clock), at_stripe.price())
    at_stripe.v1.subscriptions.update(sub.id, {"pause_collection": {"behavior": "void"}})
    at_stripe.advance(clock, days=29)
    assert statuses(at_stripe, sub) == ("active", "void")

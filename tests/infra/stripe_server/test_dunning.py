"""A card that fails: what is tried again, when, and what is said about it."""

import pytest

from tests.infra.stripe_server.conftest import DAY


@pytest.fixture
def failing(at_stripe):
    """A subscription whose first renewal has just failed."""
    clock = at_stripe.clock()
    customer = at_stripe.customer(clock=clock)
    sub = at_stripe.subscribe(customer, at_stripe.price())
    at_stripe.use_card(customer, "pm_card_chargeCustomerFail")
    at_stripe.advance(clock, days=28.1)
    return at_stripe, clock, sub


def current(at_stripe, sub):
    return at_stripe.v1.subscriptions.retrieve(sub.id, {"expand": ["latest_invoice"]})


def test_a_failed_renewal_says_so_and_when_it_tries_again(failing):
    at_stripe, _clock, sub = failing
    found = current(at_stripe, sub)
    invoice = found.latest_invoice
    assert (found.status, invoice.status, invoice.attempt_count) == ("past_due", "open", 1)
    # An hour after the period ended the draft was opened, and tried at once.
    assert invoice.next_payment_attempt == invoice.status_transitions.finalized_at + DAY
    told = at_stripe.kinds(types=[
        "invoice.payment_failed", "customer.subscription.updated", "charge.failed",
        "payment_intent.payment_failed",
    ])[-4:]  # fmt: skip
    assert told == [
        "charge.failed", "payment_intent.payment_failed", "invoice.payment_failed",
        "customer.subscription.updated",
    ]  # fmt: skip
    change = at_stripe.v1.events.list({"type": "customer.subscription.updated"}).data[0]
    assert change.data.object["status"] == "past_due"
    assert change.data.previous_attributes["status"] == "active"


def test_it_is_tried_on_the_agreed_days_and_then_no_more(failing):
    at_stripe, clock, sub = failing
    at_stripe.knob("settings", retry_days=[1, 1, 8, 6])
    counts = []
    for days in (1, 1, 8, 6, 5):
        at_stripe.advance(clock, days=days)
        counts.append(current(at_stripe, sub).latest_invoice.attempt_count)
    assert counts == [2, 3, 4, 5, 5]
    found = current(at_stripe, sub)
    assert (found.status, found.latest_invoice.next_payment_attempt) == ("unpaid", None)
    at_stripe.advance(clock, days=20)
    # Nobody who does not pay is charged for the next month as well.
    assert current(at_stripe, sub).latest_invoice.status == "draft"


@pytest.mark.parametrize("ending", ["past_due", "canceled"])
def test_what_follows_the_last_try_is_a_setting(failing, ending):
    at_stripe, clock, sub = failing
    at_stripe.knob("settings", after_retries=ending, retry_days=[1])
    at_stripe.advance(clock, days=2)
    assert current(at_stripe, sub).status == ending


def test_all_is_well_again_once_it_is_paid(failing):
    at_stripe, clock, sub = failing
    at_stripe.advance(clock, days=1)
    at_stripe.use_card(sub.customer, "pm_card_visa")
    assert at_stripe.v1.customers.retrieve(sub.customer).delinquent
    paid = at_stripe.v1.invoices.pay(current(at_stripe, sub).latest_invoice.id)
    assert (paid.status, paid.attempt_count, paid.next_payment_attempt) == ("paid", 3, None)
    assert current(at_stripe, sub).status == "active"
    assert not at_stripe.v1.customers.retrieve(sub.customer).delinquent


def test_the_next_try_takes_a_card_that_was_changed_meanwhile(failing):
    at_stripe, clock, sub = failing
    at_stripe.use_card(sub.customer, "pm_card_visa")
    at_stripe.advance(clock, days=1)
    assert current(at_stripe, sub).status == "active"


@pytest.mark.parametrize("verb", ["void_invoice", "mark_uncollectible"])
def test_a_debt_that_is_let_go_ends_it_too(failing, verb):
    at_stripe, _clock, sub = failing
    invoice = current(at_stripe, sub).latest_invoice
    getattr(at_stripe.v1.invoices, verb)(invoice.id)
    assert current(at_stripe, sub).status == "active"


def test_a_bank_that_asks_each_time_needs_the_customer(at_stripe):
    clock = at_stripe.clock()
    customer = at_stripe.customer(clock=clock)
    sub = at_stripe.subscribe(customer, at_stripe.price())
    at_stripe.use_card(customer, "pm_card_authenticationRequired")
    at_stripe.advance(clock, days=28.1)
    assert current(at_stripe, sub).status == "past_due"
    assert "invoice.payment_action_required" in at_stripe.kinds()

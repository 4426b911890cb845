"""Stripe down, slow, crowded, or silent after having acted."""

import time
from uuid import uuid4

import pytest
import stripe

CHARGE = {"amount": 900, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa",
          "allowed_payment_method_types": ["card"]}  # fmt: skip


@pytest.fixture
def pay(at_stripe):
    key = uuid4().hex
    return lambda: at_stripe.v1.payment_intents.create(CHARGE, {"idempotency_key": key})


def charges(at_stripe):
    return len(at_stripe.v1.charges.list().data)


@pytest.mark.parametrize(
    ("kind", "error"),
    [("down", stripe.APIConnectionError), ("429", stripe.RateLimitError),
     ("500", stripe.APIError)],
)  # fmt: skip
def test_nothing_is_done_when_it_is_down(at_stripe, pay, kind, error):
    at_stripe.knob("faults", kind=kind, method="POST")
    with pytest.raises(error):
        pay()
    assert charges(at_stripe) == 0
    assert pay().status == "succeeded"
    assert charges(at_stripe) == 1


@pytest.mark.parametrize(
    ("kind", "error"), [("500_after", stripe.APIError), ("cut", stripe.APIConnectionError)]
)
def test_what_was_done_without_an_answer_is_not_done_again(at_stripe, pay, kind, error):
    at_stripe.knob("faults", kind=kind, method="POST")
    with pytest.raises(error):
        pay()
    assert charges(at_stripe) == 1
    assert pay().status == "succeeded"
    assert charges(at_stripe) == 1


def test_a_key_may_keep_its_500_for_ever(at_stripe, pay):
    at_stripe.knob("faults", kind="500_kept", method="POST")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            pay()
    # What happened is found by asking.
    assert charges(at_stripe) == 1


def test_it_is_slow(at_stripe):
    at_stripe.knob("faults", kind="slow", seconds=0.4, path="/v1/balance")
    started = time.monotonic()
    at_stripe.v1.products.list()
    assert time.monotonic() - started < 0.35
    at_stripe.v1.balance.retrieve()
    assert time.monotonic() - started > 0.35


def test_a_fault_is_of_one_account(at_stripe, stripe_url):
    at_stripe.knob("faults", kind="500", times=5)
    other = stripe.StripeClient(
        "sk_test_other", base_addresses={"api": stripe_url}, max_network_retries=0
    )
    assert other.v1.products.list().data == []
    at_stripe.knob("reset")
    assert at_stripe.v1.products.list().data == []

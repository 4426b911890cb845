"""One key, one deed."""

import time
from threading import Thread
from uuid import uuid4

import pytest
import stripe

CHARGE = {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
          "allowed_payment_method_types": ["card"]}  # fmt: skip


def once(key):
    return {"idempotency_key": key}


@pytest.fixture
def key():
    return uuid4().hex


def test_the_same_key_and_body_get_the_same_answer(at_stripe, key):
    one, two = (at_stripe.v1.payment_intents.create(CHARGE, once(key)) for _ in range(2))
    assert one.id == two.id
    assert len(at_stripe.v1.charges.list({"payment_intent": one.id}).data) == 1


def test_the_same_key_with_another_body_is_an_error(at_stripe, key):
    at_stripe.v1.payment_intents.create(CHARGE, once(key))
    with pytest.raises(stripe.IdempotencyError):
        at_stripe.v1.payment_intents.create(CHARGE | {"amount": 501}, once(key))


def test_a_card_that_was_declined_stays_declined_for_its_key(at_stripe, key):
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            at_stripe.v1.payment_intents.create(
                CHARGE | {"payment_method": "pm_card_chargeDeclined"}, once(key)
            )
        assert refused.value.code == "card_declined"
    assert len(at_stripe.v1.payment_intents.list({"limit": 1}).data) == 1


def test_a_request_that_was_never_begun_may_be_corrected(at_stripe, key):
    with pytest.raises(stripe.InvalidRequestError):
        at_stripe.v1.payment_intents.create(CHARGE | {"nonsense": 1}, once(key))
    assert at_stripe.v1.payment_intents.create(CHARGE, once(key)).status == "succeeded"


def test_two_at_once_with_one_key_are_told_apart(at_stripe, key):
    at_stripe.knob("faults", kind="busy", seconds=0.6, method="POST", path="/v1/payment_intents")
    done = []
    first = Thread(
        target=lambda: done.append(at_stripe.v1.payment_intents.create(CHARGE, once(key)))
    )
    first.start()
    time.sleep(0.25)
    with pytest.raises(stripe.StripeError) as refused:
        at_stripe.v1.payment_intents.create(CHARGE, once(key))
    assert refused.value.http_status == 409
    assert refused.value.error.code == "idempotency_key_in_use"
    first.join()
    assert at_stripe.v1.payment_intents.create(CHARGE, once(key)).id == done[0].id

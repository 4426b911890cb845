"""The one door to Stripe: where it leads, and what people are told when it does not open."""

import logging
import time

import pytest
import stripe
from pydantic import SecretStr

from kit.db import control_transaction
from kit.errors import Misconfigured, Refused
from kit.payments import Declined, Unclear, calling_stripe, client, has_stripe, stripe_client


def test_it_speaks_to_the_server_of_this_machine(stripe_here):
    assert has_stripe()
    made = stripe_client().v1.products.create({"name": "Standard"})
    assert stripe_here.client.v1.products.retrieve(made.id).name == "Standard"
    assert stripe_client() is stripe_client()
    assert not stripe.enable_telemetry


def test_it_speaks_for_a_connected_account(stripe_here):
    account = stripe_here.client.v1.accounts.create({"country": "HK"}).id
    made = stripe_client(account=account).v1.products.create({"name": "theirs"})
    with pytest.raises(Declined), calling_stripe():
        stripe_client().v1.products.retrieve(made.id)


def test_without_a_key_there_is_bank_transfer_only(settled):
    assert not has_stripe()
    with pytest.raises(Misconfigured, match="STRIPE_KEY"):
        stripe_client()


@pytest.mark.parametrize(
    ("environment", "base"),
    [
        ("production", "http://127.0.0.1:12111"),
        ("development", "http://stripe.test"),
        ("development", "https://127.0.0.1:12111"),
        ("development", "http://127.0.0.1.evil.test"),
    ],
)
def test_it_is_led_nowhere_else(settled, environment, base):
    settled(environment=environment, stripe_key=SecretStr("sk_test_1"), stripe_api_base=base)
    with pytest.raises(Misconfigured, match="STRIPE_API_BASE") as refused:
        stripe_client()
    assert "sk_test" not in str(refused.value)


def test_nobody_calls_while_a_transaction_is_open(stripe_here):
    with pytest.raises(RuntimeError, match="transaction"), control_transaction():
        stripe_client().v1.balance.retrieve()


@pytest.mark.parametrize("kind", ["500_after", "cut", "down", "500"])
def test_one_fault_is_got_over_and_charges_once(stripe_here, kind):
    stripe_here.knob("faults", kind=kind, method="POST")
    with calling_stripe():
        stripe_client().v1.payment_intents.create({
            "amount": 500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
        })  # fmt: skip
    assert len(stripe_here.client.v1.charges.list().data) == 1


@pytest.mark.parametrize("kind", ["down", "500", "500_after", "500_kept", "429"])
def test_lasting_trouble_is_unclear_and_says_what_follows(stripe_here, kind):
    stripe_here.knob("faults", kind=kind, times=9)
    started = time.monotonic()
    with pytest.raises(Unclear, match="Nothing is charged twice"), calling_stripe():
        stripe_client().v1.products.create({"name": "x"})
    assert time.monotonic() - started < 5
    # What was refused for crowding is not hurried, what is kept for ever is not asked for again,
    # and the rest is tried a bounded number of times.
    tries = {"429": 1, "500_kept": 2}.get(kind, 1 + client.RETRIES)
    assert stripe_here.knob("faults", kind="busy", times=0)[0]["times"] == 9 - tries


def test_it_waits_no_longer_than_it_says(stripe_here, monkeypatch):
    monkeypatch.setattr(client, "READ_SECONDS", 0.2)
    monkeypatch.setattr(client, "RETRIES", 0)
    client._client.cache_clear()
    stripe_here.knob("faults", kind="slow", seconds=1)
    started = time.monotonic()
    with pytest.raises(Unclear), calling_stripe():
        stripe_client().v1.products.list()
    assert time.monotonic() - started < 0.9


@pytest.mark.parametrize(
    ("card", "words", "code"),
    [
        ("pm_card_chargeDeclinedInsufficientFunds", "too little money", "insufficient_funds"),
        ("pm_card_chargeDeclined", "declined", "generic_decline"),
        ("pm_card_chargeDeclinedExpiredCard", "expired", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "security code", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "could not process", "processing_error"),
    ],
)
def test_a_card_that_says_no_is_explained(stripe_here, card, words, code):
    with pytest.raises(Declined, match=words) as refused, calling_stripe():
        stripe_client().v1.payment_intents.create({
            "amount": 500, "currency": "usd", "confirm": True, "payment_method": card,
            "allowed_payment_method_types": ["card"],
        })  # fmt: skip
    assert refused.value.code == code
    assert isinstance(refused.value, Refused)
    assert refused.value.__cause__ is None


def test_what_is_our_own_fault_is_said_without_secrets(stripe_here, settled, capfd, caplog):
    settled(stripe_key=SecretStr("sk_live_very_secret_key_1"))
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(Declined, match="not set up correctly"),
        calling_stripe(),
    ):
        stripe_client().v1.customers.create({"email": "private@example.com"})
    everything = "".join(capfd.readouterr()) + caplog.text
    assert "very_secret" not in everything
    assert "private@example.com" not in everything


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (lambda v1: v1.customers.retrieve("cus_none"), "no longer there"),
        (lambda v1: v1.products.create({"nonsense": 1}), "did not accept"),
        (lambda v1: v1.subscriptions.create({"customer": v1.customers.create({}).id, "items": [
            {"price": "price_none"}]}), "no longer there"),
    ],
)  # fmt: skip
def test_what_stripe_does_not_accept_is_explained(stripe_here, deed, words):
    with pytest.raises(Declined, match=words), calling_stripe():
        deed(stripe_client().v1)

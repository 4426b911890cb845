"""What a request may say, and how the answers read."""

from types import NoneType
from typing import get_args

import pytest
import stripe
from stripe._request_options import RequestOptions

from infra.stripe_server.parameters import decode, validate
from infra.stripe_server.routes import ROUTES
from infra.stripe_server.server import StripeServer

_OPTIONS = frozenset(RequestOptions.__annotations__)


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"nonsense": 1}, "parameter_unknown", "nonsense"),
        ({"items": [{"price": "p", "colour": 1}]}, "parameter_unknown", "items[0][colour]"),
        ({"items": [{"price": "p", "quantity": "many"}]}, "parameter_invalid_integer",
         "items[0][quantity]"),
        ({"items": [{"price": "p"}]}, "parameter_missing", "customer"),
        ({"items": [{"price_data": {"currency": "usd", "recurring": {"interval": "month"}}}]},
         "parameter_missing", "items[0][price_data][product]"),
    ],
)  # fmt: skip
def test_it_refuses_what_the_library_does_not_know(at_stripe, given, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.subscriptions.create(given)
    assert (refused.value.code, refused.value.param) == (code, param)
    assert refused.value.http_status == 400


def test_it_refuses_words_that_are_none(at_stripe):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.checkout.sessions.create({"mode": "barter", "success_url": "https://x.test"})
    assert refused.value.param == "mode"


@pytest.mark.parametrize("key", ["sk_live_wrong", "nonsense"])
def test_it_wants_a_key_of_its_own(stripe_url, key):
    client = stripe.StripeClient(key, base_addresses={"api": stripe_url}, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve()


def test_what_is_missing_is_said_to_be(at_stripe):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.customers.retrieve("cus_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.subscriptions.create({"customer": "cus_none", "items": [{"price": "p"}]})
    assert (refused.value.http_status, refused.value.param) == (400, "customer")


def test_an_empty_text_unsets_and_metadata_is_merged(at_stripe):
    made = at_stripe.v1.customers.create(
        {"name": "Ada", "description": "x", "metadata": {"a": "1", "b": "2"}}
    )
    changed = at_stripe.v1.customers.update(
        made.id, {"description": "", "metadata": {"a": "", "c": "3"}}
    )
    assert changed.description is None
    assert changed.name == "Ada"
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}


def test_every_field_of_the_library_can_be_read(at_stripe):
    sub = at_stripe.subscribe(at_stripe.customer(), at_stripe.price(), expand=[
        "latest_invoice.payments.data.payment.payment_intent", "customer",
        "default_payment_method",
    ])  # fmt: skip
    invoice = sub.latest_invoice
    intent = invoice.payments.data[0].payment.payment_intent
    charge = at_stripe.v1.charges.retrieve(intent.latest_charge)
    for each in (sub, invoice, intent, charge, sub.customer, sub["items"].data[0].price):
        for name, hint in type(each).__annotations__.items():
            if NoneType in get_args(hint) and name not in _asked_for(each):
                assert name in each, f"{each.object}.{name}"


def _asked_for(found):
    """Return the fields that come only when they are expanded."""
    return {
        "invoice": {"deleted", "payments", "confirmation_secret"},
        "charge": {"refunds"},
        "customer": {"deleted", "subscriptions", "tax_ids", "sources", "cash_balance"},
        "price": {"deleted", "currency_options", "tiers"},
    }.get(found.object, set())


def test_every_route_is_one_that_the_library_calls():
    StripeServer()
    assert len(ROUTES) > 120
    for route in ROUTES:
        assert route.path.startswith("/v1/")
        # Nothing beyond what the typed dictionary of the call requires is required.
        needed = getattr(route.params, "__required_keys__", frozenset()) - _OPTIONS
        if not needed:
            assert validate(route.params, {}) == {}


def test_a_form_spells_what_is_nested():
    assert decode([
        ("items[0][price]", "a"), ("items[1][price]", "b"), ("metadata[x]", "1"),
        ("expand[]", "one"), ("expand[]", "two"),
    ]) == {
        "items": [{"price": "a"}, {"price": "b"}],
        "metadata": {"x": "1"},
        "expand": ["one", "two"],
    }  # fmt: skip

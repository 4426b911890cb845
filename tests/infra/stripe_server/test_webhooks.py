"""Events on their way: signed, late, twice, backwards, lost, and sent again."""

import time

import pytest
import stripe

from tests.infra.stripe_server.receiver import receiving


@pytest.fixture
def hooked(at_stripe):
    """An endpoint that hears of products, and the application behind it."""
    with receiving() as receiver:
        if at_stripe.account is None:
            pytest.skip("Stripe itself does not reach this machine")
        made = at_stripe.v1.webhook_endpoints.create(
            {"url": receiver.url, "enabled_events": ["product.created"]}
        )
        receiver.secret = made.secret
        yield at_stripe, receiver


def make(at_stripe, *names):
    return [at_stripe.v1.products.create({"name": name}).id for name in names]


def names(receiver):
    return [event.data.object.name for event in receiver.events(receiver.secret)]


def undelivered(at_stripe):
    found = at_stripe.v1.events.list({"type": "product.created", "delivery_success": False})
    return [each.data.object["name"] for each in found.data]


def test_an_event_comes_signed_and_only_where_it_is_wanted(hooked):
    at_stripe, receiver = hooked
    make(at_stripe, "A")
    at_stripe.v1.customers.create({"name": "not wanted"})
    at_stripe.knob("webhooks/settle")
    assert names(receiver) == ["A"]
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.events("whsec_other")
    (event,) = at_stripe.v1.events.list({"type": "product.created"}).data
    assert event.pending_webhooks == 0
    assert undelivered(at_stripe) == []
    # The secret is told once.
    (endpoint,) = at_stripe.v1.webhook_endpoints.list().data
    assert getattr(endpoint, "secret", None) is None


def test_one_that_fails_is_sent_again(hooked):
    at_stripe, receiver = hooked
    at_stripe.knob("webhooks", retries=[0.3])
    receiver.answers = [500]
    make(at_stripe, "A")
    receiver.wait(1)
    time.sleep(0.1)
    assert undelivered(at_stripe) == ["A"]
    receiver.wait(2)
    at_stripe.knob("webhooks/settle")
    assert undelivered(at_stripe) == []


def test_an_answer_may_be_lost_on_its_way_back(hooked):
    at_stripe, receiver = hooked
    at_stripe.knob("webhooks", fail_first=True, retries=[0.1])
    make(at_stripe, "A")
    receiver.wait(2)
    assert names(receiver) == ["A", "A"]


def test_events_come_twice_late_and_backwards(hooked):
    at_stripe, receiver = hooked
    at_stripe.knob("webhooks", duplicate=1, reorder=4)
    make(at_stripe, "A", "B")
    receiver.wait(4)
    assert names(receiver) == ["B", "B", "A", "A"]
    at_stripe.knob("webhooks", duplicate=0, reorder=0, delay=0.4)
    started = time.monotonic()
    make(at_stripe, "C")
    receiver.wait(5)
    assert time.monotonic() - started > 0.35


def test_events_get_lost_and_can_be_asked_for(hooked):
    at_stripe, receiver = hooked
    at_stripe.knob("webhooks", drop=1)
    make(at_stripe, "A", "B")
    at_stripe.knob("webhooks/settle")
    assert names(receiver) == ["B"]
    assert undelivered(at_stripe) == ["A"]
    lost = at_stripe.v1.events.list({"delivery_success": False, "type": "product.created"})
    at_stripe.knob(f"events/{lost.data[0].id}/send")
    receiver.wait(2)
    at_stripe.knob("webhooks/settle")
    assert names(receiver)[-1] == "A"
    assert undelivered(at_stripe) == []


def test_a_body_may_stop_in_the_middle(hooked):
    at_stripe, receiver = hooked
    at_stripe.knob("webhooks", hang=0.4)
    started = time.monotonic()
    make(at_stripe, "A")
    receiver.wait(1)
    assert time.monotonic() - started > 0.35
    assert names(receiver) == ["A"]


def test_an_application_that_is_down_finds_its_events_later(at_stripe):
    if at_stripe.account is None:
        pytest.skip("Stripe itself does not reach this machine")
    at_stripe.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/nobody", "enabled_events": ["*"]}
    )
    at_stripe.knob("webhooks", retries=[])
    make(at_stripe, "A", "B")
    at_stripe.knob("webhooks/settle")
    assert undelivered(at_stripe) == ["B", "A"]
    first = at_stripe.v1.events.list({"delivery_success": False, "limit": 1})
    assert first.has_more


def test_events_of_connected_accounts_go_to_their_own_endpoint(hooked):
    at_stripe, receiver = hooked
    at_stripe.knob("webhooks/endpoint", url=receiver.url, secret="whsec_connect", connect=True,
                   enabled_events=["product.created"])  # fmt: skip
    account = at_stripe.v1.accounts.create({"country": "HK"}).id
    at_stripe.v1.products.create({"name": "theirs"}, {"stripe_account": account})
    receiver.wait(1)
    (event,) = receiver.events("whsec_connect")
    assert (event.account, event.data.object.name) == (account, "theirs")

"""The door at which Stripe rings, and who else rings there."""

import json
import time

import pytest
from pydantic import SecretStr
from stripe import WebhookSignature

from control.billing import views
from control.billing.models import StripeEvent
from control.billing.online import reconcile
from control.billing.online.inbox import kept_count, replay, waiting_count
from kit import audit
from kit.db import control_session
from kit.errors import Refused
from kit.money import Money
from kit.payments import Way, news, provider_of, read_by
from kit.settings import get_settings

SECRET = "whsec_of_this_test"
URL = "/webhooks/stripe"


@pytest.fixture(autouse=True)
def _settled(settled, monkeypatch):
    settled(stripe_webhook_secret=SecretStr(SECRET))
    made = get_settings().model_copy(update={"stripe_webhook_secret": SecretStr(SECRET)})
    monkeypatch.setattr(views, "get_settings", lambda: made)


def body(event_id="evt_1", **about):
    return json.dumps(
        {
            "id": event_id,
            "object": "event",
            "type": "customer.subscription.updated",
            "created": int(time.time()),
            "data": {"object": {"object": "subscription", "id": "sub_1", **about}},
        }
    ).encode()


def signed(payload: bytes, *, secret=SECRET, at=None):
    moment = int(at or time.time())
    mark = WebhookSignature._compute_signature(f"{moment}.{payload.decode()}", secret)
    return {"Stripe-Signature": f"t={moment},v1={mark}"}


def entered():
    control_session().expire_all()
    return control_session().query(StripeEvent).count()


def entered_as(state):
    control_session().expire_all()
    return control_session().query(StripeEvent).filter_by(state=state).count()


def test_a_signed_event_is_entered_once_and_answered_at_once(client):
    payload = body()
    for _ in range(2):
        answer = client.post(URL, data=payload, headers=signed(payload))
        assert (answer.status_code, answer.data) == (200, b"")
    assert entered() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": "nonsense"},
        {"Stripe-Signature": "t=1,v1=0"},
        signed(body(), secret="whsec_of_somebody_else"),
        signed(body(), at=time.time() - 3_600),
        signed(body("evt_2")),
    ],
)
def test_what_is_not_signed_by_stripe_now_leaves_nothing(client, headers):
    assert client.post(URL, data=body(), headers=headers).status_code == 400
    assert entered() == 0


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b"\xff\xfe", b'{"id": 5}', b'"text"'])
def test_what_is_no_event_is_refused(client, payload):
    headers = signed(payload) if payload != b"\xff\xfe" else {"Stripe-Signature": "t=1,v1=0"}
    assert client.post(URL, data=payload, headers=headers).status_code == 400
    assert entered() == 0


def test_five_megabytes_are_not_even_read(client):
    payload = b"x" * 5_000_000
    assert client.post(URL, data=payload, headers=signed(payload)).status_code == 413


def test_an_unknown_kind_is_entered_and_found_to_be_of_no_interest(client, work, stripe_here):
    payload = body("evt_odd").replace(b"customer.subscription.updated", b"thing.happened")
    payload = payload.replace(b'"object": "subscription"', b'"object": "thing"')
    assert client.post(URL, data=payload, headers=signed(payload)).status_code == 200
    work()
    found = control_session().query(StripeEvent).one()
    assert (found.kind, found.state) == ("thing.happened", "ignored")


def test_an_unknown_object_is_noted_as_such(client, work, stripe_here):
    payload = body("evt_gone")
    client.post(URL, data=payload, headers=signed(payload))
    work()
    found = control_session().query(StripeEvent).one()
    assert (found.state, found.error) == ("ignored", "unknown object")


def of_a_shop(payload):
    return payload.replace(b'"object": "event"', b'"object": "event", "account": "acct_1"')


def test_an_event_of_a_connected_account_touches_nothing_of_ours(client, work, stripe_here):
    payload = of_a_shop(body())
    assert client.post(URL, data=payload, headers=signed(payload)).status_code == 200
    assert work() == []
    found = control_session().query(StripeEvent).one()
    assert (found.account, found.state, found.customer_id) == ("acct_1", "ignored", None)


def test_a_payment_of_a_workspace_is_kept_until_somebody_reads_it(
    client, work, stripe_here, monkeypatch
):
    shop = stripe_here.client.v1.accounts.create({"country": "HK", "type": "standard"}).id
    provider = provider_of("stripe", account=shop)
    made = provider.begin(
        Money(9_900, "CNY"), key="order-1", way=Way.CARD, description="SIM",
        return_url="https://shop.test/",
    )  # fmt: skip
    stripe_here.knob(f"checkout/{made.reference}/complete", account=shop)
    options = {"stripe_account": shop}
    (charge,) = stripe_here.client.v1.charges.list({}, options).data
    stripe_here.client.v1.payment_intents.create({"amount": 100, "currency": "cny"}, options)
    told = stripe_here.client.v1.events.list({"limit": 100}, options).data
    for event in told:
        payload = json.dumps(event.to_dict() | {"account": shop}).encode()
        assert client.post(URL, data=payload, headers=signed(payload)).status_code == 200
    assert work() == []
    assert (waiting_count(), kept_count() > 3) == (0, True)
    event = control_session().query(StripeEvent).filter_by(object_id=charge.id).first()
    with pytest.raises(Refused):
        replay(event, by=audit.SYSTEM)
    monkeypatch.setattr(reconcile, "STALE", -reconcile.STALE)
    assert reconcile.requeue_waiting() == 0

    read = []
    monkeypatch.setattr(news, "_readers", [])
    read_by(lambda one: read.append(one) or one.key == "order-1")
    with pytest.raises(ValueError, match="already"):
        read_by(bool)
    assert reconcile.requeue_waiting() == len(told) - entered_as("ignored")
    work()
    assert {(one.account, one.key, one.reference) for one in read} == {
        (shop, "order-1", made.reference)
    }
    assert event.stripe_id in {one.event for one in read}
    assert (kept_count(), entered_as("done")) == (0, len(read))
    # Now that there is a reader, what comes is passed on at once.
    payload = of_a_shop(body("evt_new")).replace(b'"acct_1"', f'"{shop}"'.encode())
    payload = payload.replace(b'"subscription"', b'"charge"').replace(b"sub_1", b"ch_of_nobody")
    client.post(URL, data=payload, headers=signed(payload))
    work()
    assert entered_as("waiting") == 0
    monkeypatch.setattr(news, "_readers", [lambda one: not one])
    replay(event, by=audit.SYSTEM)
    work()
    assert (event.state, event.error) == ("ignored", "unknown payment")


def test_without_a_secret_there_is_no_door(client, monkeypatch):
    made = get_settings().model_copy(update={"stripe_webhook_secret": None})
    monkeypatch.setattr(views, "get_settings", lambda: made)
    assert client.post(URL, data=body(), headers=signed(body())).status_code == 404

"""The door at which Stripe rings, and who else rings there."""

import json
import time

import pytest
from pydantic import SecretStr
from stripe import WebhookSignature

from control.billing import views
from control.billing.models import StripeEvent
from kit.db import control_session
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


def test_an_event_of_a_connected_account_is_not_ours(client):
    payload = body().replace(b'"object": "event"', b'"object": "event", "account": "acct_1"')
    assert client.post(URL, data=payload, headers=signed(payload)).status_code == 200
    assert entered() == 0


def test_without_a_secret_there_is_no_door(client, monkeypatch):
    made = get_settings().model_copy(update={"stripe_webhook_secret": None})
    monkeypatch.setattr(views, "get_settings", lambda: made)
    assert client.post(URL, data=body(), headers=signed(body())).status_code == 404

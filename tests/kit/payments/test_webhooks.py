"""What Stripe sends is believed only when it is signed by one of our secrets, and just now."""

import json
import time

import pytest
import stripe
from pydantic import SecretStr

from kit.errors import Misconfigured
from kit.payments import Forged, read_event
from kit.payments.webhooks import LONGEST
from tests.kit.payments.conftest import SECRET

EVENT = {
    "id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1_800_000_000,
    "data": {"object": {"id": "in_1", "object": "invoice", "customer_name": "号"}},
}  # fmt: skip


def signed(payload, secret=SECRET, *, at=None):
    if not isinstance(payload, bytes):
        payload = json.dumps(payload, ensure_ascii=False).encode()
    text = payload.decode(errors="replace")
    header = stripe.WebhookSignature.generate_signature_header(text, secret, at)
    return payload, header


def test_it_reads_an_event(settled):
    notice = read_event(*signed(EVENT))
    assert (notice.id, notice.kind, notice.account) == ("evt_1", "invoice.paid", "")
    assert (notice.object_kind, notice.object_id) == ("invoice", "in_1")
    assert notice.body["data"]["object"]["customer_name"] == "号"
    # What it holds of people is not for logs.
    assert "号" not in repr(notice)


def test_it_knows_the_account_and_any_of_our_secrets(settled):
    settled(stripe_webhook_secret=SecretStr(f"whsec_old, {SECRET}"))
    assert read_event(*signed(EVENT | {"account": "acct_1"})).account == "acct_1"
    assert read_event(*signed(EVENT, "whsec_old")).id == "evt_1"


@pytest.mark.parametrize(
    "forged",
    [
        lambda: signed(EVENT, "whsec_wrong"),
        lambda: (signed(EVENT)[0], None),
        lambda: (signed(EVENT)[0], "t=1,v1=" + "0" * 64),
        lambda: (signed(EVENT)[0], "nonsense"),
        lambda: (signed(EVENT)[0] + b" ", signed(EVENT)[1]),
        lambda: signed(EVENT, at=int(time.time()) - 301),
        lambda: signed(b"\xff\xfe"),
        lambda: signed(b"{"),
        lambda: signed(b"[1]"),
        lambda: signed({"id": "evt_1"}),
        lambda: signed(EVENT | {"data": {"object": None}}),
        lambda: signed(EVENT | {"id": 7}),
        lambda: signed(EVENT | {"x": "y" * LONGEST}),
    ],
    ids=["secret", "unsigned", "zeroes", "nonsense", "changed", "stale", "bytes", "cut", "list",
         "bare", "no object", "number", "long"],
)  # fmt: skip
def test_it_believes_nothing_else(settled, forged):
    with pytest.raises(Forged):
        read_event(*forged())


def test_an_empty_secret_signs_nothing(settled):
    settled(stripe_webhook_secret=SecretStr(" , "))
    with pytest.raises(Forged):
        read_event(*signed(EVENT, ""))
    settled(stripe_webhook_secret=None)
    with pytest.raises(Misconfigured):
        read_event(*signed(EVENT))

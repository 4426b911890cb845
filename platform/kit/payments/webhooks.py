"""Reads what Stripe sends: its raw bytes, its signature, its time."""

import json
from dataclasses import dataclass, field
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

from kit.errors import Misconfigured
from kit.settings import get_settings

TOLERANCE = 300
"""Seconds after which a signature is stale."""
LONGEST = 1_000_000
"""Bytes of a body; Stripe's own are far below."""


class Forged(Exception):
    """It is not from Stripe, not from now, or no event: nothing of it may be believed."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An event: something happened to an object, which is to be fetched fresh.

    `account` is the connected account it happened in, empty for our own.
    """

    id: str
    kind: str
    created: int
    object_kind: str
    object_id: str
    account: str = ""
    body: dict[str, Any] = field(default_factory=dict, repr=False)


def read_event(payload: bytes, signature: str | None, *, tolerance: int = TOLERANCE) -> Notice:
    """Return the event in a webhook's raw body; Forged unless one of our secrets signed it."""
    given = get_settings().stripe_webhook_secret
    if given is None:
        raise Misconfigured("The environment variable STRIPE_WEBHOOK_SECRET is needed.")
    if len(payload) > LONGEST:
        raise Forged("too long")
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise Forged("not text") from None
    secrets = [each.strip() for each in given.get_secret_value().split(",") if each.strip()]
    if not any(_is_signed(text, signature, secret, tolerance) for secret in secrets):
        raise Forged("no signature of ours")
    return _notice(text)


def _is_signed(text: str, signature: str | None, secret: str, tolerance: int) -> bool:
    try:
        WebhookSignature.verify_header(text, signature, secret, tolerance)
    except SignatureVerificationError:
        return False
    return True


def _notice(text: str) -> Notice:
    try:
        body = json.loads(text)
        found = body["data"]["object"]
        return Notice(
            id=_text(body["id"]),
            kind=_text(body["type"]),
            created=int(body["created"]),
            object_kind=_text(found.get("object", "")),
            object_id=_text(found.get("id", "")),
            account=_text(body.get("account") or ""),
            body=body,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Forged("no event") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value

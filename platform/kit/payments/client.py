"""The one door to Stripe: the official library, with our settings and within seconds."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
import stripe

from kit.db import in_transaction
from kit.errors import Misconfigured
from kit.payments.refusals import refusal_of
from kit.settings import get_settings

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
RETRIES = 2
"""More tries after the first, each with the same idempotency key."""
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})

# What we call, and how fast, is not for others to count.
stripe.enable_telemetry = False
# Below that it writes down what is sent: names and addresses of people.
logging.getLogger("stripe").setLevel(logging.WARNING)


class _Line(stripe.RequestsClient):
    """Calls that nobody may make while a transaction is open."""

    def request(self, *called: Any, **named: Any) -> Any:
        if in_transaction():
            raise RuntimeError("no call to Stripe while a transaction is open")
        return super().request(*called, **named)


def has_stripe() -> bool:
    """Tell whether workspaces can be billed through Stripe; bank transfer always works."""
    return get_settings().stripe_key is not None


def stripe_client(*, account: str = "") -> stripe.StripeClient:
    """Return the library's client, for a connected account where one is named.

    Misconfigured without a key, and for an address that is neither Stripe's nor, outside
    production, a server of this machine.
    """
    settings = get_settings()
    if settings.stripe_key is None:
        raise Misconfigured("The environment variable STRIPE_KEY is needed to call Stripe.")
    base = _allowed(settings.stripe_api_base, here=settings.is_development)
    return _client(settings.stripe_key.get_secret_value(), base, account)


@contextmanager
def calling_stripe() -> Iterator[None]:
    """Turn Stripe's errors inside the block into refusals with a sentence for people."""
    try:
        yield
    except stripe.StripeError as error:
        # The cause may repeat what was sent: it stays out of tracebacks.
        raise refusal_of(error) from None


def set_here(values: Any) -> bool:
    """Set what is set by hand in Stripe's dashboard at our own server; False where it is Stripe."""
    settings = get_settings()
    if settings.stripe_key is None or not settings.stripe_api_base:
        return False
    base = _allowed(settings.stripe_api_base, here=settings.is_development)
    answer = requests.post(
        f"{base}/_admin/settings",
        json=values,
        headers={"Authorization": f"Bearer {settings.stripe_key.get_secret_value()}"},
        timeout=(CONNECT_SECONDS, READ_SECONDS),
    )
    answer.raise_for_status()
    return True


def _allowed(base: str, *, here: bool) -> str:
    if not base:
        return ""
    parts = urlsplit(base)
    if here and parts.scheme == "http" and parts.hostname in _HERE:
        return base.rstrip("/")
    raise Misconfigured(
        "The environment variable STRIPE_API_BASE may only name a server of this machine, and "
        "only outside production."
    )


@lru_cache(maxsize=64)
def _client(key: str, base: str, account: str) -> stripe.StripeClient:
    session = None
    if base:
        # A proxy that leads to the world does not lead to this machine.
        session = requests.Session()
        session.trust_env = False
    return stripe.StripeClient(
        key,
        stripe_account=account or None,
        base_addresses={"api": base} if base else None,
        max_network_retries=RETRIES,
        http_client=_Line(timeout=(CONNECT_SECONDS, READ_SECONDS), session=session),
    )

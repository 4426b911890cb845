"""Settings that lead to the Stripe-compatible server, with a fresh account for each test."""

import pytest
from pydantic import SecretStr

from kit.payments import client, webhooks
from kit.settings import get_settings
from tests.stripe_server import stripe_account, stripe_url

__all__ = ["stripe_account", "stripe_url"]

SECRET = "whsec_of_tests"


@pytest.fixture
def settled(app, monkeypatch):
    """Change settings of payments for a test."""
    known = {}

    def change(**changes):
        known.update(changes)
        made = get_settings().model_copy(update=known)
        for module in (client, webhooks):
            monkeypatch.setattr(module, "get_settings", lambda: made)

    change(stripe_key=None, stripe_webhook_secret=SecretStr(SECRET), stripe_api_base="")
    yield change
    client._client.cache_clear()


@pytest.fixture
def stripe_here(db, settled, stripe_account):
    """The application is led to a fresh account, and fails at the first trouble."""
    settled(stripe_key=SecretStr(stripe_account.key), stripe_api_base=stripe_account.url)
    return stripe_account

"""Settings that lead to the Stripe-compatible server, with a fresh account for each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import stripe
from pydantic import SecretStr

from kit.payments import client, webhooks
from kit.settings import get_settings
from tests.stripe_server import stripe_account, stripe_url

__all__ = ["stripe_account", "stripe_url"]

SECRET = "whsec_of_tests"


@contextmanager
def settling() -> Iterator[Callable[..., None]]:
    """Change settings of payments inside the block; whoever tries again does so at once."""
    known: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:

        def change(**changes: object) -> None:
            known.update(changes)
            made = get_settings().model_copy(update=known)
            for module in (client, webhooks):
                patch.setattr(module, "get_settings", lambda: made)

        change(stripe_key=None, stripe_webhook_secret=SecretStr(SECRET), stripe_api_base="")
        for pause in ("INITIAL_DELAY", "MAX_DELAY"):
            patch.setattr(stripe.HTTPClient, pause, 0.01)
        yield change
    client._client.cache_clear()


@pytest.fixture
def settled(app):
    """Change settings of payments for a test."""
    with settling() as change:
        yield change


def lead_to(stripe_account, settled) -> None:
    """Lead the application to an account."""
    settled(stripe_key=SecretStr(stripe_account.key), stripe_api_base=stripe_account.url)


@pytest.fixture
def stripe_here(db, settled, stripe_account):
    """The application is led to a fresh account, and fails at the first trouble."""
    lead_to(stripe_account, settled)
    return stripe_account

"""The contract: these tests speak through the official library, to our server or to Stripe.

With STRIPE_TEST_KEY set they run against Stripe's test mode; those that need knobs, or hosted
pages, which only our server has, say so and are skipped.
"""

import os
import time
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from tests.stripe_server import Account, stripe_account, stripe_url  # noqa: F401  # fixtures

DAY = 86_400


@dataclass
class Contract:
    """An account with a few things that every test needs."""

    client: stripe.StripeClient
    account: Account | None

    @property
    def v1(self) -> Any:
        return self.client.v1

    def knob(self, path: str, /, **given: Any) -> Any:
        if self.account is None:
            pytest.skip("Stripe itself has no knobs")
        return self.account.knob(path, **given)

    def price(self, amount: int = 3_000, *, currency: str = "usd", every: str = "month") -> str:
        product = self.v1.products.create({"name": f"Plan {amount}"})
        made = self.v1.prices.create({
            "product": product.id, "currency": currency, "unit_amount": amount,
            "recurring": {"interval": every},
        })  # fmt: skip
        return made.id

    def clock(self, at: int | None = None) -> str:
        # 31 January: the months that follow are shorter.
        return self.v1.test_helpers.test_clocks.create({"frozen_time": at or 1_801_396_800}).id

    def advance(self, clock: str, *, days: float) -> int:
        """Move a test clock on and wait until everything has happened."""
        clocks = self.v1.test_helpers.test_clocks
        to = clocks.retrieve(clock).frozen_time + round(days * DAY)
        found = clocks.advance(clock, {"frozen_time": to})
        while found.status != "ready":
            time.sleep(1)
            found = clocks.retrieve(clock)
        return to

    def customer(self, card: str = "pm_card_visa", *, clock: str | None = None) -> str:
        """Make a customer whose invoices are charged to a test card; "" for none."""
        given = {"email": "buyer@example.com", "name": "Ada"}
        made = self.v1.customers.create(given | ({"test_clock": clock} if clock else {}))
        if card:
            self.use_card(made.id, card)
        return made.id

    def use_card(self, customer: str, card: str) -> str:
        method = self.v1.payment_methods.attach(card, {"customer": customer})
        settings = {"invoice_settings": {"default_payment_method": method.id}}
        self.v1.customers.update(customer, settings)
        return method.id

    def subscribe(self, customer: str, price: str, **more: Any) -> Any:
        given = {"customer": customer, "items": [{"price": price}], "expand": ["latest_invoice"]}
        return self.v1.subscriptions.create(given | more)

    def kinds(self, **wanted: Any) -> list[str]:
        """Return the kinds of the events so far, oldest first."""
        found = self.v1.events.list({"limit": 100, **wanted})
        return [each.type for each in found.auto_paging_iter()][::-1]


@pytest.fixture
def at_stripe(request: pytest.FixtureRequest) -> Contract:
    if key := os.environ.get("STRIPE_TEST_KEY"):
        return Contract(stripe.StripeClient(key, max_network_retries=2), None)
    account = request.getfixturevalue("stripe_account")
    return Contract(account.client, account)

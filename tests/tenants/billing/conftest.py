"""What is bought and how, as the tests of the control plane's billing make it."""

from tests.control.billing.conftest import (
    account,
    buy,
    held,
    larger,
    line,
    price,
    settled,
    stripe_account,
    stripe_here,
    stripe_url,
    workspace,
)
from tests.control.conftest import work

__all__ = [
    "account",
    "buy",
    "held",
    "larger",
    "line",
    "price",
    "settled",
    "stripe_account",
    "stripe_here",
    "stripe_url",
    "work",
    "workspace",
]

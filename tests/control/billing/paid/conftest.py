"""Tests that begin with a plan bought and paid by card, the day after the trial."""

from tests.control.billing.bought import (
    db,
    held,
    line,
    past,
    price,
    stage,
    stripe_account,
)
from tests.control.billing.console.conftest import console, logged, press, stranger

__all__ = [
    "console",
    "db",
    "held",
    "line",
    "logged",
    "past",
    "press",
    "price",
    "stage",
    "stranger",
    "stripe_account",
]

"""Calls that ask Stripe for what is there: an answer, Unknown, or a refusal with a sentence."""

from collections.abc import Callable
from typing import Any

import stripe

from kit.payments import calling_stripe


class Unknown(Exception):
    """Stripe has no such object, or not any more."""


def found_at(ask: Callable[[], Any]) -> Any:
    """Return what Stripe answers; Unknown when it has no such object, else as `calling_stripe`."""
    try:
        return ask()
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing" or error.http_status == 404:
            raise Unknown from None
        with calling_stripe():
            raise
    except stripe.StripeError:
        with calling_stripe():
            raise


def id_of(value: Any) -> str | None:
    """Return the id of what Stripe gives as an id or, where it was asked for, in full."""
    if value is None or isinstance(value, str):
        return value
    return str(value.id)

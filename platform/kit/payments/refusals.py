"""Stripe's errors as refusals of ours: a sentence that says what happens next."""

import structlog
from stripe import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    CardError,
    IdempotencyError,
    PermissionError,  # noqa: A004  # the library's own name
    RateLimitError,
    StripeError,
)

from kit.errors import Refused, Unanswered
from kit.i18n import gettext as _

log = structlog.get_logger()
_FAR_SIDE = 500
_CONFLICT = 409
_BUSY = frozenset({"idempotency_key_in_use", "lock_timeout", "rate_limit"})


class Declined(Refused):
    """It was not done, and will not be by trying again; `code` is Stripe's own word for why."""

    def __init__(self, sentence: object, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class Unclear(Unanswered):
    """Nobody knows whether it was done: the same key may ask again, and does it once."""


def refusal_of(error: StripeError) -> Declined | Unclear:
    """Return what people are told about an error of the library."""
    if _is_unclear(error):
        log.warning("stripe.unclear", kind=type(error).__name__, request=error.request_id)
        return Unclear(
            _("Stripe does not answer at the moment. Nothing is charged twice: try again in a few "
              "minutes.")
        )  # fmt: skip
    code = error.code or ""
    if isinstance(error, CardError):
        why = getattr(error, "decline_code", None) or _decline_code(error) or code
        return Declined(_of_card(why), code=why)
    log.error(
        "stripe.refused",
        kind=type(error).__name__,
        code=code,
        param=getattr(error, "param", None),
        request=error.request_id,
    )
    return Declined(_of_request(error, code), code=code)


def _is_unclear(error: StripeError) -> bool:
    if isinstance(error, APIConnectionError | RateLimitError) or error.code in _BUSY:
        return True
    if error.http_status == _CONFLICT:
        # Another call with the same key is under way, or the object is.
        return True
    if isinstance(error, IdempotencyError):
        return False
    return isinstance(error, APIError) or (error.http_status or 0) >= _FAR_SIDE


def _decline_code(error: CardError) -> str:
    inner = getattr(error, "error", None)
    return str(getattr(inner, "decline_code", None) or "")


def _of_card(why: str) -> object:
    match why:
        case "insufficient_funds":
            return _("There is too little money on the card. Nothing has been charged: use another "
                     "card, or try again later.")  # fmt: skip
        case "expired_card":
            return _("The card has expired. Nothing has been charged: use another card.")
        case "incorrect_cvc" | "incorrect_number" | "invalid_number" | "invalid_cvc":
            return _("The card's number or security code is wrong. Nothing has been charged: enter "
                     "them again.")  # fmt: skip
        case "authentication_required" | "subscription_payment_intent_requires_action":
            return _("The bank wants the card's holder to confirm this payment. Nothing has been "
                     "charged yet: open the invoice and pay it there.")  # fmt: skip
        case "processing_error":
            return _("The bank could not process the card. Nothing has been charged: try again in "
                     "a few minutes.")  # fmt: skip
        case _:
            return _("The bank declined the card. Nothing has been charged: use another card, or "
                     "ask the bank.")  # fmt: skip


def _of_request(error: StripeError, code: str) -> object:
    if isinstance(error, AuthenticationError | PermissionError):
        return _("Payments are not set up correctly, so nothing has been charged. The platform "
                 "operator has to look at it.")  # fmt: skip
    if isinstance(error, IdempotencyError):
        return _("This was sent before, with something else chosen. Load the page again and look "
                 "what has become of it.")  # fmt: skip
    match code:
        case "coupon_expired" | "promotion_code_expired":
            return _("This promotion code cannot be used any more. Go on without it, or enter "
                     "another one.")  # fmt: skip
        case "resource_missing":
            return _("This is no longer there at Stripe. Nothing has been changed: load the page "
                     "again.")  # fmt: skip
        case "charge_already_refunded":
            return _("All of this has been refunded already. Nothing more goes back.")
        case "amount_too_large":
            return _("The amount is more than what is left. Enter a smaller one.")
        case "charge_disputed":
            return _("The bank has already taken this payment back. It cannot be refunded as well.")
        case "amount_too_small":
            return _("The amount is too small to be charged. Nothing has been charged.")
        case "invoice_already_paid":
            return _("This invoice has been paid already. Nothing is charged again.")
        case _:
            return _("Stripe did not accept this. Nothing has been changed; the platform operator "
                     "finds the reason in the log.")  # fmt: skip

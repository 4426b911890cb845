"""The test cards that Stripe's documentation names, and what each of them does."""

from dataclasses import dataclass
from typing import Any

from infra.stripe_server.faults import ApiError, Body

DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "stolen_card": ("card_declined", "Your card was declined."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}


@dataclass(frozen=True)
class TestCard:
    """What happens to a card when it is kept, and when it is charged."""

    __test__ = False

    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    attach: str = ""
    """Why it is not even kept: a key of DECLINES."""
    charge: str = ""
    """Why a charge fails."""
    authenticate: str = ""
    """When the holder must say yes: always, or once."""
    dispute: str = ""
    """Why the holder objects afterwards."""
    refund: str = ""
    """How a refund ends later: pending, or failed."""


OK = TestCard()
CARDS: dict[str, TestCard] = {
    "4242424242424242": OK,
    "4000056655665556": TestCard(funding="debit"),
    "5555555555554444": TestCard("mastercard"),
    "2223003122003222": TestCard("mastercard"),
    "378282246310005": TestCard("amex"),
    "6200000000000005": TestCard("unionpay"),
    "4000001560000002": TestCard(country="CN"),
    "4000003440000004": TestCard(country="HK"),
    "4000000000000077": OK,
    "4000000000000341": TestCard(charge="generic_decline"),
    "4000000000000002": TestCard(attach="generic_decline", charge="generic_decline"),
    "4000000000009995": TestCard(attach="insufficient_funds", charge="insufficient_funds"),
    "4000000000009987": TestCard(attach="lost_card", charge="lost_card"),
    "4000000000009979": TestCard(attach="stolen_card", charge="stolen_card"),
    "4000000000000069": TestCard(attach="expired_card", charge="expired_card"),
    "4000000000000127": TestCard(attach="incorrect_cvc", charge="incorrect_cvc"),
    "4000000000000119": TestCard(attach="processing_error", charge="processing_error"),
    "4000002500003155": TestCard(authenticate="once"),
    "4000002760003184": TestCard(authenticate="always"),
    "4000003800000446": TestCard(authenticate="on_session"),
    "4000008260003178": TestCard(authenticate="always", charge="insufficient_funds"),
    "4000008400001629": TestCard(authenticate="always", charge="generic_decline"),
    "4000000000000259": TestCard(dispute="fraudulent"),
    "4000000000002685": TestCard(dispute="product_not_received"),
    "4000000000007726": TestCard(refund="pending"),
    "4000000000005126": TestCard(refund="failed"),
}
NAMED = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "unionpay": "6200000000000005",
    "cn": "4000001560000002",
    "hk": "4000003440000004",
    "bypassPending": "4000000000000077",
    "chargeCustomerFail": "4000000000000341",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "threeDSecure2Required": "4000002760003184",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequiredSetupForOffSession": "4000003800000446",
    "createDispute": "4000000000000259",
    "createDisputeProductNotReceived": "4000000000002685",
    "pendingRefund": "4000000000007726",
    "refundFail": "4000000000005126",
}
LISTED = (
    ("4242424242424242", "It is charged."),
    ("4000000000000341", "It is kept, but every charge fails."),
    ("4000000000009995", "It has too little on it."),
    ("4000002760003184", "Its holder is asked each time."),
    ("4000002500003155", "Its holder is asked once."),
    ("4000000000000259", "It is charged, and its holder objects."),
)
"""What the hosted pages tell people they may type."""


def of_number(number: str) -> TestCard:
    """Return what a card does; only test cards exist here."""
    card = CARDS.get(number)
    if card is None:
        raise ApiError(
            "Your card number is incorrect. This server knows test cards only.",
            status=402, kind="card_error", code="incorrect_number", param="number",
        )  # fmt: skip
    return card


def number_of(token: str) -> str | None:
    """Return the number of `pm_card_visa`, `tok_visa` and their like."""
    for prefix in ("pm_card_", "tok_"):
        if token.startswith(prefix):
            return NAMED.get(token.removeprefix(prefix))
    return None


def declined(why: str, **more: Any) -> ApiError:
    """Return the answer to a card that was turned down; what was tried stays on record."""
    code, message = DECLINES[why]
    reason = why if code in {"card_declined", "authentication_required"} else None
    return ApiError(
        message, status=402, kind="card_error", code=code, keeps=True, decline_code=reason, **more
    )


def outcome(why: str) -> Body:
    """Return a charge's `outcome`."""
    if not why:
        return {
            "advice_code": None, "network_advice_code": None, "network_decline_code": None,
            "network_status": "approved_by_network", "reason": None, "risk_level": "normal",
            "seller_message": "Payment complete.", "type": "authorized",
        }  # fmt: skip
    return {
        "advice_code": "try_again_later", "network_advice_code": None,
        "network_decline_code": "05", "network_status": "declined_by_network", "reason": why,
        "risk_level": "normal", "seller_message": "The bank returned a decline.",
        "type": "issuer_declined",
    }  # fmt: skip

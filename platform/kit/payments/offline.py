"""Payments that pass through people's hands: cash, on delivery, a card terminal."""

from dataclasses import dataclass
from typing import ClassVar

from kit.money import Money
from kit.payments.webhooks import Forged
from kit.payments.words import Payment, PaymentNews, PaymentStatus, Refund, Way


@dataclass(frozen=True, slots=True)
class Offline:
    """Promises nothing by itself: who takes the money says so in the order."""

    account: str = ""

    code: ClassVar[str] = "offline"
    ways: ClassVar[tuple[Way, ...]] = (Way.CASH, Way.ON_DELIVERY, Way.TERMINAL)

    def begin(
        self, amount: Money, *, key: str, way: Way, description: str, return_url: str
    ) -> Payment:
        del description, return_url
        if way not in self.ways:
            raise ValueError(f"{way} is not paid by hand")
        return _due(key, amount)

    def intent(self, amount: Money, *, key: str, method: str, description: str) -> Payment:
        del method, description
        return _due(key, amount)

    def refund(self, reference: str, amount: Money, *, key: str) -> Refund:
        del reference
        # Somebody hands it over and says so: it is not done by our saying it.
        return Refund(f"offline:{key}", amount, is_done=False)

    def status(self, reference: str) -> Payment:
        # Only the order knows; here it waits for ever.
        return Payment(reference, PaymentStatus.DUE, Money(0))

    def news_of(self, object_kind: str, object_id: str) -> PaymentNews | None:
        del object_kind, object_id
        return None

    def read_webhook(self, payload: bytes, signature: str | None) -> PaymentNews | None:
        del payload, signature
        raise Forged("nobody calls about cash")


def _due(key: str, amount: Money) -> Payment:
    if amount.minor <= 0:
        raise ValueError("a payment is more than nothing")
    return Payment(f"offline:{key}", PaymentStatus.DUE, amount)

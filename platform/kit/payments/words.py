"""What orders and payment providers say to each other."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from kit.money import Money


class Way(StrEnum):
    """How somebody pays."""

    CASH = "cash"
    ON_DELIVERY = "on_delivery"
    TERMINAL = "terminal"
    CARD = "card"
    ALIPAY = "alipay"
    WECHAT_PAY = "wechat_pay"


class PaymentStatus(StrEnum):
    """How a payment stands."""

    DUE = "due"
    """It waits for people: cash to be counted, a page to be finished."""
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as its provider knows it.

    `reference` is the provider's name for it; `page` is where the payer goes on; `refunded` and
    `is_disputed` say what happened to it since.
    """

    reference: str
    status: PaymentStatus
    amount: Money
    page: str = ""
    refunded: Money | None = None
    is_disputed: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back; `is_done` when the provider has nothing left to do."""

    reference: str
    amount: Money
    is_done: bool
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """Something happened to a payment, which `status` tells: paid, given back, disputed.

    `key` is what `begin` or `intent` was asked with, `reference` what it gave out; `account` is the
    workspace's own at the provider, `event` the provider's name for what happened.
    """

    account: str
    key: str
    reference: str
    event: str = ""


class PaymentProvider(Protocol):
    """What somebody who takes payments must do for us.

    Every deed has a key of ours: the same key does it once, however often it is asked, and with
    other words it is an error. Unclear means: ask again with the same key.
    """

    code: ClassVar[str]
    ways: ClassVar[tuple[Way, ...]]

    def begin(
        self, amount: Money, *, key: str, way: Way, description: str, return_url: str
    ) -> Payment:
        """Open a payment that the payer finishes, on the provider's page where there is one."""

    def intent(self, amount: Money, *, key: str, method: str, description: str) -> Payment:
        """Take an amount by a method that is known already; Declined when it is turned down."""

    def refund(self, reference: str, amount: Money, *, key: str) -> Refund:
        """Give back a payment or a part of it; Declined when that is more than is left."""

    def status(self, reference: str) -> Payment:
        """Ask how a payment stands."""

    def news_of(self, object_kind: str, object_id: str) -> PaymentNews | None:
        """Ask to which payment of ours something of the provider's belongs; None for others."""

    def read_webhook(self, payload: bytes, signature: str | None) -> PaymentNews | None:
        """Return news of the payment that a webhook is about, None for others.

        Forged when it is not the provider's; what it says is asked for with `status`.
        """

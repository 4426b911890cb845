"""Cards, Alipay and WeChat Pay through Stripe, to a workspace's own connected account."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

import stripe

from kit.i18n import gettext as _
from kit.money import Money
from kit.payments.amounts import from_stripe, to_stripe
from kit.payments.client import calling_stripe, stripe_client
from kit.payments.refusals import Declined
from kit.payments.webhooks import read_event
from kit.payments.words import Payment, PaymentNews, PaymentStatus, Refund, Way

_STATUS = {
    "succeeded": PaymentStatus.PAID,
    "processing": PaymentStatus.PROCESSING,
    "canceled": PaymentStatus.CANCELLED,
}
_SESSION = "cs_"


@dataclass(frozen=True, slots=True)
class Stripe:
    """Takes payments for the connected account `account`; no card touches our pages."""

    account: str

    code: ClassVar[str] = "stripe"
    ways: ClassVar[tuple[Way, ...]] = (Way.CARD, Way.ALIPAY, Way.WECHAT_PAY)

    def begin(
        self, amount: Money, *, key: str, way: Way, description: str, return_url: str
    ) -> Payment:
        """Open Stripe's own page for an amount; it comes back to `return_url` in any case."""
        if way not in self.ways:
            raise ValueError(f"{way} is not paid through Stripe")
        params: Any = {
            "mode": "payment",
            "client_reference_id": key,
            "line_items": [{
                "quantity": 1,
                "price_data": {
                    "currency": amount.currency.lower(),
                    "unit_amount": to_stripe(amount),
                    "product_data": {"name": description},
                },
            }],
            "payment_intent_data": {"description": description, "metadata": {"key": key}},
            "allowed_payment_method_types": [way.value],
            "success_url": return_url,
            "cancel_url": return_url,
        }  # fmt: skip
        if way is Way.WECHAT_PAY:
            params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        with calling_stripe():
            session = self._client.v1.checkout.sessions.create(params, _once("begin", key))
        return Payment(session.id, PaymentStatus.DUE, amount, page=session.url or "")

    def intent(self, amount: Money, *, key: str, method: str, description: str) -> Payment:
        """Charge a method that the payer has left with the account."""
        params: Any = {
            "amount": to_stripe(amount),
            "currency": amount.currency.lower(),
            "confirm": True,
            "description": description,
            "metadata": {"key": key},
            "off_session": True,
            "payment_method": method,
            "allowed_payment_method_types": ["card"],
        }
        with calling_stripe():
            made = self._client.v1.payment_intents.create(params, _once("intent", key))
        return self._payment(made.id, made)

    def refund(self, reference: str, amount: Money, *, key: str) -> Refund:
        """Give back a part of a payment, or all of it."""
        with calling_stripe():
            intent = self._intent(reference)
            made = self._client.v1.refunds.create(
                {"payment_intent": intent, "amount": to_stripe(amount), "metadata": {"key": key}},
                _once("refund", key),
            )
        failed = made.status in {"failed", "canceled"}
        return Refund(made.id, amount, is_done=made.status == "succeeded", has_failed=failed)

    def status(self, reference: str) -> Payment:
        """Ask Stripe how a payment stands now."""
        with calling_stripe():
            if not reference.startswith(_SESSION):
                found = self._client.v1.payment_intents.retrieve(
                    reference, {"expand": ["latest_charge"]}
                )
                return self._payment(reference, found)
            session = self._client.v1.checkout.sessions.retrieve(
                reference, {"expand": ["payment_intent.latest_charge"]}
            )
        if session.payment_intent is None:
            amount = from_stripe(session.amount_total or 0, session.currency or "cny")
            ended = session.status == "expired"
            state = PaymentStatus.CANCELLED if ended else PaymentStatus.DUE
            return Payment(reference, state, amount, page=session.url or "")
        intent = cast("stripe.PaymentIntent", session.payment_intent)
        return self._payment(reference, intent, page=session.url or "")

    def news_of(self, object_kind: str, object_id: str) -> PaymentNews | None:
        """Ask to which payment of ours an object belongs.

        Charges, refunds and disputes lead to their payment intent, which carries our key; where it
        was paid on a page of Stripe's, that page's session is what was given out.
        """
        try:
            with calling_stripe():
                return self._news_of(object_kind, object_id)
        except Declined as refusal:
            if refusal.code == "resource_missing":
                return None
            raise

    def read_webhook(self, payload: bytes, signature: str | None) -> PaymentNews | None:
        """Return news of the payment that an event of this account is about."""
        notice = read_event(payload, signature)
        if notice.account != self.account:
            return None
        news = self.news_of(notice.object_kind, notice.object_id)
        return news and replace(news, event=notice.id)

    def _news_of(self, object_kind: str, object_id: str) -> PaymentNews | None:
        v1, whole = self._client.v1, cast("Any", {"expand": ["payment_intent"]})
        match object_kind:
            case "checkout.session":
                session = v1.checkout.sessions.retrieve(object_id)
                return self._news(session.client_reference_id, session.id)
            case "payment_intent":
                intent: Any = v1.payment_intents.retrieve(object_id)
            case "charge":
                intent = v1.charges.retrieve(object_id, whole).payment_intent
            case "refund":
                intent = v1.refunds.retrieve(object_id, whole).payment_intent
            case "dispute":
                intent = v1.disputes.retrieve(object_id, whole).payment_intent
            case _:
                return None
        key = intent.metadata.to_dict().get("key") if intent is not None else None
        if not key:
            return None
        pages = v1.checkout.sessions.list({"payment_intent": intent.id, "limit": 1}).data
        return self._news(key, pages[0].id if pages else intent.id)

    def _news(self, key: str | None, reference: str) -> PaymentNews | None:
        return PaymentNews(self.account, key, reference) if key else None

    @property
    def _client(self) -> stripe.StripeClient:
        return stripe_client(account=self.account)

    def _intent(self, reference: str) -> str:
        if not reference.startswith(_SESSION):
            return reference
        session = self._client.v1.checkout.sessions.retrieve(reference)
        if session.payment_intent is None:
            raise Declined(_("This has not been paid yet, so there is nothing to give back."))
        return str(session.payment_intent)

    @staticmethod
    def _payment(reference: str, intent: stripe.PaymentIntent, *, page: str = "") -> Payment:
        charge = intent.latest_charge
        known = charge if isinstance(charge, stripe.Charge) else None
        problem = intent.last_payment_error
        status = _STATUS.get(intent.status, PaymentStatus.DUE)
        if status is PaymentStatus.DUE and problem is not None:
            status = PaymentStatus.FAILED
        return Payment(
            reference,
            status,
            from_stripe(intent.amount, intent.currency),
            page=page,
            refunded=from_stripe(known.amount_refunded, known.currency) if known else None,
            is_disputed=bool(known and known.disputed),
            why=str(getattr(problem, "decline_code", None) or getattr(problem, "code", None) or "")
            if problem is not None
            else "",
        )


def _once(deed: str, key: str) -> stripe.RequestOptions:
    return {"idempotency_key": f"{deed}-{key}"}

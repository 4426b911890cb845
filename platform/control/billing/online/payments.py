"""Which invoice a charge, a refund or a dispute belongs to, and what was given or taken back."""

from collections.abc import Iterable
from dataclasses import dataclass

import stripe

from control.billing.online.calls import found_at, id_of
from kit.payments import stripe_client

_FEW = 10
_GONE = ("needs_response", "under_review", "lost")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What of an invoice's payments went back: by us, or by the bank in a dispute.

    `dispute_state` is Stripe's word for how a dispute stands. Only that decides: the charge may say
    for ever that it was disputed, also when the money came back.
    """

    refunded_amount: int = 0
    dispute_state: str | None = None

    @property
    def is_disputed(self) -> bool:
        """Whether the bank has taken the money: not while it only inquires, nor when we won."""
        return self.dispute_state in _GONE


def invoice_of_charge(object_kind: str, stripe_id: str) -> str | None:
    """Return the invoice that a charge or a refund belongs to, or None."""
    client = stripe_client().v1
    if object_kind == "refund":
        refund = found_at(lambda: client.refunds.retrieve(stripe_id))
        return _paid_by(id_of(refund.payment_intent))
    charge = found_at(lambda: client.charges.retrieve(stripe_id))
    return _paid_by(id_of(charge.payment_intent))


def invoice_of_dispute(stripe_id: str) -> str | None:
    """Return the invoice whose payment a dispute is about, or None."""
    dispute = found_at(lambda: stripe_client().v1.disputes.retrieve(stripe_id))
    return _paid_by(id_of(dispute.payment_intent))


def _paid_by(intent: str | None) -> str | None:
    if intent is None:
        return None
    payments = found_at(
        lambda: stripe_client().v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}
        )
    )
    return id_of(payments.data[0].invoice) if payments.data else None


def taken_back(invoice: str) -> TakenBack:
    """Return what of an invoice's payments was refunded, and how a dispute of one stands."""
    client = stripe_client().v1
    payments = found_at(lambda: client.invoice_payments.list({"invoice": invoice, "limit": _FEW}))
    intents = [id_of(one.payment.payment_intent) for one in payments.data]
    return back_of([charge for intent in intents if intent for charge in _charges(intent)])


def back_of(charges: Iterable[stripe.Charge]) -> TakenBack:
    """Return what of some charges was refunded, and how a dispute of one stands."""
    refunded = 0
    disputes: list[str] = []
    for charge in charges:
        refunded += charge.amount_refunded
        if charge.disputed:
            disputes += _disputes(charge.id)
    # One that took the money counts before one that did not; else the newest.
    disputes.sort(key=lambda state: state not in _GONE)
    return TakenBack(refunded, disputes[0] if disputes else None)


def _disputes(charge: str) -> list[str]:
    client = stripe_client().v1
    found = found_at(lambda: client.disputes.list({"charge": charge, "limit": _FEW}))
    return [one.status for one in found.data]


def _charges(intent: str) -> list[stripe.Charge]:
    client = stripe_client().v1
    found = found_at(lambda: client.charges.list({"payment_intent": intent, "limit": _FEW}))
    return list(found.data)

"""Calls to Stripe, and the ways in which a workspace's own customers pay it.

`stripe_client` is the one door to Stripe: for the platform's billing, and for a workspace's
connected account. `PaymentProvider` is what orders talk to; *offline* (cash, on delivery, by a
card terminal) is always there, *stripe* takes cards, Alipay and WeChat Pay to the workspace's own
account.

It keeps no tables: who paid what is the caller's to write down, who registers with `read_by` to be
told of what happened to payments. Key words: a *key* is ours and makes a deed happen once;
*unclear* is what nobody answered, and may be asked again with its key.
"""

from kit.payments.client import calling_stripe, has_stripe, set_here, stripe_client
from kit.payments.news import Reader, read_by, reader_now
from kit.payments.refusals import Declined, Unclear, refusal_of
from kit.payments.registry import PROVIDERS, provider_of
from kit.payments.webhooks import Forged, Notice, read_event
from kit.payments.words import (
    Payment,
    PaymentNews,
    PaymentProvider,
    PaymentStatus,
    Refund,
    Way,
)

__all__ = [
    "PROVIDERS",
    "Declined",
    "Forged",
    "Notice",
    "Payment",
    "PaymentNews",
    "PaymentProvider",
    "PaymentStatus",
    "Reader",
    "Refund",
    "Unclear",
    "Way",
    "calling_stripe",
    "has_stripe",
    "provider_of",
    "read_by",
    "read_event",
    "reader_now",
    "refusal_of",
    "set_here",
    "stripe_client",
]

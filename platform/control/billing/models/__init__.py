"""The tables of billing."""

from control.billing.models.accounts import (
    BillingAccount,
    BillingNotice,
    Coupon,
    Invoice,
    InvoiceState,
    Provider,
    Subscription,
    SubscriptionState,
)
from control.billing.models.books import BookEntry, EntryKind
from control.billing.models.buyers import BillingDetails, TaxIdKind
from control.billing.models.fapiao import (
    FapiaoBuyer,
    FapiaoCorrection,
    FapiaoItem,
    FapiaoKind,
    FapiaoRequest,
    FapiaoState,
    FapiaoTitle,
)
from control.billing.models.inbox import Drift, EventState, StripeEvent
from control.billing.models.plans import BillingPlan, Interval, PlanPrice, PlanVersion
from control.billing.models.settings import BillingSetting
from control.billing.models.usage import ChargeState, UsageCharge, UsageReading

__all__ = [
    "BillingAccount",
    "BillingDetails",
    "BillingNotice",
    "BillingPlan",
    "BillingSetting",
    "BookEntry",
    "ChargeState",
    "Coupon",
    "Drift",
    "EntryKind",
    "EventState",
    "FapiaoBuyer",
    "FapiaoCorrection",
    "FapiaoItem",
    "FapiaoKind",
    "FapiaoRequest",
    "FapiaoState",
    "FapiaoTitle",
    "Interval",
    "Invoice",
    "InvoiceState",
    "PlanPrice",
    "PlanVersion",
    "Provider",
    "StripeEvent",
    "Subscription",
    "SubscriptionState",
    "TaxIdKind",
    "UsageCharge",
    "UsageReading",
]

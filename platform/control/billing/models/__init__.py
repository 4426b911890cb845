"""The tables of billing."""

from control.billing.models.accounts import (
    OFFERS,
    BillingAccount,
    BillingNotice,
    Coupon,
    CouponUse,
    Invoice,
    InvoiceReason,
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
from control.billing.models.transfers import (
    Allocation,
    BankTransfer,
    Cause,
    CreditNote,
    Direction,
    InvoiceSeries,
    ProofState,
    Series,
    TransferProof,
)
from control.billing.models.usage import ChargeState, UsageCharge, UsageReading

__all__ = [
    "OFFERS",
    "Allocation",
    "BankTransfer",
    "BillingAccount",
    "BillingDetails",
    "BillingNotice",
    "BillingPlan",
    "BillingSetting",
    "BookEntry",
    "Cause",
    "ChargeState",
    "Coupon",
    "CouponUse",
    "CreditNote",
    "Direction",
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
    "InvoiceReason",
    "InvoiceSeries",
    "InvoiceState",
    "PlanPrice",
    "PlanVersion",
    "ProofState",
    "Provider",
    "Series",
    "StripeEvent",
    "Subscription",
    "SubscriptionState",
    "TaxIdKind",
    "TransferProof",
    "UsageCharge",
    "UsageReading",
]

"""What each workspace has bought and owes: the mirror that decides what it may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.billing.models.plans import Interval, PlanPrice, PlanVersion
from control.workspaces.models import Workspace, WorkspaceState
from kit.db import ControlModel, Encrypted, Versioned, states
from kit.personal import plain


class Provider(StrEnum):
    """Who collects: Stripe, or we ourselves by bank transfer (对公转账)."""

    STRIPE = "stripe"
    TRANSFER = "transfer"


class SubscriptionState(StrEnum):
    """Stripe's states of a subscription; one paid by transfer is active or canceled."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"
    PAUSED = "paused"


class InvoiceState(StrEnum):
    """Stripe's states of an invoice, ours too."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    VOID = "void"


class BillingAccount(Versioned, ControlModel):
    """What the platform knows of a workspace as its customer; exactly one for each.

    `plan_version_id` is what it has now: the trial's, then what it bought. `standing` is what the
    pure function made of it when it was last asked, `review_at` when that may next change by the
    mere passing of time. `told_…` is what its cell was told last, and in which form.
    `credit_amount` is money that was paid too much, in `currency`. `billing_…` is to whom invoices
    go. `checkouts` are the ids of Stripe's pages on which a plan may still be bought,
    `lost_customers` counts its customers that were deleted at Stripe, `compared_at` is when all
    that Stripe has of it was last held against the mirror.
    """

    __tablename__ = "billing_accounts"
    __table_args__ = (
        states(WorkspaceState, "standing"),
        states(Provider, "provider"),
        Index(None, "review_at"),
        Index(None, "told_form"),
        Index(None, "plan_version_id"),
        Index(None, "compared_at", postgresql_where=text("stripe_customer_id IS NOT NULL")),
    )

    workspace_id: Mapped[int] = mapped_column(ForeignKey(Workspace.id), unique=True)
    plan_version_id: Mapped[int] = mapped_column(ForeignKey(PlanVersion.id))
    provider: Mapped[str] = mapped_column(default=Provider.STRIPE)
    currency: Mapped[str]
    stripe_customer_id: Mapped[str | None] = mapped_column(unique=True)
    standing: Mapped[str]
    standing_since: Mapped[datetime]
    review_at: Mapped[datetime | None]
    told_version_id: Mapped[int | None]
    told_seats: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    told_form: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    credit_amount: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    billing_email: Mapped[str] = mapped_column(default="", server_default=text("''"))
    checkouts: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    lost_customers: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    compared_at: Mapped[datetime | None]

    workspace: Mapped[Workspace] = relationship()
    plan_version: Mapped[PlanVersion] = relationship()


class Subscription(ControlModel):
    """One purchase that renews: the mirror of Stripe's, or one that is paid by transfer.

    `ticket` is the number of the fetch that the row shows: an older fetch never overwrites it.
    `next_…` is what one that is paid by transfer becomes with its next period; `next_begins_at`
    is when, known once that period is paid. One that `ends_with_workspace` was given up by
    nobody: it goes on if the workspace stays.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        states(Provider, "provider"),
        states(SubscriptionState, "state"),
        states(Interval, "interval"),
        Index(None, "account_id"),
        Index(None, "plan_version_id"),
        Index(None, "next_price_id"),
        Index(None, "period_ends_at", postgresql_where=text("provider = 'transfer'")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    provider: Mapped[str]
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str]
    plan_version_id: Mapped[int | None] = mapped_column(ForeignKey(PlanVersion.id))
    interval: Mapped[str]
    currency: Mapped[str]
    extra_seats: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    period_began_at: Mapped[datetime | None]
    period_ends_at: Mapped[datetime | None]
    trial_ends_at: Mapped[datetime | None]
    cancels_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ends_with_workspace: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    coupon: Mapped[str | None]
    next_price_id: Mapped[int | None] = mapped_column(ForeignKey(PlanPrice.id))
    next_extra_seats: Mapped[int | None]
    next_begins_at: Mapped[datetime | None]
    ticket: Mapped[int] = mapped_column(default=0)

    account: Mapped[BillingAccount] = relationship()
    plan_version: Mapped[PlanVersion | None] = relationship()
    next_price: Mapped[PlanPrice | None] = relationship()

    @property
    def paid_until(self) -> datetime | None:
        """Until when it is paid; Stripe begins a period also where its invoice is not paid."""
        is_owed = self.state in {SubscriptionState.PAST_DUE, SubscriptionState.UNPAID}
        return self.period_began_at if is_owed else self.period_ends_at


class InvoiceReason(StrEnum):
    """Stripe's words for what made an invoice, ours too."""

    CREATE = "subscription_create"
    UPDATE = "subscription_update"
    CYCLE = "subscription_cycle"
    USAGE = "manual"


OFFERS = (InvoiceReason.CREATE, InvoiceReason.UPDATE)
"""Reasons of invoices of ours that give something when they are paid: nobody owes them before."""


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A paper of Stripe's that takes an amount of an invoice back; minor units."""

    number: str
    amount: int
    is_void: bool
    issued_at: datetime | None
    memo: str
    pdf_url: str | None


class Invoice(ControlModel):
    """What is to be paid: the mirror of Stripe's invoice, or one that is paid by transfer.

    Amounts are minor units of `currency`. `due_at` is when it should have been paid: at once where
    the card is charged. `attempts` counts the charges that were tried. `overpaid_amount` is what
    Stripe keeps as the customer's credit there, `outside_amount` what was paid past Stripe.
    `is_disputed` says that the bank has taken the money, by `dispute_state`, Stripe's word. One of
    ours says which price and seats it is for, and to whom it went (`bill_to`: name and tax number);
    what is paid of it is the sum of its allocations.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        states(Provider, "provider"),
        states(InvoiceState, "state"),
        Index(None, "account_id", "id"),
        Index(None, "subscription_id"),
        Index(None, "due_at", postgresql_where=text("state = 'open'")),
        Index(
            "ix_invoices_given_back",
            "id",
            postgresql_where=text("refunded_amount > 0 OR is_disputed"),
        ),
        Index(None, "price_id"),
        # Gapless numbers are ours alone; Stripe's come from its own accounts.
        Index(
            "uq_invoices_own_number",
            "number",
            unique=True,
            postgresql_where=text("provider = 'transfer'"),
        ),
        # A period is invoiced once, also by two who draw at the same time.
        Index(
            "uq_invoices_period",
            "subscription_id",
            "period_began_at",
            unique=True,
            postgresql_where=text(
                "provider = 'transfer' AND reason = 'subscription_cycle' AND state <> 'void'"
            ),
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey(Subscription.id))
    provider: Mapped[str]
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    number: Mapped[str | None]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default=text("''"))
    currency: Mapped[str]
    total_amount: Mapped[int]
    tax_amount: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    paid_amount: Mapped[int] = mapped_column(default=0)
    remaining_amount: Mapped[int]
    credited_amount: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    refunded_amount: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    overpaid_amount: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    outside_amount: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    is_disputed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    dispute_state: Mapped[str | None]
    issued_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    period_began_at: Mapped[datetime | None]
    period_ends_at: Mapped[datetime | None]
    page_url: Mapped[str | None]
    pdf_url: Mapped[str | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    credit_notes: Mapped[list[dict[str, Any]]] = mapped_column(
        default=list, server_default=text("'[]'")
    )
    ticket: Mapped[int] = mapped_column(default=0)
    price_id: Mapped[int | None] = mapped_column(ForeignKey(PlanPrice.id))
    extra_seats: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    bill_to: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    bill_to_address_cipher: Mapped[bytes | None]
    bill_to_address = Encrypted(plain, indexed=False, tail=False)

    account: Mapped[BillingAccount] = relationship()
    price: Mapped[PlanPrice | None] = relationship()
    subscription: Mapped[Subscription | None] = relationship()

    @property
    def credited_by(self) -> list[CreditNote]:
        """The credit notes that lower it, the oldest first."""
        return [
            CreditNote(
                **{name: value for name, value in one.items() if name != "issued_at"},
                issued_at=datetime.fromisoformat(one["issued_at"]) if one["issued_at"] else None,
            )
            for one in self.credit_notes
        ]

    @property
    def is_offer(self) -> bool:
        """Whether what it is for is given when it is paid, so that nobody owes it."""
        return self.provider == Provider.TRANSFER and self.reason in OFFERS

    @property
    def reference(self) -> str:
        """What to write into the transfer, so that it is known whose it is."""
        return (self.number or "").replace("-", "")


class BillingNotice(ControlModel):
    """That an owner was told something of his account, so that he is told once."""

    __tablename__ = "billing_notices"
    __table_args__ = (UniqueConstraint("account_id", "about"),)

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    about: Mapped[str]


class Coupon(Versioned, ControlModel):
    """A reduction that operators give: a code people type, in per cent or minor units.

    It lasts for some months, for one invoice (`is_once`), or for ever. Stripe counts its uses by
    card, `stripe_uses` when it was last asked; `stripe_coupon_id` and `stripe_code_id` are its
    objects.
    """

    __tablename__ = "billing_coupons"

    code: Mapped[str] = mapped_column(unique=True)
    percent: Mapped[int | None]
    amount: Mapped[int | None]
    currency: Mapped[str | None]
    months: Mapped[int | None]
    is_once: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    is_first_only: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    stripe_uses: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    most_uses: Mapped[int | None]
    ends_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    stripe_coupon_id: Mapped[str | None]
    stripe_code_id: Mapped[str | None]


class CouponUse(ControlModel):
    """That a plan paid by transfer is lowered by a coupon, from when it began until when.

    Given back when the plan never began. Without an end it lasts for ever, or has not begun.
    """

    __tablename__ = "coupon_uses"
    __table_args__ = (Index(None, "account_id"), Index(None, "coupon_id", "id"))

    coupon_id: Mapped[int] = mapped_column(ForeignKey(Coupon.id))
    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    subscription_id: Mapped[int] = mapped_column(ForeignKey(Subscription.id), unique=True)
    began_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    given_back_at: Mapped[datetime | None]

    coupon: Mapped[Coupon] = relationship()
    account: Mapped[BillingAccount] = relationship()
    subscription: Mapped[Subscription] = relationship()

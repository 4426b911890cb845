"""How much workspaces used in each month, and what they are charged for beyond their plan."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.billing.limits import Counted
from control.billing.models.accounts import BillingAccount, Invoice
from control.billing.models.plans import PlanVersion
from kit.db import ControlModel, states


class ChargeState(StrEnum):
    """Where a charge stands: reckoned, waiting at Stripe, on an invoice, or let off."""

    RECKONED = "reckoned"
    SENT = "sent"
    INVOICED = "invoiced"
    WAIVED = "waived"


class UsageReading(ControlModel):
    """What a workspace used in a month of its zone, as the sweep read it last within it.

    With it stand the plan it had then, its further seats, in which currency and since when it is
    paid (None: on trial, nothing is charged). `closed_at` is when the month was charged: once.
    """

    __tablename__ = "usage_readings"
    __table_args__ = (
        UniqueConstraint("account_id", "month"),
        Index(None, "account_id", "read_at"),
        Index(None, "ends_at", postgresql_where=text("closed_at IS NULL")),
        Index(None, "plan_version_id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    month: Mapped[date]
    ends_at: Mapped[datetime]
    used: Mapped[dict[str, Any]]
    plan_version_id: Mapped[int] = mapped_column(ForeignKey(PlanVersion.id))
    extra_seats: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str]
    paid_since: Mapped[datetime | None]
    read_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    account: Mapped[BillingAccount] = relationship()
    plan_version: Mapped[PlanVersion] = relationship()


class UsageCharge(ControlModel):
    """What the use of one thing beyond a soft limit costs for one month, and how that came about.

    `used` beyond `included` begins `units` of `per`, each `unit_amount`; `amount` is their product,
    in minor units, tax included. `asked_at` is when Stripe was first asked to take it, `tried_at`
    the last time. Once `waived_by` stands there nobody asks any more. `taken_back` counts how often
    its item was deleted there.
    """

    __tablename__ = "usage_charges"
    __table_args__ = (
        UniqueConstraint("account_id", "month", "counted"),
        states(Counted, "counted"),
        states(ChargeState, "state"),
        CheckConstraint("amount = units * unit_amount AND amount > 0", name="amount_adds_up"),
        CheckConstraint("used > included AND units > 0 AND per > 0", name="is_beyond"),
        CheckConstraint("(state = 'waived') = (waived_at IS NOT NULL)", name="waived_has_its_time"),
        Index(None, "state", "id"),
        Index(None, "plan_version_id"),
        Index(None, "invoice_id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    month: Mapped[date]
    counted: Mapped[str]
    plan_version_id: Mapped[int] = mapped_column(ForeignKey(PlanVersion.id))
    used: Mapped[int]
    included: Mapped[int]
    per: Mapped[int]
    units: Mapped[int]
    unit_amount: Mapped[int]
    amount: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(default=ChargeState.RECKONED)
    asked_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    taken_back: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    invoiced_at: Mapped[datetime | None]
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey(Invoice.id))
    waived_at: Mapped[datetime | None]
    waived_by: Mapped[str] = mapped_column(default="", server_default=text("''"))
    waived_reason: Mapped[str] = mapped_column(default="", server_default=text("''"))

    account: Mapped[BillingAccount] = relationship()
    plan_version: Mapped[PlanVersion] = relationship()
    invoice: Mapped[Invoice | None] = relationship()

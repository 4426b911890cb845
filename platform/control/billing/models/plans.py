"""Billing plans as data: versions with limits and features, and their prices."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import ControlModel, Versioned, states, unmapped


class Interval(StrEnum):
    """How long a price is paid for."""

    MONTH = "month"
    YEAR = "year"


class BillingPlan(Versioned, ControlModel):
    """What is sold, by name; what it contains stands in its versions.

    Only an offered plan is on the price page and can be bought or tried; the one of the lowest
    `position` among them is what a trial gets that chose none.
    """

    __tablename__ = "billing_plans"
    __table_args__ = (Index(None, "position", postgresql_where=text("is_offered")),)

    code: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    summary_zh: Mapped[str] = mapped_column(default="", server_default=text("''"))
    summary_en: Mapped[str] = mapped_column(default="", server_default=text("''"))
    position: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    is_offered: Mapped[bool] = mapped_column(default=True, server_default=text("true"))

    versions: Mapped[list["PlanVersion"]] = relationship(
        back_populates="plan", order_by="PlanVersion.number.desc()"
    )

    def name(self, locale: str) -> str:
        """Return the plan's name in a language."""
        return self.name_en if locale == "en" else self.name_zh

    def summary(self, locale: str) -> str:
        """Return the sentence about the plan in a language."""
        return self.summary_en if locale == "en" else self.summary_zh


# Before versions they stood in the plan itself.
unmapped(
    BillingPlan,
    Column("monthly_amount", BigInteger, nullable=True),
    Column("currency", Text, nullable=True),
    Column("trial_days", BigInteger, nullable=True),
    Column("limits", JSONB, nullable=True),
)


class PlanVersion(ControlModel):
    """What a plan contains from a day on: limits, features, the days of its trial.

    A draft until it is published; from then on it never changes, because workspaces have bought
    it. `limits` has an entry for each counted thing (`control.billing.limits`); `features` are
    codes of `control.billing.features`.
    """

    __tablename__ = "plan_versions"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    plan_id: Mapped[int] = mapped_column(ForeignKey(BillingPlan.id))
    number: Mapped[int]
    trial_days: Mapped[int]
    limits: Mapped[dict[str, Any]]
    features: Mapped[list[str]]
    published_at: Mapped[datetime | None]
    stripe_product_id: Mapped[str | None]

    plan: Mapped[BillingPlan] = relationship(back_populates="versions")
    prices: Mapped[list["PlanPrice"]] = relationship(
        back_populates="plan_version", order_by="PlanPrice.id"
    )


class PlanPrice(ControlModel):
    """What a version costs in one currency for a month or a year, tax included.

    `seat_amount` is the price of each seat beyond those of the plan; none where no more are sold.
    Stripe's ids are known once the version has been published there.
    """

    __tablename__ = "plan_prices"
    __table_args__ = (
        states(Interval, "interval"),
        UniqueConstraint("plan_version_id", "currency", "interval"),
        Index(None, "stripe_price_id", unique=True),
        Index(None, "stripe_seat_price_id", unique=True),
    )

    plan_version_id: Mapped[int] = mapped_column(ForeignKey(PlanVersion.id))
    currency: Mapped[str]
    interval: Mapped[str]
    amount: Mapped[int]
    seat_amount: Mapped[int | None]
    stripe_price_id: Mapped[str | None]
    stripe_seat_price_id: Mapped[str | None]

    plan_version: Mapped[PlanVersion] = relationship(back_populates="prices")

"""Billing plans."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from kit.db import ControlModel


class BillingPlan(ControlModel):
    """What a workspace buys: a price per month and limits, in integer minor units and counts."""

    __tablename__ = "billing_plans"

    code: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    monthly_amount: Mapped[int]
    currency: Mapped[str]
    trial_days: Mapped[int]
    limits: Mapped[dict[str, Any]]

    def name(self, locale: str) -> str:
        """Return the plan's name in a language."""
        return self.name_en if locale == "en" else self.name_zh

"""What operators set about billing: the days of dunning, who we are on invoices."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from kit.db import ControlModel, Versioned


class BillingSetting(Versioned, ControlModel):
    """One group of settings by its code (`control.billing.schedule`, `control.billing.seller`)."""

    __tablename__ = "billing_settings"

    code: Mapped[str] = mapped_column(unique=True)
    value: Mapped[dict[str, Any]]

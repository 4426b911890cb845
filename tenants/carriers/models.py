"""Carrier accounts."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from kit.db import TenantModel, Versioned, states
from tenants.accounts.dictionary import Carrier


class CarrierAccount(Versioned, TenantModel):
    """Our account at a carrier; `columns` maps the headers of its files to our fields."""

    __tablename__ = "carrier_accounts"
    __table_args__ = (states(Carrier, "carrier"),)

    name: Mapped[str] = mapped_column(unique=True)
    carrier: Mapped[str]
    channel_code: Mapped[str] = mapped_column(default="")
    columns: Mapped[dict[str, Any]]
    is_active: Mapped[bool] = mapped_column(default=True)
    remark: Mapped[str] = mapped_column(default="")

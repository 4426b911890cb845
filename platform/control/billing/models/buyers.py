"""Who a workspace is on Stripe's invoices: the company, its address, its tax id."""

from enum import StrEnum

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.billing.models.accounts import BillingAccount
from kit.db import ControlModel, Encrypted, Versioned, states
from kit.personal import plain


class TaxIdKind(StrEnum):
    """Which authority's number it is; the names are Stripe's."""

    NONE = ""
    CN_TIN = "cn_tin"
    HK_BR = "hk_br"
    TW_VAT = "tw_vat"
    SG_UEN = "sg_uen"
    EU_VAT = "eu_vat"
    GB_VAT = "gb_vat"
    US_EIN = "us_ein"


class BillingDetails(Versioned, ControlModel):
    """What an owner has entered to stand on invoices; at most one row for an account.

    `told_version` is the version that Stripe has; `problem` is Stripe's word for why it did not
    take the tax id.
    """

    __tablename__ = "billing_details"
    __table_args__ = (states(TaxIdKind, "tax_kind"),)

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id), unique=True)
    name: Mapped[str]
    country: Mapped[str]
    state: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    address_cipher: Mapped[bytes | None]
    address = Encrypted(plain, indexed=False, tail=False)
    tax_kind: Mapped[str] = mapped_column(default=TaxIdKind.NONE)
    tax_id: Mapped[str] = mapped_column(default="")
    told_version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    problem: Mapped[str] = mapped_column(default="", server_default=text("''"))

    account: Mapped[BillingAccount] = relationship()

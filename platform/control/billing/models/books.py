"""The platform's books: what was earned, came in, went back and was lost, entry by entry."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.billing.models.accounts import BillingAccount, Invoice, Provider
from kit.db import ControlModel, states


class EntryKind(StrEnum):
    """What an entry says of an invoice; `advanced` is money beyond all invoices."""

    ISSUED = "issued"
    PAID = "paid"
    CREDITED = "credited"
    REFUNDED = "refunded"
    LOST = "lost"
    ADVANCED = "advanced"


class BookEntry(ControlModel):
    """A change of one figure of an invoice, or of an account's credit; never changed afterwards.

    The entries of a kind add up to what the invoice (or the account) says now. `amount` is in minor
    units and negative where something is taken back; `tax_amount` is the part of it that is tax.
    """

    __tablename__ = "book_entries"
    __table_args__ = (
        states(EntryKind, "kind"),
        states(Provider, "provider"),
        CheckConstraint("amount <> 0", name="amount_is_something"),
        Index(None, "occurred_at", "id"),
        Index(None, "account_id", "id"),
        Index(None, "invoice_id"),
    )
    append_only: ClassVar[bool] = True

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey(Invoice.id))
    provider: Mapped[str]
    kind: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[int]
    tax_amount: Mapped[int] = mapped_column(default=0)
    occurred_at: Mapped[datetime]

    account: Mapped[BillingAccount] = relationship()
    invoice: Mapped[Invoice | None] = relationship()

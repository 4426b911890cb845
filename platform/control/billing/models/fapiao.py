"""Fapiao 发票: who is named on one, what was asked for, what was issued, and red-letter notes."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from control.billing.models.accounts import BillingAccount, Invoice
from kit.db import ControlModel, Encrypted, Versioned, states
from kit.personal import phone_number, plain


def account_number(typed: str) -> str:
    """Return the number of a bank account without the spaces people put into it."""
    return plain(typed).replace(" ", "").replace("-", "")


class FapiaoKind(StrEnum):
    """普票, or 专票 with which the buyer deducts the tax."""

    ORDINARY = "ordinary"
    SPECIAL = "special"


class FapiaoBuyer(StrEnum):
    """Who is named on it."""

    COMPANY = "company"
    PERSON = "person"


class FapiaoState(StrEnum):
    """Where a request stands."""

    REQUESTED = "requested"
    ISSUED = "issued"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class FapiaoTitle(ControlModel):
    """A buyer as named on a fapiao (发票抬头). It never changes: another name is another row.

    `email` is where the last one went. One that is not remembered is not offered any more, but
    requests still name it.
    """

    __tablename__ = "fapiao_titles"
    __table_args__ = (
        states(FapiaoBuyer, "buyer"),
        Index(None, "account_id", "used_at"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    buyer: Mapped[str]
    name: Mapped[str]
    tax_number: Mapped[str] = mapped_column(default="")
    address_cipher: Mapped[bytes | None]
    address = Encrypted(plain, indexed=False, tail=False)
    phone_cipher: Mapped[bytes | None]
    phone = Encrypted(phone_number, indexed=False, tail=False)
    bank: Mapped[str] = mapped_column(default="")
    bank_account_cipher: Mapped[bytes | None]
    bank_account = Encrypted(account_number, indexed=False, tail=False)
    email: Mapped[str] = mapped_column(default="")
    is_remembered: Mapped[bool] = mapped_column(default=True)
    used_at: Mapped[datetime]


class FapiaoRequest(Versioned, ControlModel):
    """That a workspace asks for a fapiao about one or more paid invoices.

    `amount` is what was paid less what was refunded: when it was asked, and again when issued.
    What is refunded after that is owed a red-letter note; `corrected_amount` has had one.
    """

    __tablename__ = "fapiao_requests"
    __table_args__ = (
        states(FapiaoKind, "kind"),
        states(FapiaoState, "state"),
        Index(None, "account_id", "id"),
        Index(None, "state", "id"),
        Index(None, "title_id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    title_id: Mapped[int] = mapped_column(ForeignKey(FapiaoTitle.id))
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default=FapiaoState.REQUESTED)
    currency: Mapped[str]
    amount: Mapped[int]
    corrected_amount: Mapped[int] = mapped_column(default=0)
    email: Mapped[str]
    requester_name: Mapped[str]
    number: Mapped[str | None] = mapped_column(unique=True)
    issued_on: Mapped[date | None]
    file_key: Mapped[str | None]
    file_type: Mapped[str | None]
    file_name: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decider_name: Mapped[str | None]
    uncorrected: Mapped[int | None] = query_expression()
    """What was given back since and has had no red-letter note, where a query asks for it."""

    account: Mapped[BillingAccount] = relationship()
    title: Mapped[FapiaoTitle] = relationship()
    items: Mapped[list["FapiaoItem"]] = relationship(
        back_populates="request", order_by="FapiaoItem.id"
    )
    corrections: Mapped[list["FapiaoCorrection"]] = relationship(
        back_populates="request", order_by="FapiaoCorrection.id"
    )


class FapiaoItem(ControlModel):
    """One invoice of a request, and how much of it; `holds` while no other may ask for it."""

    __tablename__ = "fapiao_items"
    __table_args__ = (
        Index(None, "request_id"),
        Index(None, "invoice_id"),
        Index("uq_fapiao_items_held", "invoice_id", unique=True, postgresql_where=text("holds")),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey(FapiaoRequest.id))
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id))
    amount: Mapped[int]
    holds: Mapped[bool] = mapped_column(default=True)

    request: Mapped[FapiaoRequest] = relationship(back_populates="items")
    invoice: Mapped[Invoice] = relationship()


class FapiaoCorrection(ControlModel):
    """A red-letter note (红字): so much of a fapiao counts as never issued."""

    __tablename__ = "fapiao_corrections"
    __table_args__ = (Index(None, "request_id"),)

    request_id: Mapped[int] = mapped_column(ForeignKey(FapiaoRequest.id))
    number: Mapped[str] = mapped_column(unique=True)
    issued_on: Mapped[date]
    amount: Mapped[int]
    file_key: Mapped[str]
    file_type: Mapped[str]
    file_name: Mapped[str]
    noter_name: Mapped[str]

    request: Mapped[FapiaoRequest] = relationship(back_populates="corrections")

"""Customers."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, Versioned, pairs_index, states
from kit.personal import document_number, phone_number, plain
from tenants.accounts.models import User
from tenants.channels.models import Channel


class CustomerKind(StrEnum):
    """What a customer is."""

    PERSON = "person"
    ENTERPRISE = "enterprise"
    GOVERNMENT = "government"


class DocumentKind(StrEnum):
    """The document a customer is known by."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"
    BUSINESS_LICENCE = "business_licence"
    OTHER = "other"


class CreditLevel(StrEnum):
    """How far a customer is trusted (C019, D048)."""

    NORMAL = "normal"
    GOOD = "good"
    WATCH = "watch"


ERASED = "〔已清除〕"
"""Stands where a person's name stood; never translated, because it is stored."""


class Customer(Versioned, TenantModel):
    """Who gets the number. Personal data is encrypted; a name is searched by its sort key.

    `channel_id` is the channel that brought the customer and sees them in its portal; `language` is
    what messages to them are written in, none is the workspace's.
    """

    __tablename__ = "customers"
    __table_args__ = (
        states(CustomerKind, "kind"),
        states(DocumentKind, "document_kind", optional=True),
        states(CreditLevel, "credit"),
        Index(None, "sort_key", "id"),
        Index(None, "name"),
        pairs_index("ix_customers_name_pairs", "name"),
        Index(None, "kind", "id"),
        Index(None, "phone_tail", "id"),
        # Rows come in the order of their time: a tree would be hundreds of times as large.
        Index(None, "created_at", postgresql_using="brin"),
        Index(
            "uq_customers_document_index",
            "document_index",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(None, "deleted_at", "id", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    kind: Mapped[str]
    name: Mapped[str]
    sort_key: Mapped[str]
    contact_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    industry: Mapped[str] = mapped_column(default="")
    credit: Mapped[str] = mapped_column(default=CreditLevel.NORMAL)
    document_kind: Mapped[str | None]
    born_on: Mapped[date | None]
    province: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None]
    channel_id: Mapped[int | None] = mapped_column(ForeignKey(Channel.id), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    deleted_at: Mapped[datetime | None]

    phone_cipher: Mapped[bytes | None]
    phone_index: Mapped[str | None] = mapped_column(index=True)
    phone_tail: Mapped[str | None]
    phone = Encrypted(phone_number)
    document_cipher: Mapped[bytes | None]
    document_index: Mapped[str | None]
    document_tail: Mapped[str | None]
    document = Encrypted(document_number)
    address_cipher: Mapped[bytes | None]
    address_index: Mapped[str | None] = mapped_column(index=True)
    address = Encrypted(plain, tail=False)

    channel: Mapped[Channel | None] = relationship()

    @property
    def number(self) -> str:
        """The customer's number: CM0001."""
        return f"CM{self.id:04}"

    @property
    def is_erased(self) -> bool:
        """Whether the person has been erased: what is left belongs to the orders."""
        return self.name == ERASED and self.phone_cipher is None

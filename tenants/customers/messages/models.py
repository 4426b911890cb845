"""Messages to customers, and which of them the workspace has switched on."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, states
from kit.personal import plain
from tenants.customers.models import Customer
from tenants.notices.models import DeliveryState


class MessageWay(StrEnum):
    """How a customer is told."""

    SMS = "sms"
    MAIL = "mail"


class MessageSwitch(TenantModel):
    """Customers are told of a kind by a way in a language: there is a row, or they are not."""

    __tablename__ = "customer_message_switches"
    __table_args__ = (states(MessageWay, "way"), UniqueConstraint("kind", "way", "language"))

    kind: Mapped[str]
    way: Mapped[str]
    language: Mapped[str]


class CustomerMessage(TenantModel):
    """A message to a customer: when it is due, who is sending it, and how it ended.

    `key` is what happened and by which way it is told, so that it is told once. `values` fill the
    words and hold nothing about the person; where it goes is encrypted. `sending` is the id of the
    job that has taken it, until `leased_until`; `problem` is a word for what went wrong.
    """

    __tablename__ = "customer_messages"
    __table_args__ = (
        states(MessageWay, "way"),
        states(DeliveryState, "state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_time"),
    )

    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    way: Mapped[str]
    language: Mapped[str]
    customer_id: Mapped[int] = mapped_column(ForeignKey(Customer.id), index=True)
    record_id: Mapped[str]
    record_name: Mapped[str] = mapped_column(index=True)
    values: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=DeliveryState.WAITING)
    problem: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime]
    sending: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    recipient_cipher: Mapped[bytes | None]
    recipient_index: Mapped[str | None] = mapped_column(index=True)
    recipient = Encrypted(plain, tail=False)

    customer: Mapped[Customer] = relationship()

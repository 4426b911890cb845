"""Pools, numbers, segments, SIM cards and allotments."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import TenantModel, Versioned, states
from tenants.accounts.dictionary import Carrier
from tenants.channels.models import Channel


class Source(StrEnum):
    """Where a pool's numbers come from."""

    OWN_STOCK = "own_stock"
    CARRIER_LIVE = "carrier_live"


class NumberPool(Versioned, TenantModel):
    """A stock of numbers of one carrier."""

    __tablename__ = "number_pools"
    __table_args__ = (states(Source, "source"), states(Carrier, "carrier"))

    name: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str] = mapped_column(default=Source.OWN_STOCK)
    carrier: Mapped[str]
    alert_below: Mapped[int] = mapped_column(default=0)
    remark: Mapped[str] = mapped_column(default="")


class Segment(TenantModel):
    """A range of numbers with its carrier and home area, kept by the workspace."""

    __tablename__ = "segments"
    __table_args__ = (
        states(Carrier, "carrier"),
        CheckConstraint("prefix ~ '^[0-9]{3,9}$'", name="prefix_is_digits"),
    )

    prefix: Mapped[str] = mapped_column(unique=True)
    carrier: Mapped[str]
    province: Mapped[str]
    city: Mapped[str]


class NumberState(StrEnum):
    """The life of a number."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    ALLOCATED = "allocated"
    IN_SERVICE = "in_service"
    SUSPENDED = "suspended"
    AGING = "aging"
    BLOCKED = "blocked"
    PORTING_IN = "porting_in"
    PORTED_OUT = "ported_out"


FOURS = "(ARRAY[" + ", ".join(f"substr(msisdn, {at}, 4)" for at in range(1, 11)) + "])"
"""Every four digits that stand together in a number, as its index has them."""


class Number(TenantModel):
    """A number (MSISDN): 11 digits, or 13 for IoT.

    A hold is `reserved_by` (an opaque owner) until `reserved_until`; an expired one counts as
    available. `item_id` is the public id of the order item it is allocated to. `bigrams` are its
    pairs of digits, for searching two or three contained digits by index; more are searched by
    fours, for a pair of digits stands in every tenth number.
    """

    __tablename__ = "numbers"
    __table_args__ = (
        states(NumberState, "state"),
        states(Carrier, "carrier"),
        CheckConstraint("msisdn ~ '^([0-9]{11}|[0-9]{13})$'", name="msisdn_is_11_or_13_digits"),
        CheckConstraint(
            "(state = 'reserved') = (reserved_by IS NOT NULL AND reserved_until IS NOT NULL)",
            name="holds_have_owner_and_expiry",
        ),
        CheckConstraint(
            "state NOT IN ('allocated', 'in_service') OR item_id IS NOT NULL",
            name="allocated_has_an_item",
        ),
        Index("uq_numbers_item_id", "item_id", unique=True),
        Index(None, "state", "id"),
        Index(None, "pool_id", "state", "id"),
        Index(None, "channel_id", "state", "id"),
        Index(None, "tail", "state"),
        Index(None, "bigrams", postgresql_using="gin"),
        Index("ix_numbers_fours", literal_column(FOURS), postgresql_using="gin"),
        Index(None, "reserved_until", postgresql_where=text("state = 'reserved'")),
        Index(None, "reserved_by", postgresql_where=text("state = 'reserved'")),
    )

    msisdn: Mapped[str] = mapped_column(unique=True)
    tail: Mapped[str]
    bigrams: Mapped[list[str]] = mapped_column(ARRAY(Text))
    has_four: Mapped[bool]
    pool_id: Mapped[int] = mapped_column(ForeignKey(NumberPool.id))
    carrier: Mapped[str]
    province: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    is_home_guessed: Mapped[bool] = mapped_column(default=False)
    number_class: Mapped[str] = mapped_column(default="")
    pattern: Mapped[str] = mapped_column(default="")
    extra_amount: Mapped[int] = mapped_column(default=0)
    minimum_spend: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default=NumberState.AVAILABLE)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey(Channel.id))
    reserved_by: Mapped[str | None]
    reserved_until: Mapped[datetime | None]
    item_id: Mapped[str | None]
    changed_at: Mapped[datetime]

    pool: Mapped[NumberPool] = relationship()
    channel: Mapped[Channel | None] = relationship()


class CardKind(StrEnum):
    """What sort of SIM card it is."""

    BLANK = "blank"
    PAIRED = "paired"
    ESIM = "esim"


class CardState(StrEnum):
    """The life of a SIM card."""

    PLANNED = "planned"
    IN_STOCK = "in_stock"
    RESERVED = "reserved"
    ALLOCATED = "allocated"
    ACTIVATED = "activated"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    SCRAPPED = "scrapped"


class SimCard(TenantModel):
    """A SIM card by its ICCID (ITU-T E.118: 19 or 20 digits); a paired one has its number."""

    __tablename__ = "sim_cards"
    __table_args__ = (
        states(CardKind, "kind"),
        states(CardState, "state"),
        states(Carrier, "carrier"),
        CheckConstraint("iccid ~ '^[0-9]{18}[0-9A-Z]{1,2}$'", name="iccid_is_19_or_20"),
        CheckConstraint(
            "state NOT IN ('allocated', 'activated') OR item_id IS NOT NULL",
            name="allocated_has_an_item",
        ),
        Index("uq_sim_cards_item_id", "item_id", unique=True),
        Index(None, "state", "id"),
        Index(None, "channel_id", "state", "id"),
        Index("uq_sim_cards_number_id", "number_id", unique=True),
    )

    iccid: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    carrier: Mapped[str]
    state: Mapped[str] = mapped_column(default=CardState.IN_STOCK)
    batch: Mapped[str] = mapped_column(default="")
    number_id: Mapped[int | None] = mapped_column(ForeignKey(Number.id))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey(Channel.id))
    item_id: Mapped[str | None]
    changed_at: Mapped[datetime]

    number: Mapped[Number | None] = relationship()
    channel: Mapped[Channel | None] = relationship()


class StockKind(StrEnum):
    """What an allotment deals."""

    NUMBER = "number"
    CARD = "card"


class Allotment(TenantModel):
    """Numbers or cards dealt to a channel's subtree (channel None: taken back to the house)."""

    __tablename__ = "allotments"
    __table_args__ = (states(StockKind, "kind"),)

    append_only: ClassVar[bool] = True

    kind: Mapped[str]
    channel_id: Mapped[int | None] = mapped_column(ForeignKey(Channel.id), index=True)
    count: Mapped[int]
    criteria: Mapped[str]
    actor_name: Mapped[str]

    channel: Mapped[Channel | None] = relationship()

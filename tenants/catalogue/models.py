"""Products and rates."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import TenantModel, Versioned, states
from tenants.accounts.dictionary import Carrier
from tenants.channels.models import Channel, Grade


class ProductKind(StrEnum):
    """What sort of product it is."""

    TRAFFIC_CARD = "traffic_card"
    PREMIUM_NUMBER = "premium_number"
    BROADBAND = "broadband"
    SECONDARY_CARD = "secondary_card"
    IOT = "iot"
    BENEFIT_PACK = "benefit_pack"


class ProductState(StrEnum):
    """Whether it can be sold."""

    DRAFT = "draft"
    ON_SHELF = "on_shelf"
    OFF_SHELF = "off_shelf"


class PickingMode(StrEnum):
    """How the customer's number is found."""

    NONE = "none"
    ANY = "any"
    FIXED_HOME = "fixed_home"
    CUSTOMER_AREA = "customer_area"
    PROVINCE_CHOICE = "province_choice"


class DeliveryMode(StrEnum):
    """How the card reaches the customer."""

    COURIER = "courier"
    COUNTER = "counter"
    PICK_UP = "pick_up"
    ESIM = "esim"


class Product(Versioned, TenantModel):
    """What is sold: plan content and submit rules.

    Amounts are minor units a month or once; data in megabytes, voice in minutes. Lists hold plain
    values: delivery modes, regions ("广东省", "广东省深圳市"), address keywords, photo names.
    """

    __tablename__ = "products"
    __table_args__ = (
        states(Carrier, "carrier"),
        states(ProductKind, "kind"),
        states(ProductState, "state"),
        states(PickingMode, "picking"),
        CheckConstraint("retail_amount >= 0 AND monthly_amount >= 0", name="prices_not_negative"),
        CheckConstraint("age_min <= age_max", name="ages_in_order"),
        Index(None, "state", "id"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str]
    carrier: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default=ProductState.DRAFT)

    monthly_amount: Mapped[int] = mapped_column(default=0)
    data_mb: Mapped[int] = mapped_column(default=0)
    targeted_data_mb: Mapped[int] = mapped_column(default=0)
    voice_minutes: Mapped[int] = mapped_column(default=0)
    sms_count: Mapped[int] = mapped_column(default=0)
    contract_months: Mapped[int] = mapped_column(default=0)
    promotion_months: Mapped[int] = mapped_column(default=0)
    after_promotion: Mapped[str] = mapped_column(default="")
    first_topup_amount: Mapped[int] = mapped_column(default=0)
    activation_note: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    agreement: Mapped[str] = mapped_column(default="")

    retail_amount: Mapped[int] = mapped_column(default=0)
    carrier_amount: Mapped[int] = mapped_column(default=0)
    delivery_modes: Mapped[list[str]]
    picking: Mapped[str] = mapped_column(default=PickingMode.ANY)
    photos: Mapped[list[str]]

    age_min: Mapped[int] = mapped_column(default=16)
    age_max: Mapped[int] = mapped_column(default=65)
    regions_allowed: Mapped[list[str]]
    regions_barred: Mapped[list[str]]
    address_keywords_barred: Mapped[list[str]]
    repeat_days: Mapped[int] = mapped_column(default=0)
    repeat_by: Mapped[list[str]]
    max_per_person: Mapped[int] = mapped_column(default=5)
    blocked_channel_ids: Mapped[list[int]]
    deleted_at: Mapped[datetime | None]

    rates: Mapped[list["Rate"]] = relationship(back_populates="product")

    @property
    def plan_content(self) -> dict[str, Any]:
        """What the customer gets, as kept in an order's snapshot."""
        return {
            "monthly_amount": self.monthly_amount,
            "data_mb": self.data_mb,
            "targeted_data_mb": self.targeted_data_mb,
            "voice_minutes": self.voice_minutes,
            "sms_count": self.sms_count,
            "contract_months": self.contract_months,
            "promotion_months": self.promotion_months,
            "after_promotion": self.after_promotion,
            "first_topup_amount": self.first_topup_amount,
        }


class MilestoneKind(StrEnum):
    """Events of an item that earn commission."""

    PLACED = "placed"
    ACTIVATED = "activated"
    FIRST_TOPUP = "first_topup"
    ON_NETWORK = "on_network"


class Timing(StrEnum):
    """When what a milestone earned may be settled."""

    AT_ONCE = "at_once"
    NEXT_MONTH = "next_month"
    MONTH_AFTER_NEXT = "month_after_next"


class Rate(Versioned, TenantModel):
    """What is earned of a milestone of a product: its default, a grade's, or a channel's own.

    `amount` is minor units for each item: for a channel at the top, what its whole branch earns;
    for a child, the share its parent gives it. `month` is k for on_network, else 0.
    """

    __tablename__ = "rates"
    __table_args__ = (
        states(MilestoneKind, "milestone"),
        states(Timing, "timing"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("(milestone = 'on_network') = (month > 0)", name="months_count_from_1"),
        CheckConstraint("num_nonnulls(grade_id, channel_id) <= 1", name="one_scope"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="validity_in_order"),
        Index(None, "product_id", "milestone", "month"),
        Index(
            "uq_rates_scope",
            "product_id",
            "milestone",
            "month",
            text("coalesce(grade_id, 0)"),
            text("coalesce(channel_id, 0)"),
            "valid_from",
            unique=True,
        ),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id))
    grade_id: Mapped[int | None] = mapped_column(ForeignKey(Grade.id), index=True)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey(Channel.id), index=True)
    milestone: Mapped[str]
    month: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int]
    timing: Mapped[str] = mapped_column(default=Timing.NEXT_MONTH)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    product: Mapped[Product] = relationship(back_populates="rates")
    grade: Mapped[Grade | None] = relationship()
    channel: Mapped[Channel | None] = relationship()

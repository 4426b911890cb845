"""Orders, items and their timeline."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, Versioned, pairs_index, states
from kit.personal import phone_number, plain
from tenants.accounts.models import User
from tenants.catalogue.models import DeliveryMode, Product
from tenants.channels.models import Channel
from tenants.customers.models import Customer
from tenants.numbers.models import Number, SimCard
from tenants.orders.states import (
    ActivationState,
    Axis,
    CarrierState,
    FulfilmentState,
    OrderState,
    PaymentState,
)


class Order(Versioned, TenantModel):
    """One customer's order; `channel_id` None is the house's own sale.

    `chain_path` keeps the channel's path as it was, so that a subtree's orders are a prefix.
    `held_from` is the state an order on hold returns to. `submission` makes a double submit one.
    """

    __tablename__ = "orders"
    __table_args__ = (
        states(OrderState, "state"),
        states(OrderState, "held_from", optional=True),
        states(PaymentState, "payment_state"),
        states(DeliveryMode, "delivery_mode"),
        CheckConstraint("(state = 'on_hold') = (held_from IS NOT NULL)", name="hold_has_origin"),
        CheckConstraint("total_amount >= 0", name="total_not_negative"),
        Index(None, "state", "id"),
        Index(None, "customer_id", "id"),
        Index(None, "channel_id", "id"),
        Index(None, "handler_id", "id"),
        Index(None, "chain_path", "id", postgresql_ops={"chain_path": "text_pattern_ops"}),
        Index(None, "placed_at", "id"),
        Index(None, "placed_by_id", "id"),
        Index(None, "recipient_phone_tail"),
        pairs_index("ix_orders_recipient_name_pairs", "recipient_name"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    submission: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey(Customer.id))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey(Channel.id))
    chain_path: Mapped[str] = mapped_column(default="")
    placed_at: Mapped[datetime]
    placed_by_kind: Mapped[str]
    placed_by_id: Mapped[str]
    placed_by_name: Mapped[str]

    state: Mapped[str]
    held_from: Mapped[str | None]
    hold_cause: Mapped[str] = mapped_column(default="")
    payment_state: Mapped[str]
    state_since: Mapped[datetime]
    handler_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    flag: Mapped[str] = mapped_column(default="")

    total_amount: Mapped[int]
    currency: Mapped[str]
    traded_on: Mapped[date]
    deliver_on: Mapped[date | None]
    delivery_mode: Mapped[str]
    recipient_name: Mapped[str]
    province: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    recipient_phone_cipher: Mapped[bytes | None]
    recipient_phone_index: Mapped[str | None] = mapped_column(index=True)
    recipient_phone_tail: Mapped[str | None]
    recipient_phone = Encrypted(phone_number)
    recipient_address_cipher: Mapped[bytes | None]
    recipient_address = Encrypted(plain, indexed=False, tail=False)

    customer: Mapped[Customer] = relationship()
    channel: Mapped[Channel | None] = relationship()
    handler: Mapped[User | None] = relationship()
    items: Mapped[list["OrderItem"]] = relationship(
        back_populates="order", order_by="OrderItem.line"
    )


class OrderItem(TenantModel):
    """One number with its card. `is_live` ends with a cancel, and gives number and card back.

    `snapshot` holds product, chain, prices and rates as they were; `commission_state` is the
    roll-up of its commission lines.
    """

    __tablename__ = "order_items"
    __table_args__ = (
        states(CarrierState, "carrier_state"),
        states(FulfilmentState, "fulfilment_state"),
        states(ActivationState, "activation_state"),
        UniqueConstraint("order_id", "line"),
        # The database's own word that nobody gets a number or a card twice.
        Index("uq_order_items_number", "number_id", unique=True, postgresql_where=text("is_live")),
        Index("uq_order_items_card", "card_id", unique=True, postgresql_where=text("is_live")),
        Index(None, "msisdn"),
        Index(None, "carrier_order_number"),
        Index(None, "product_id", "id"),
        Index(None, "carrier_state", "id"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey(Order.id))
    line: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id))
    product_name: Mapped[str]
    carrier: Mapped[str]
    unit_amount: Mapped[int]
    number_id: Mapped[int | None] = mapped_column(ForeignKey(Number.id))
    msisdn: Mapped[str | None]
    card_id: Mapped[int | None] = mapped_column(ForeignKey(SimCard.id))
    iccid: Mapped[str | None] = mapped_column(index=True)
    is_live: Mapped[bool] = mapped_column(default=True)

    carrier_state: Mapped[str]
    carrier_order_number: Mapped[str | None]
    carrier_code: Mapped[str] = mapped_column(default="")
    carrier_text: Mapped[str] = mapped_column(default="")
    carrier_since: Mapped[datetime]
    fulfilment_state: Mapped[str]
    fulfilment_since: Mapped[datetime]
    courier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    activation_state: Mapped[str]
    activation_since: Mapped[datetime]
    activated_on: Mapped[date | None]
    snapshot: Mapped[dict[str, Any]]

    order: Mapped[Order] = relationship(back_populates="items")
    product: Mapped[Product] = relationship()
    sold_number: Mapped[Number | None] = relationship()
    card: Mapped[SimCard | None] = relationship()


class OrderEvent(TenantModel):
    """A row of the timeline: what moved on which axis, by whom, with the carrier's own words."""

    __tablename__ = "order_events"
    __table_args__ = (states(Axis, "axis", optional=True), Index(None, "order_id", "id"))

    append_only: ClassVar[bool] = True

    order_id: Mapped[int] = mapped_column(ForeignKey(Order.id))
    item_id: Mapped[int | None] = mapped_column(ForeignKey(OrderItem.id), index=True)
    axis: Mapped[str | None]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    remark: Mapped[str] = mapped_column(default="")
    # The value of the dictionary behind the remark, for statistics.
    reason_code: Mapped[str | None]
    carrier_code: Mapped[str] = mapped_column(default="")
    carrier_text: Mapped[str] = mapped_column(default="")
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]


class CarrierEvent(TenantModel):
    """An event that the carrier told us of an item: the same one counts once, however it comes."""

    __tablename__ = "carrier_events"
    __table_args__ = (UniqueConstraint("item_id", "event", "month", "occurred_on"),)

    append_only: ClassVar[bool] = True

    item_id: Mapped[int] = mapped_column(ForeignKey(OrderItem.id))
    event: Mapped[str]
    month: Mapped[int] = mapped_column(default=0)
    occurred_on: Mapped[date]
    source: Mapped[str]

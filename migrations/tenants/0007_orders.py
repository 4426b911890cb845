"""Orders, items, their timeline and the carrier's events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("chain_path", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by_kind", sa.Text(), nullable=False),
        sa.Column("placed_by_id", sa.Text(), nullable=False),
        sa.Column("placed_by_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_from", sa.Text(), nullable=True),
        sa.Column("hold_cause", sa.Text(), nullable=False),
        sa.Column("payment_state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handler_id", sa.BigInteger(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("traded_on", sa.Date(), nullable=False),
        sa.Column("deliver_on", sa.Date(), nullable=True),
        sa.Column("delivery_mode", sa.Text(), nullable=False),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipient_phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("recipient_phone_index", sa.Text(), nullable=True),
        sa.Column("recipient_phone_tail", sa.Text(), nullable=True),
        sa.Column("recipient_address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'on_hold') = (held_from IS NOT NULL)", name=op.f("ck_orders_hold_has_origin")
        ),
        sa.CheckConstraint(
            "delivery_mode IN ('courier', 'counter', 'pick_up', 'esim')",
            name=op.f("ck_orders_delivery_mode_is_known"),
        ),
        sa.CheckConstraint(
            "held_from IS NULL OR held_from IN ('draft', 'new', 'audited', 'assigned', 'processing', 'shipped', 'completed', 'cancelled', 'rejected', 'on_hold')",
            name=op.f("ck_orders_held_from_is_known"),
        ),
        sa.CheckConstraint(
            "payment_state IN ('not_due', 'unpaid', 'paid', 'part_refunded', 'refunding', 'refunded', 'refund_failed', 'expired')",
            name=op.f("ck_orders_payment_state_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'new', 'audited', 'assigned', 'processing', 'shipped', 'completed', 'cancelled', 'rejected', 'on_hold')",
            name=op.f("ck_orders_state_is_known"),
        ),
        sa.CheckConstraint("total_amount >= 0", name=op.f("ck_orders_total_not_negative")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_orders_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["users.id"], name=op.f("fk_orders_handler_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_orders_public_id")),
        sa.UniqueConstraint("submission", name=op.f("uq_orders_submission")),
    )
    op.create_index(
        op.f("ix_orders_chain_path_id"),
        "orders",
        ["chain_path", "id"],
        unique=False,
        postgresql_ops={"chain_path": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_orders_channel_id_id"), "orders", ["channel_id", "id"], unique=False)
    op.create_index(op.f("ix_orders_customer_id_id"), "orders", ["customer_id", "id"], unique=False)
    op.create_index(op.f("ix_orders_handler_id_id"), "orders", ["handler_id", "id"], unique=False)
    op.create_index(op.f("ix_orders_placed_at_id"), "orders", ["placed_at", "id"], unique=False)
    op.create_index(
        op.f("ix_orders_placed_by_id_id"), "orders", ["placed_by_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_orders_recipient_phone_index"), "orders", ["recipient_phone_index"], unique=False
    )
    op.create_index(op.f("ix_orders_state_id"), "orders", ["state", "id"], unique=False)
    op.create_table(
        "order_items",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("number_id", sa.BigInteger(), nullable=True),
        sa.Column("msisdn", sa.Text(), nullable=True),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("iccid", sa.Text(), nullable=True),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("carrier_state", sa.Text(), nullable=False),
        sa.Column("carrier_order_number", sa.Text(), nullable=True),
        sa.Column("carrier_code", sa.Text(), nullable=False),
        sa.Column("carrier_text", sa.Text(), nullable=False),
        sa.Column("carrier_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fulfilment_state", sa.Text(), nullable=False),
        sa.Column("fulfilment_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("courier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("activation_state", sa.Text(), nullable=False),
        sa.Column("activation_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_on", sa.Date(), nullable=True),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "activation_state IN ('not_activated', 'real_name_check', 'activated', 'failed', 'suspended', 'closed')",
            name=op.f("ck_order_items_activation_state_is_known"),
        ),
        sa.CheckConstraint(
            "carrier_state IN ('not_needed', 'to_submit', 'submitted', 'opening', 'opened', 'failed', 'info_wanted', 'withdrawn', 'unknown')",
            name=op.f("ck_order_items_carrier_state_is_known"),
        ),
        sa.CheckConstraint(
            "fulfilment_state IN ('waiting', 'picking', 'packed', 'outbound', 'in_transit', 'delivered', 'handed_over', 'refused', 'returning', 'returned_to_stock', 'lost')",
            name=op.f("ck_order_items_fulfilment_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["sim_cards.id"], name=op.f("fk_order_items_card_id_sim_cards")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["numbers.id"], name=op.f("fk_order_items_number_id_numbers")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_items_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_order_items_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_items")),
        sa.UniqueConstraint("order_id", "line", name=op.f("uq_order_items_order_id_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_order_items_public_id")),
    )
    op.create_index(
        op.f("ix_order_items_carrier_order_number"),
        "order_items",
        ["carrier_order_number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_order_items_carrier_state_id"),
        "order_items",
        ["carrier_state", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_order_items_iccid"), "order_items", ["iccid"], unique=False)
    op.create_index(op.f("ix_order_items_msisdn"), "order_items", ["msisdn"], unique=False)
    op.create_index(
        op.f("ix_order_items_product_id_id"), "order_items", ["product_id", "id"], unique=False
    )
    op.create_index(
        "uq_order_items_card",
        "order_items",
        ["card_id"],
        unique=True,
        postgresql_where=sa.text("is_live"),
    )
    op.create_index(
        "uq_order_items_number",
        "order_items",
        ["number_id"],
        unique=True,
        postgresql_where=sa.text("is_live"),
    )
    op.create_table(
        "carrier_events",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["order_items.id"], name=op.f("fk_carrier_events_item_id_order_items")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_events")),
        sa.UniqueConstraint(
            "item_id",
            "event",
            "month",
            "occurred_on",
            name=op.f("uq_carrier_events_item_id_event_month_occurred_on"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_carrier_events_public_id")),
    )
    op.create_table(
        "order_events",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("axis", sa.Text(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("carrier_code", sa.Text(), nullable=False),
        sa.Column("carrier_text", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "axis IS NULL OR axis IN ('order', 'payment', 'carrier', 'fulfilment', 'activation')",
            name=op.f("ck_order_events_axis_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["order_items.id"], name=op.f("fk_order_events_item_id_order_items")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_events_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_order_events_public_id")),
    )
    op.create_index(op.f("ix_order_events_item_id"), "order_events", ["item_id"], unique=False)
    op.create_index(
        op.f("ix_order_events_order_id_id"), "order_events", ["order_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_order_events_order_id_id"), table_name="order_events")
    op.drop_index(op.f("ix_order_events_item_id"), table_name="order_events")
    op.drop_table("order_events")
    op.drop_table("carrier_events")
    op.drop_index(
        "uq_order_items_number", table_name="order_items", postgresql_where=sa.text("is_live")
    )
    op.drop_index(
        "uq_order_items_card", table_name="order_items", postgresql_where=sa.text("is_live")
    )
    op.drop_index(op.f("ix_order_items_product_id_id"), table_name="order_items")
    op.drop_index(op.f("ix_order_items_msisdn"), table_name="order_items")
    op.drop_index(op.f("ix_order_items_iccid"), table_name="order_items")
    op.drop_index(op.f("ix_order_items_carrier_state_id"), table_name="order_items")
    op.drop_index(op.f("ix_order_items_carrier_order_number"), table_name="order_items")
    op.drop_table("order_items")
    op.drop_index(op.f("ix_orders_state_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_recipient_phone_index"), table_name="orders")
    op.drop_index(op.f("ix_orders_placed_by_id_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_placed_at_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_handler_id_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_customer_id_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_channel_id_id"), table_name="orders")
    op.drop_index(
        op.f("ix_orders_chain_path_id"),
        table_name="orders",
        postgresql_ops={"chain_path": "text_pattern_ops"},
    )
    op.drop_table("orders")

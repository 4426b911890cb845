"""Products with plan content and submit rules, and what channels earn with them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("monthly_amount", sa.BigInteger(), nullable=False),
        sa.Column("data_mb", sa.BigInteger(), nullable=False),
        sa.Column("targeted_data_mb", sa.BigInteger(), nullable=False),
        sa.Column("voice_minutes", sa.BigInteger(), nullable=False),
        sa.Column("sms_count", sa.BigInteger(), nullable=False),
        sa.Column("contract_months", sa.BigInteger(), nullable=False),
        sa.Column("promotion_months", sa.BigInteger(), nullable=False),
        sa.Column("after_promotion", sa.Text(), nullable=False),
        sa.Column("first_topup_amount", sa.BigInteger(), nullable=False),
        sa.Column("activation_note", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("retail_amount", sa.BigInteger(), nullable=False),
        sa.Column("carrier_amount", sa.BigInteger(), nullable=False),
        sa.Column("delivery_modes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("picking", sa.Text(), nullable=False),
        sa.Column("photos", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("age_min", sa.BigInteger(), nullable=False),
        sa.Column("age_max", sa.BigInteger(), nullable=False),
        sa.Column("regions_allowed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("regions_barred", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "address_keywords_barred", postgresql.JSONB(astext_type=sa.Text()), nullable=False
        ),
        sa.Column("repeat_days", sa.BigInteger(), nullable=False),
        sa.Column("repeat_by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("max_per_person", sa.BigInteger(), nullable=False),
        sa.Column("blocked_channel_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "carrier IN ('mobile', 'unicom', 'telecom', 'broadnet', 'mvno')",
            name=op.f("ck_products_carrier_is_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('traffic_card', 'premium_number', 'broadband', 'secondary_card', 'iot', 'benefit_pack')",
            name=op.f("ck_products_kind_is_known"),
        ),
        sa.CheckConstraint(
            "picking IN ('none', 'any', 'fixed_home', 'customer_area', 'province_choice')",
            name=op.f("ck_products_picking_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'on_shelf', 'off_shelf')", name=op.f("ck_products_state_is_known")
        ),
        sa.CheckConstraint("age_min <= age_max", name=op.f("ck_products_ages_in_order")),
        sa.CheckConstraint(
            "retail_amount >= 0 AND monthly_amount >= 0",
            name=op.f("ck_products_prices_not_negative"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("code", name=op.f("uq_products_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_products_public_id")),
    )
    op.create_index(op.f("ix_products_state_id"), "products", ["state", "id"], unique=False)
    op.create_table(
        "rates",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("grade_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("milestone", sa.Text(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("timing", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(milestone = 'on_network') = (month > 0)", name=op.f("ck_rates_months_count_from_1")
        ),
        sa.CheckConstraint(
            "milestone IN ('placed', 'activated', 'first_topup', 'on_network')",
            name=op.f("ck_rates_milestone_is_known"),
        ),
        sa.CheckConstraint(
            "timing IN ('at_once', 'next_month', 'month_after_next')",
            name=op.f("ck_rates_timing_is_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_rates_amount_not_negative")),
        sa.CheckConstraint(
            "num_nonnulls(grade_id, channel_id) <= 1", name=op.f("ck_rates_one_scope")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_rates_validity_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_rates_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(["grade_id"], ["grades.id"], name=op.f("fk_rates_grade_id_grades")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_rates_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rates")),
        sa.UniqueConstraint("public_id", name=op.f("uq_rates_public_id")),
    )
    op.create_index(op.f("ix_rates_channel_id"), "rates", ["channel_id"], unique=False)
    op.create_index(op.f("ix_rates_grade_id"), "rates", ["grade_id"], unique=False)
    op.create_index(
        op.f("ix_rates_product_id_milestone_month"),
        "rates",
        ["product_id", "milestone", "month"],
        unique=False,
    )
    op.create_index(
        "uq_rates_scope",
        "rates",
        [
            "product_id",
            "milestone",
            "month",
            sa.literal_column("coalesce(grade_id, 0)"),
            sa.literal_column("coalesce(channel_id, 0)"),
            "valid_from",
        ],
        unique=True,
    )


def downgrade() -> None:
    op.drop_index("uq_rates_scope", table_name="rates")
    op.drop_index(op.f("ix_rates_product_id_milestone_month"), table_name="rates")
    op.drop_index(op.f("ix_rates_grade_id"), table_name="rates")
    op.drop_index(op.f("ix_rates_channel_id"), table_name="rates")
    op.drop_table("rates")
    op.drop_index(op.f("ix_products_state_id"), table_name="products")
    op.drop_table("products")

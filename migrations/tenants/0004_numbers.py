"""Number pools, segments, numbers, SIM cards and allotments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "number_pools",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("alert_below", sa.BigInteger(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "carrier IN ('mobile', 'unicom', 'telecom', 'broadnet', 'mvno')",
            name=op.f("ck_number_pools_carrier_is_known"),
        ),
        sa.CheckConstraint(
            "source IN ('own_stock', 'carrier_live')", name=op.f("ck_number_pools_source_is_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_pools")),
        sa.UniqueConstraint("name", name=op.f("uq_number_pools_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_number_pools_public_id")),
    )
    op.create_table(
        "segments",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "carrier IN ('mobile', 'unicom', 'telecom', 'broadnet', 'mvno')",
            name=op.f("ck_segments_carrier_is_known"),
        ),
        sa.CheckConstraint("prefix ~ '^[0-9]{3,9}$'", name=op.f("ck_segments_prefix_is_digits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("prefix", name=op.f("uq_segments_prefix")),
        sa.UniqueConstraint("public_id", name=op.f("uq_segments_public_id")),
    )
    op.create_table(
        "allotments",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('number', 'card')", name=op.f("ck_allotments_kind_is_known")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_allotments_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotments")),
        sa.UniqueConstraint("public_id", name=op.f("uq_allotments_public_id")),
    )
    op.create_index(op.f("ix_allotments_channel_id"), "allotments", ["channel_id"], unique=False)
    op.create_table(
        "numbers",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("bigrams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("has_four", sa.Boolean(), nullable=False),
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("is_home_guessed", sa.Boolean(), nullable=False),
        sa.Column("number_class", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("extra_amount", sa.BigInteger(), nullable=False),
        sa.Column("minimum_spend", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("reserved_by", sa.Text(), nullable=True),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'reserved') = (reserved_by IS NOT NULL AND reserved_until IS NOT NULL)",
            name=op.f("ck_numbers_holds_have_owner_and_expiry"),
        ),
        sa.CheckConstraint(
            "carrier IN ('mobile', 'unicom', 'telecom', 'broadnet', 'mvno')",
            name=op.f("ck_numbers_carrier_is_known"),
        ),
        sa.CheckConstraint(
            "msisdn ~ '^([0-9]{11}|[0-9]{13})$'", name=op.f("ck_numbers_msisdn_is_11_or_13_digits")
        ),
        sa.CheckConstraint(
            "state IN ('available', 'reserved', 'allocated', 'in_service', 'suspended', 'aging', 'blocked', 'porting_in', 'ported_out')",
            name=op.f("ck_numbers_state_is_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('allocated', 'in_service') OR item_id IS NOT NULL",
            name=op.f("ck_numbers_allocated_has_an_item"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_numbers_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["number_pools.id"], name=op.f("fk_numbers_pool_id_number_pools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbers")),
        sa.UniqueConstraint("msisdn", name=op.f("uq_numbers_msisdn")),
        sa.UniqueConstraint("public_id", name=op.f("uq_numbers_public_id")),
    )
    op.create_index(
        op.f("ix_numbers_bigrams"), "numbers", ["bigrams"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        op.f("ix_numbers_channel_id_state_id"),
        "numbers",
        ["channel_id", "state", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_numbers_pool_id_state_id"), "numbers", ["pool_id", "state", "id"], unique=False
    )
    op.create_index(
        op.f("ix_numbers_reserved_by"),
        "numbers",
        ["reserved_by"],
        unique=False,
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.create_index(
        op.f("ix_numbers_reserved_until"),
        "numbers",
        ["reserved_until"],
        unique=False,
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.create_index(op.f("ix_numbers_state_id"), "numbers", ["state", "id"], unique=False)
    op.create_index(op.f("ix_numbers_tail_state"), "numbers", ["tail", "state"], unique=False)
    op.create_index("uq_numbers_item_id", "numbers", ["item_id"], unique=True)
    op.create_table(
        "sim_cards",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("iccid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("number_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "carrier IN ('mobile', 'unicom', 'telecom', 'broadnet', 'mvno')",
            name=op.f("ck_sim_cards_carrier_is_known"),
        ),
        sa.CheckConstraint(
            "iccid ~ '^[0-9]{18}[0-9A-Z]{1,2}$'", name=op.f("ck_sim_cards_iccid_is_19_or_20")
        ),
        sa.CheckConstraint(
            "kind IN ('blank', 'paired', 'esim')", name=op.f("ck_sim_cards_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'in_stock', 'reserved', 'allocated', 'activated', 'suspended', 'terminated', 'scrapped')",
            name=op.f("ck_sim_cards_state_is_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('allocated', 'activated') OR item_id IS NOT NULL",
            name=op.f("ck_sim_cards_allocated_has_an_item"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_sim_cards_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["numbers.id"], name=op.f("fk_sim_cards_number_id_numbers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sim_cards")),
        sa.UniqueConstraint("iccid", name=op.f("uq_sim_cards_iccid")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sim_cards_public_id")),
    )
    op.create_index(
        op.f("ix_sim_cards_channel_id_state_id"),
        "sim_cards",
        ["channel_id", "state", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_sim_cards_state_id"), "sim_cards", ["state", "id"], unique=False)
    op.create_index("uq_sim_cards_item_id", "sim_cards", ["item_id"], unique=True)
    op.create_index("uq_sim_cards_number_id", "sim_cards", ["number_id"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_sim_cards_number_id", table_name="sim_cards")
    op.drop_index("uq_sim_cards_item_id", table_name="sim_cards")
    op.drop_index(op.f("ix_sim_cards_state_id"), table_name="sim_cards")
    op.drop_index(op.f("ix_sim_cards_channel_id_state_id"), table_name="sim_cards")
    op.drop_table("sim_cards")
    op.drop_index("uq_numbers_item_id", table_name="numbers")
    op.drop_index(op.f("ix_numbers_tail_state"), table_name="numbers")
    op.drop_index(op.f("ix_numbers_state_id"), table_name="numbers")
    op.drop_index(
        op.f("ix_numbers_reserved_until"),
        table_name="numbers",
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.drop_index(
        op.f("ix_numbers_reserved_by"),
        table_name="numbers",
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.drop_index(op.f("ix_numbers_pool_id_state_id"), table_name="numbers")
    op.drop_index(op.f("ix_numbers_channel_id_state_id"), table_name="numbers")
    op.drop_index(op.f("ix_numbers_bigrams"), table_name="numbers", postgresql_using="gin")
    op.drop_table("numbers")
    op.drop_index(op.f("ix_allotments_channel_id"), table_name="allotments")
    op.drop_table("allotments")
    op.drop_table("segments")
    op.drop_table("number_pools")

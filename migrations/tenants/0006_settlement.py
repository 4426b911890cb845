"""Milestones, commission lines, the ledger, settlement runs and payouts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "journals",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('earned', 'settled', 'paid', 'reversed')",
            name=op.f("ck_journals_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["journals.id"], name=op.f("fk_journals_reverses_id_journals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journals")),
        sa.UniqueConstraint("key", name=op.f("uq_journals_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_journals_public_id")),
    )
    op.create_index(op.f("ix_journals_reverses_id"), "journals", ["reverses_id"], unique=False)
    op.create_table(
        "milestones",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'met') = (met_on IS NOT NULL)", name=op.f("ck_milestones_met_has_a_date")
        ),
        sa.CheckConstraint(
            "kind IN ('placed', 'activated', 'first_topup', 'on_network')",
            name=op.f("ck_milestones_kind_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'met', 'not_met', 'unknown')",
            name=op.f("ck_milestones_state_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
        sa.UniqueConstraint(
            "item_id", "kind", "month", name=op.f("uq_milestones_item_id_kind_month")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_milestones_public_id")),
    )
    op.create_table(
        "settlement_runs",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_runs")),
        sa.UniqueConstraint("key", name=op.f("uq_settlement_runs_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_settlement_runs_public_id")),
    )
    op.create_table(
        "accounts",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(code IN ('commission_expense', 'cash')) = (channel_id IS NULL)",
            name=op.f("ck_accounts_house_accounts_have_no_channel"),
        ),
        sa.CheckConstraint(
            "code IN ('pending', 'payable', 'commission_expense', 'cash')",
            name=op.f("ck_accounts_code_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_accounts_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_accounts_public_id")),
    )
    op.create_index(op.f("ix_accounts_channel_id"), "accounts", ["channel_id"], unique=False)
    op.create_index(
        "uq_accounts_owner",
        "accounts",
        [sa.literal_column("coalesce(channel_id, 0)"), "code", "currency"],
        unique=True,
    )
    op.create_table(
        "commission_lines",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("milestone", sa.Text(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("timing", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'settled') <= (run_id IS NOT NULL)",
            name=op.f("ck_commission_lines_settled_has_a_run"),
        ),
        sa.CheckConstraint(
            "milestone IN ('placed', 'activated', 'first_topup', 'on_network')",
            name=op.f("ck_commission_lines_milestone_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('expected', 'pending', 'settled', 'refused', 'clawed_back', 'void')",
            name=op.f("ck_commission_lines_state_is_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'clawed_back', 'void') OR reason <> ''",
            name=op.f("ck_commission_lines_refusals_have_a_reason"),
        ),
        sa.CheckConstraint(
            "timing IN ('at_once', 'next_month', 'month_after_next')",
            name=op.f("ck_commission_lines_timing_is_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_commission_lines_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_commission_lines_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["settlement_runs.id"],
            name=op.f("fk_commission_lines_run_id_settlement_runs"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_lines")),
        sa.UniqueConstraint(
            "item_id",
            "channel_id",
            "milestone",
            "month",
            name=op.f("uq_commission_lines_item_id_channel_id_milestone_month"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_commission_lines_public_id")),
    )
    op.create_index(
        op.f("ix_commission_lines_channel_id_state_id"),
        "commission_lines",
        ["channel_id", "state", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_commission_lines_due_on_id"),
        "commission_lines",
        ["due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_commission_lines_order_number"), "commission_lines", ["order_number"], unique=False
    )
    op.create_index(
        op.f("ix_commission_lines_run_id"), "commission_lines", ["run_id"], unique=False
    )
    op.create_index(
        op.f("ix_commission_lines_state_id"), "commission_lines", ["state", "id"], unique=False
    )
    op.create_table(
        "payouts",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("proof_key", sa.Text(), nullable=True),
        sa.Column("proof_name", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "method IN ('bank', 'alipay', 'wechat', 'cash')",
            name=op.f("ck_payouts_method_is_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payouts_amount_positive")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_payouts_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journals.id"], name=op.f("fk_payouts_journal_id_journals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("key", name=op.f("uq_payouts_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payouts_public_id")),
    )
    op.create_index(op.f("ix_payouts_channel_id_id"), "payouts", ["channel_id", "id"], unique=False)
    op.create_index(op.f("ix_payouts_journal_id"), "payouts", ["journal_id"], unique=False)
    op.create_table(
        "entries",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_entries_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_entries_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journals.id"], name=op.f("fk_entries_journal_id_journals")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["commission_lines.id"], name=op.f("fk_entries_line_id_commission_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("public_id", name=op.f("uq_entries_public_id")),
    )
    op.create_index(op.f("ix_entries_account_id_id"), "entries", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_entries_journal_id"), "entries", ["journal_id"], unique=False)
    op.create_index(op.f("ix_entries_line_id"), "entries", ["line_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_entries_line_id"), table_name="entries")
    op.drop_index(op.f("ix_entries_journal_id"), table_name="entries")
    op.drop_index(op.f("ix_entries_account_id_id"), table_name="entries")
    op.drop_table("entries")
    op.drop_index(op.f("ix_payouts_journal_id"), table_name="payouts")
    op.drop_index(op.f("ix_payouts_channel_id_id"), table_name="payouts")
    op.drop_table("payouts")
    op.drop_index(op.f("ix_commission_lines_state_id"), table_name="commission_lines")
    op.drop_index(op.f("ix_commission_lines_run_id"), table_name="commission_lines")
    op.drop_index(op.f("ix_commission_lines_order_number"), table_name="commission_lines")
    op.drop_index(
        op.f("ix_commission_lines_due_on_id"),
        table_name="commission_lines",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(op.f("ix_commission_lines_channel_id_state_id"), table_name="commission_lines")
    op.drop_table("commission_lines")
    op.drop_index("uq_accounts_owner", table_name="accounts")
    op.drop_index(op.f("ix_accounts_channel_id"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("settlement_runs")
    op.drop_table("milestones")
    op.drop_index(op.f("ix_journals_reverses_id"), table_name="journals")
    op.drop_table("journals")

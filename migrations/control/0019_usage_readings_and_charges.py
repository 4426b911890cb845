"""What workspaces used in each month, and what they are charged for beyond their plan."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "usage_readings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan_version_id", sa.BigInteger(), nullable=False),
        sa.Column("extra_seats", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_usage_readings_account_id_billing_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"],
            ["control.plan_versions.id"],
            name=op.f("fk_usage_readings_plan_version_id_plan_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_readings")),
        sa.UniqueConstraint("account_id", "month", name=op.f("uq_usage_readings_account_id_month")),
        sa.UniqueConstraint("public_id", name=op.f("uq_usage_readings_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_usage_readings_account_id_read_at"),
        "usage_readings",
        ["account_id", "read_at"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_usage_readings_ends_at"),
        "usage_readings",
        ["ends_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        op.f("ix_usage_readings_plan_version_id"),
        "usage_readings",
        ["plan_version_id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "usage_charges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("plan_version_id", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("included", sa.BigInteger(), nullable=False),
        sa.Column("per", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("invoiced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waived_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("waived_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "(state = 'waived') = (waived_at IS NOT NULL)",
            name=op.f("ck_usage_charges_waived_has_its_time"),
        ),
        sa.CheckConstraint(
            "counted IN ('seats', 'channels', 'numbers', 'orders_month', 'storage_mb', 'api_calls_month')",
            name=op.f("ck_usage_charges_counted_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('reckoned', 'sent', 'invoiced', 'waived')",
            name=op.f("ck_usage_charges_state_is_known"),
        ),
        sa.CheckConstraint(
            "amount = units * unit_amount AND amount > 0",
            name=op.f("ck_usage_charges_amount_adds_up"),
        ),
        sa.CheckConstraint(
            "used > included AND units > 0 AND per > 0", name=op.f("ck_usage_charges_is_beyond")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_usage_charges_account_id_billing_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["control.invoices.id"],
            name=op.f("fk_usage_charges_invoice_id_invoices"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"],
            ["control.plan_versions.id"],
            name=op.f("fk_usage_charges_plan_version_id_plan_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_charges")),
        sa.UniqueConstraint(
            "account_id", "month", "counted", name=op.f("uq_usage_charges_account_id_month_counted")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_usage_charges_public_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_usage_charges_stripe_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_usage_charges_invoice_id"),
        "usage_charges",
        ["invoice_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_usage_charges_plan_version_id"),
        "usage_charges",
        ["plan_version_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_usage_charges_state_id"),
        "usage_charges",
        ["state", "id"],
        unique=False,
        schema="control",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_usage_charges_state_id"), table_name="usage_charges", schema="control")
    op.drop_index(
        op.f("ix_usage_charges_plan_version_id"), table_name="usage_charges", schema="control"
    )
    op.drop_index(op.f("ix_usage_charges_invoice_id"), table_name="usage_charges", schema="control")
    op.drop_table("usage_charges", schema="control")
    op.drop_index(
        op.f("ix_usage_readings_plan_version_id"), table_name="usage_readings", schema="control"
    )
    op.drop_index(
        op.f("ix_usage_readings_ends_at"),
        table_name="usage_readings",
        schema="control",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(
        op.f("ix_usage_readings_account_id_read_at"), table_name="usage_readings", schema="control"
    )
    op.drop_table("usage_readings", schema="control")

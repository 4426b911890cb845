"""Billing plans in versions with prices, and an account for each workspace."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "plan_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("trial_days", sa.BigInteger(), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stripe_product_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["control.billing_plans.id"],
            name=op.f("fk_plan_versions_plan_id_billing_plans"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_versions")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_versions_plan_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_plan_versions_public_id")),
        schema="control",
    )
    op.create_table(
        "billing_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_version_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stripe_customer_id", sa.Text(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("standing_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_version_id", sa.BigInteger(), nullable=True),
        sa.Column("told_seats", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("credit_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("billing_email", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "provider IN ('stripe', 'transfer')", name=op.f("ck_billing_accounts_provider_is_known")
        ),
        sa.CheckConstraint(
            "standing IN ('provisioning', 'trial', 'active', 'past_due', 'read_only', 'suspended', 'closing', 'closed')",
            name=op.f("ck_billing_accounts_standing_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"],
            ["control.plan_versions.id"],
            name=op.f("fk_billing_accounts_plan_version_id_plan_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_billing_accounts_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_accounts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_billing_accounts_public_id")),
        sa.UniqueConstraint(
            "stripe_customer_id", name=op.f("uq_billing_accounts_stripe_customer_id")
        ),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_billing_accounts_workspace_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_billing_accounts_plan_version_id"),
        "billing_accounts",
        ["plan_version_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_billing_accounts_review_at"),
        "billing_accounts",
        ["review_at"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "plan_prices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan_version_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("seat_amount", sa.BigInteger(), nullable=True),
        sa.Column("stripe_price_id", sa.Text(), nullable=True),
        sa.Column("stripe_seat_price_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "interval IN ('month', 'year')", name=op.f("ck_plan_prices_interval_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"],
            ["control.plan_versions.id"],
            name=op.f("fk_plan_prices_plan_version_id_plan_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_prices")),
        sa.UniqueConstraint(
            "plan_version_id",
            "currency",
            "interval",
            name=op.f("uq_plan_prices_plan_version_id_currency_interval"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_plan_prices_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_plan_prices_stripe_price_id"),
        "plan_prices",
        ["stripe_price_id"],
        unique=True,
        schema="control",
    )
    op.create_index(
        op.f("ix_plan_prices_stripe_seat_price_id"),
        "plan_prices",
        ["stripe_seat_price_id"],
        unique=True,
        schema="control",
    )
    op.add_column(
        "billing_plans",
        sa.Column("summary_zh", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="control",
    )
    op.add_column(
        "billing_plans",
        sa.Column("summary_en", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="control",
    )
    op.add_column(
        "billing_plans",
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        schema="control",
    )
    op.add_column(
        "billing_plans",
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema="control",
    )
    op.add_column(
        "billing_plans",
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        schema="control",
    )
    op.alter_column("billing_plans", "version", server_default=None, schema="control")
    op.alter_column(
        "billing_plans",
        "monthly_amount",
        existing_type=sa.BIGINT(),
        nullable=True,
        schema="control",
    )
    op.alter_column(
        "billing_plans", "currency", existing_type=sa.TEXT(), nullable=True, schema="control"
    )
    op.alter_column(
        "billing_plans", "trial_days", existing_type=sa.BIGINT(), nullable=True, schema="control"
    )
    op.alter_column(
        "billing_plans",
        "limits",
        existing_type=postgresql.JSONB(astext_type=sa.Text()),
        nullable=True,
        schema="control",
    )
    op.create_index(
        op.f("ix_billing_plans_position"),
        "billing_plans",
        ["position"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("is_offered"),
    )
    op.alter_column(
        "workspaces", "plan_id", existing_type=sa.BIGINT(), nullable=True, schema="control"
    )
    # What workspaces have so far becomes the first version of their plan.
    op.execute(
        """
INSERT INTO control.plan_versions
    (public_id, created_at, plan_id, number, trial_days, limits, features, published_at)
SELECT public_id, created_at, id, 1, trial_days,
    (SELECT coalesce(jsonb_object_agg(
        CASE key WHEN 'users' THEN 'seats' WHEN 'orders_per_month' THEN 'orders_month' ELSE key END,
        jsonb_build_object('included', value, 'is_hard', key <> 'orders_per_month', 'per', 1,
            'amounts', '{}'::jsonb)), '{}') FROM jsonb_each(limits)),
    '["carrier_links"]', created_at
FROM control.billing_plans
"""
    )
    op.execute(
        """
INSERT INTO control.plan_prices
    (public_id, created_at, plan_version_id, currency, interval, amount)
SELECT p.public_id, p.created_at, v.id, p.currency, 'month', p.monthly_amount
FROM control.billing_plans AS p JOIN control.plan_versions AS v ON v.plan_id = p.id
"""
    )
    op.execute(
        """
INSERT INTO control.billing_accounts (public_id, created_at, workspace_id, plan_version_id,
    provider, currency, standing, standing_since, review_at, version)
SELECT w.public_id, w.created_at, w.id, v.id, 'stripe', w.currency,
    CASE WHEN w.state IN ('trial', 'active', 'past_due', 'read_only') THEN w.state
        ELSE 'trial' END,
    w.created_at, now(), 1
FROM control.workspaces AS w JOIN control.plan_versions AS v ON v.plan_id = w.plan_id
WHERE w.state <> 'closed'
"""
    )


def downgrade() -> None:
    op.alter_column(
        "workspaces", "plan_id", existing_type=sa.BIGINT(), nullable=False, schema="control"
    )
    op.drop_index(
        op.f("ix_billing_plans_position"),
        table_name="billing_plans",
        schema="control",
        postgresql_where=sa.text("is_offered"),
    )
    op.alter_column(
        "billing_plans",
        "limits",
        existing_type=postgresql.JSONB(astext_type=sa.Text()),
        nullable=False,
        schema="control",
    )
    op.alter_column(
        "billing_plans", "trial_days", existing_type=sa.BIGINT(), nullable=False, schema="control"
    )
    op.alter_column(
        "billing_plans", "currency", existing_type=sa.TEXT(), nullable=False, schema="control"
    )
    op.alter_column(
        "billing_plans",
        "monthly_amount",
        existing_type=sa.BIGINT(),
        nullable=False,
        schema="control",
    )
    op.drop_column("billing_plans", "version", schema="control")
    op.drop_column("billing_plans", "is_offered", schema="control")
    op.drop_column("billing_plans", "position", schema="control")
    op.drop_column("billing_plans", "summary_en", schema="control")
    op.drop_column("billing_plans", "summary_zh", schema="control")
    op.drop_index(
        op.f("ix_plan_prices_stripe_seat_price_id"), table_name="plan_prices", schema="control"
    )
    op.drop_index(
        op.f("ix_plan_prices_stripe_price_id"), table_name="plan_prices", schema="control"
    )
    op.drop_table("plan_prices", schema="control")
    op.drop_index(
        op.f("ix_billing_accounts_review_at"), table_name="billing_accounts", schema="control"
    )
    op.drop_index(
        op.f("ix_billing_accounts_plan_version_id"), table_name="billing_accounts", schema="control"
    )
    op.drop_table("billing_accounts", schema="control")
    op.drop_table("plan_versions", schema="control")

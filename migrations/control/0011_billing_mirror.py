"""The mirror of what is bought and owed, the inbox of events, coupons, settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "billing_coupons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("months", sa.BigInteger(), nullable=True),
        sa.Column("most_uses", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("stripe_coupon_id", sa.Text(), nullable=True),
        sa.Column("stripe_code_id", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_coupons")),
        sa.UniqueConstraint("code", name=op.f("uq_billing_coupons_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_billing_coupons_public_id")),
        schema="control",
    )
    op.create_table(
        "billing_drifts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_drifts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_billing_drifts_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_billing_drifts_account_id"),
        "billing_drifts",
        ["account_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_billing_drifts_object_id"),
        "billing_drifts",
        ["object_id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "billing_settings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_settings")),
        sa.UniqueConstraint("code", name=op.f("uq_billing_settings_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_billing_settings_public_id")),
        schema="control",
    )
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("deliveries", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'ignored', 'failed')",
            name=op.f("ck_stripe_events_state_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stripe_events_public_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_stripe_events_stripe_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_stripe_events_customer_id"),
        "stripe_events",
        ["customer_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_stripe_events_object_id"),
        "stripe_events",
        ["object_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_stripe_events_state_id"),
        "stripe_events",
        ["state", "id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "billing_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_billing_notices_account_id_billing_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_notices")),
        sa.UniqueConstraint(
            "account_id", "about", name=op.f("uq_billing_notices_account_id_about")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_billing_notices_public_id")),
        schema="control",
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("plan_version_id", sa.BigInteger(), nullable=True),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("extra_seats", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancels_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("coupon", sa.Text(), nullable=True),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "interval IN ('month', 'year')", name=op.f("ck_subscriptions_interval_is_known")
        ),
        sa.CheckConstraint(
            "provider IN ('stripe', 'transfer')", name=op.f("ck_subscriptions_provider_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused')",
            name=op.f("ck_subscriptions_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_subscriptions_account_id_billing_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"],
            ["control.plan_versions.id"],
            name=op.f("fk_subscriptions_plan_version_id_plan_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_subscriptions_public_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_subscriptions_stripe_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_subscriptions_account_id"),
        "subscriptions",
        ["account_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_subscriptions_plan_version_id"),
        "subscriptions",
        ["plan_version_id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_amount", sa.BigInteger(), nullable=False),
        sa.Column("remaining_amount", sa.BigInteger(), nullable=False),
        sa.Column("credited_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("pdf_url", sa.Text(), nullable=True),
        sa.Column(
            "lines",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "provider IN ('stripe', 'transfer')", name=op.f("ck_invoices_provider_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'paid', 'uncollectible', 'void')",
            name=op.f("ck_invoices_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_invoices_account_id_billing_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["control.subscriptions.id"],
            name=op.f("fk_invoices_subscription_id_subscriptions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invoices_public_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_invoices_stripe_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_invoices_account_id_id"),
        "invoices",
        ["account_id", "id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_invoices_due_at"),
        "invoices",
        ["due_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        op.f("ix_invoices_subscription_id"),
        "invoices",
        ["subscription_id"],
        unique=False,
        schema="control",
    )
    # Later fetches have higher tickets: an older one never overwrites what is shown.
    op.execute("CREATE SEQUENCE control.billing_tickets")
    op.execute("GRANT USAGE ON SEQUENCE control.billing_tickets TO simtree_control")


def downgrade() -> None:
    op.execute("DROP SEQUENCE control.billing_tickets")
    op.drop_index(op.f("ix_invoices_subscription_id"), table_name="invoices", schema="control")
    op.drop_index(
        op.f("ix_invoices_due_at"),
        table_name="invoices",
        schema="control",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_invoices_account_id_id"), table_name="invoices", schema="control")
    op.drop_table("invoices", schema="control")
    op.drop_index(
        op.f("ix_subscriptions_plan_version_id"), table_name="subscriptions", schema="control"
    )
    op.drop_index(op.f("ix_subscriptions_account_id"), table_name="subscriptions", schema="control")
    op.drop_table("subscriptions", schema="control")
    op.drop_table("billing_notices", schema="control")
    op.drop_index(op.f("ix_stripe_events_state_id"), table_name="stripe_events", schema="control")
    op.drop_index(op.f("ix_stripe_events_object_id"), table_name="stripe_events", schema="control")
    op.drop_index(
        op.f("ix_stripe_events_customer_id"), table_name="stripe_events", schema="control"
    )
    op.drop_table("stripe_events", schema="control")
    op.drop_table("billing_settings", schema="control")
    op.drop_index(
        op.f("ix_billing_drifts_object_id"), table_name="billing_drifts", schema="control"
    )
    op.drop_index(
        op.f("ix_billing_drifts_account_id"), table_name="billing_drifts", schema="control"
    )
    op.drop_table("billing_drifts", schema="control")
    op.drop_table("billing_coupons", schema="control")

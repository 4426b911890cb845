"""When an event was tried last and whose it is, when a customer was compared, the pace of work."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column(
        "stripe_events",
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )
    op.add_column(
        "stripe_events",
        sa.Column("account", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="control",
    )
    op.create_index(
        op.f("ix_stripe_events_state_tried_at"),
        "stripe_events",
        ["state", "tried_at"],
        unique=False,
        schema="control",
    )
    op.add_column(
        "billing_accounts",
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )
    op.create_index(
        op.f("ix_billing_accounts_compared_at"),
        "billing_accounts",
        ["compared_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("stripe_customer_id IS NOT NULL"),
    )
    op.add_column(
        "outbox",
        sa.Column("begun_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        schema="control",
    )


def downgrade() -> None:
    op.drop_column("outbox", "begun_done", schema="control")
    op.drop_index(
        op.f("ix_billing_accounts_compared_at"),
        table_name="billing_accounts",
        schema="control",
        postgresql_where=sa.text("stripe_customer_id IS NOT NULL"),
    )
    op.drop_column("billing_accounts", "compared_at", schema="control")
    op.drop_index(
        op.f("ix_stripe_events_state_tried_at"), table_name="stripe_events", schema="control"
    )
    op.drop_column("stripe_events", "account", schema="control")
    op.drop_column("stripe_events", "tried_at", schema="control")

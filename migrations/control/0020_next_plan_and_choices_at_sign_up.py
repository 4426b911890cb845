"""When a next plan begins, what is chosen at sign-up, and in which form cells are told."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
CHOICES = ("plan", "currency", "timezone")


def upgrade() -> None:
    op.add_column(
        "subscriptions",
        sa.Column("next_begins_at", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )
    for name in CHOICES:
        op.add_column(
            "signups",
            sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False),
            schema="control",
        )
    op.add_column(
        "billing_accounts",
        sa.Column("told_form", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        schema="control",
    )
    op.create_index(
        op.f("ix_billing_accounts_told_form"), "billing_accounts", ["told_form"], schema="control"
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_billing_accounts_told_form"), table_name="billing_accounts", schema="control"
    )
    op.drop_column("billing_accounts", "told_form", schema="control")
    for name in reversed(CHOICES):
        op.drop_column("signups", name, schema="control")
    op.drop_column("subscriptions", "next_begins_at", schema="control")

"""When a next plan begins that is paid ahead; plan, currency and time zone chosen at sign-up."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
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


def downgrade() -> None:
    for name in reversed(CHOICES):
        op.drop_column("signups", name, schema="control")
    op.drop_column("subscriptions", "next_begins_at", schema="control")

"""When the next plan of a subscription begins that is paid ahead by transfer."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"


def upgrade() -> None:
    op.add_column(
        "subscriptions",
        sa.Column("next_begins_at", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )


def downgrade() -> None:
    op.drop_column("subscriptions", "next_begins_at", schema="control")

"""Workspaces know when they fall, so that their pages can say it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column(
        "workspaces",
        sa.Column("falls_at", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )
    # The reviews say it from now on; each account is looked at once more.
    op.execute("UPDATE control.billing_accounts SET review_at = now()")


def downgrade() -> None:
    op.drop_column("workspaces", "falls_at", schema="control")

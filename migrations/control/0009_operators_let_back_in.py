"""Which operators may let a workspace's only administrator back in."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    # Those who are there may do everything so far, and keep it.
    op.add_column(
        "operators",
        sa.Column("may_let_back_in", sa.Boolean(), server_default=sa.true(), nullable=False),
        schema="control",
    )


def downgrade() -> None:
    op.drop_column("operators", "may_let_back_in", schema="control")

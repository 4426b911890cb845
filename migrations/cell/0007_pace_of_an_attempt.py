"""How much of a piece of work was done when its attempt began, so that its pace can be told."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "outbox",
        sa.Column("begun_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        schema="cell",
    )


def downgrade() -> None:
    op.drop_column("outbox", "begun_done", schema="cell")

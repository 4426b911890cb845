"""The language that a customer is written to in; none is that of the workspace."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("customers", sa.Column("language", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("customers", "language")

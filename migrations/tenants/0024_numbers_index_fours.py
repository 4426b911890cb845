"""Find numbers by four or more digits anywhere; pairs of digits are too common for that."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_FOURS = "(ARRAY[" + ", ".join(f"substr(msisdn, {at}, 4)" for at in range(1, 11)) + "])"


def upgrade() -> None:
    op.create_index(
        "ix_numbers_fours",
        "numbers",
        [sa.literal_column(_FOURS)],
        postgresql_using="gin",
        postgresql_concurrently=True,
    )


def downgrade() -> None:
    op.drop_index("ix_numbers_fours", table_name="numbers")

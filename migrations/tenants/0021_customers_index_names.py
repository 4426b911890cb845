"""Find customers by any part of their name."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_PAIRS = (
    "string_to_array((regexp_replace(name, '(..)', '\\1' || chr(31), 'g') || chr(31))"
    " || regexp_replace(substr(name, 2), '(..)', '\\1' || chr(31), 'g'), chr(31))"
)


def upgrade() -> None:
    op.create_index(
        "ix_customers_name_pairs",
        "customers",
        [sa.literal_column(_PAIRS)],
        postgresql_using="gin",
        postgresql_concurrently=True,
    )


def downgrade() -> None:
    op.drop_index("ix_customers_name_pairs", table_name="customers")

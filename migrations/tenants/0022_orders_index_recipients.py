"""Find orders by any part of the name of who receives them."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_PAIRS = (
    "string_to_array((regexp_replace(recipient_name, '(..)', '\\1' || chr(31), 'g') || chr(31))"
    " || regexp_replace(substr(recipient_name, 2), '(..)', '\\1' || chr(31), 'g'), chr(31))"
)


def upgrade() -> None:
    op.create_index(
        "ix_orders_recipient_name_pairs",
        "orders",
        [sa.literal_column(_PAIRS)],
        postgresql_using="gin",
        postgresql_concurrently=True,
    )


def downgrade() -> None:
    op.drop_index("ix_orders_recipient_name_pairs", table_name="orders")

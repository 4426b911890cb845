"""Find orders by the last four digits of the phone of who receives them."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_index(
        op.f("ix_orders_recipient_phone_tail"),
        "orders",
        ["recipient_phone_tail"],
        postgresql_concurrently=True,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_orders_recipient_phone_tail"), table_name="orders")

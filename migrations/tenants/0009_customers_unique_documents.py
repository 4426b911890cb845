"""Keep a document to one live customer, and find the recycle bin by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.drop_index(op.f("ix_customers_document_index"), table_name="customers")
    op.create_index(
        "uq_customers_document_index",
        "customers",
        ["document_index"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_customers_deleted_at_id"),
        "customers",
        ["deleted_at", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_customers_deleted_at_id"), table_name="customers")
    op.drop_index("uq_customers_document_index", table_name="customers")
    op.create_index(
        op.f("ix_customers_document_index"), "customers", ["document_index"], unique=False
    )

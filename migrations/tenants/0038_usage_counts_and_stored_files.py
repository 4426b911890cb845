"""Counters of what a plan limits, and the size of every file: nothing is counted anew each time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "stored_files",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_stored_files_size_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint("key", name=op.f("uq_stored_files_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_files_public_id")),
    )
    op.create_table(
        "usage_counts",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "told",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "counted IN ('seats', 'channels', 'numbers', 'orders_month', 'storage_mb', 'api_calls_month')",
            name=op.f("ck_usage_counts_counted_is_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_usage_counts_amount_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_counts")),
        sa.UniqueConstraint("counted", "period", name=op.f("uq_usage_counts_counted_period")),
        sa.UniqueConstraint("public_id", name=op.f("uq_usage_counts_public_id")),
    )


def downgrade() -> None:
    op.drop_table("usage_counts")
    op.drop_table("stored_files")

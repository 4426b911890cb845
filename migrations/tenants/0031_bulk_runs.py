"""What is done with many rows of a list in the background, with a result for each row.

The ways of a reset, made wider by the revision before, are looked through here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"


def _first() -> list[sa.Column]:
    return [
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def upgrade() -> None:
    op.execute("ALTER TABLE password_resets VALIDATE CONSTRAINT ck_password_resets_way_is_known")
    op.create_table(
        "bulk_runs",
        *_first(),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bulk_runs_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_runs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bulk_runs_public_id")),
    )
    op.create_index(op.f("ix_bulk_runs_user_id"), "bulk_runs", ["user_id"])
    op.create_index(op.f("ix_bulk_runs_created_at"), "bulk_runs", ["created_at"])
    op.create_table(
        "bulk_rows",
        *_first(),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["bulk_runs.id"],
            name=op.f("fk_bulk_rows_run_id_bulk_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_rows")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bulk_rows_public_id")),
    )
    op.create_index(
        op.f("ix_bulk_rows_run_id_place"), "bulk_rows", ["run_id", "place"], unique=True
    )


def downgrade() -> None:
    op.drop_table("bulk_rows")
    op.drop_table("bulk_runs")

"""Operations: long work on whole workspaces, asked for by people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:

    op.create_table(
        "operations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_operations_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_operations_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_operations_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_operations_run_at"),
        "operations",
        ["run_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index(
        op.f("ix_operations_workspace_id_id"),
        "operations",
        ["workspace_id", "id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        "uq_operations_workspace_id_open",
        "operations",
        ["workspace_id"],
        unique=True,
        schema="control",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def downgrade() -> None:

    op.drop_index(
        "uq_operations_workspace_id_open",
        table_name="operations",
        schema="control",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.drop_index(op.f("ix_operations_workspace_id_id"), table_name="operations", schema="control")
    op.drop_index(
        op.f("ix_operations_run_at"),
        table_name="operations",
        schema="control",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.drop_table("operations", schema="control")

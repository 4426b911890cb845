"""Backups, how far their streams are, drills; health may see the revision."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "backup_drills",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backup", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("rpo_seconds", sa.BigInteger(), nullable=False),
        sa.Column("rto_seconds", sa.BigInteger(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_drills")),
        sa.UniqueConstraint("public_id", name=op.f("uq_backup_drills_public_id")),
        schema="control",
    )
    op.create_table(
        "backup_streams",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("safe_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_streams")),
        sa.UniqueConstraint("public_id", name=op.f("uq_backup_streams_public_id")),
        sa.UniqueConstraint("server", name=op.f("uq_backup_streams_server")),
        schema="control",
    )
    op.create_table(
        "backups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind IN ('physical', 'logical')", name=op.f("ck_backups_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('good', 'bad', 'pruned')", name=op.f("ck_backups_state_is_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
        sa.UniqueConstraint("name", name=op.f("uq_backups_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_backups_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_backups_state_id"), "backups", ["state", "id"], unique=False, schema="control"
    )
    op.execute("GRANT SELECT ON control.revision TO simtree_control")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON control.revision FROM simtree_control")
    op.drop_index(op.f("ix_backups_state_id"), table_name="backups", schema="control")
    op.drop_table("backups", schema="control")
    op.drop_table("backup_streams", schema="control")
    op.drop_table("backup_drills", schema="control")

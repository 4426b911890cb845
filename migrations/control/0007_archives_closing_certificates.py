"""Archives of workspaces, the grace before one is deleted, and certificates of deletion.

A workspace gets the state *closing*; a closed one is a tombstone whose address is free again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_BEFORE = ("provisioning", "trial", "active", "past_due", "read_only", "suspended", "closed")
_AFTER = (*_BEFORE[:-1], "closing", "closed")


def _known(column: str, states: tuple[str, ...], *, optional: bool = True) -> str:
    allowed = ", ".join(f"'{state}'" for state in states)
    sql = f"{column} IN ({allowed})"
    return f"{column} IS NULL OR {sql}" if optional else sql


def _check(column: str, states: tuple[str, ...], *, optional: bool = True) -> None:
    op.create_check_constraint(
        op.f(f"ck_workspaces_{column}_is_known"),
        "workspaces",
        _known(column, states, optional=optional),
        schema="control",
    )


def _uncheck(column: str) -> None:
    name = op.f(f"ck_workspaces_{column}_is_known")
    op.drop_constraint(name, "workspaces", schema="control", type_="check")


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("key_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("link_digest", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('offered', 'queued', 'making', 'ready', 'failed', 'expired')",
            name=op.f("ck_archives_state_is_known"),
        ),
        sa.CheckConstraint("way IN ('export', 'upload')", name=op.f("ck_archives_way_is_known")),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_archives_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archives")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_archives_link_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_archives_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_archives_expires_at"),
        "archives",
        ["expires_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("state <> 'expired'"),
    )
    op.create_index(
        op.f("ix_archives_workspace_id_id"),
        "archives",
        ["workspace_id", "id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keys_expire_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_certificates_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("public_id", name=op.f("uq_certificates_public_id")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_certificates_workspace_id")),
        schema="control",
    )
    op.add_column(
        "workspaces", sa.Column("closing_from", sa.Text(), nullable=True), schema="control"
    )
    op.add_column(
        "workspaces", sa.Column("closing_reason", sa.Text(), nullable=True), schema="control"
    )
    op.add_column(
        "workspaces",
        sa.Column("closing_asked_at", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )
    op.add_column(
        "workspaces",
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )
    op.add_column(
        "workspaces", sa.Column("reminded_days", sa.BigInteger(), nullable=True), schema="control"
    )
    op.add_column(
        "workspaces", sa.Column("sandbox_of_id", sa.BigInteger(), nullable=True), schema="control"
    )
    op.create_index(
        op.f("ix_workspaces_closes_at"),
        "workspaces",
        ["closes_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("state = 'closing'"),
    )
    op.create_index(
        op.f("ix_workspaces_sandbox_of_id"),
        "workspaces",
        ["sandbox_of_id"],
        unique=False,
        schema="control",
    )
    op.create_foreign_key(
        op.f("fk_workspaces_sandbox_of_id_workspaces"),
        "workspaces",
        "workspaces",
        ["sandbox_of_id"],
        ["id"],
        source_schema="control",
        referent_schema="control",
    )
    _uncheck("state")
    _uncheck("suspended_from")
    _check("state", _AFTER, optional=False)
    _check("suspended_from", _AFTER)
    _check("closing_from", _AFTER)


def downgrade() -> None:
    _uncheck("closing_from")
    _uncheck("suspended_from")
    _uncheck("state")
    _check("suspended_from", _BEFORE)
    _check("state", _BEFORE, optional=False)
    op.drop_constraint(
        op.f("fk_workspaces_sandbox_of_id_workspaces"),
        "workspaces",
        schema="control",
        type_="foreignkey",
    )
    op.drop_index(op.f("ix_workspaces_sandbox_of_id"), table_name="workspaces", schema="control")
    op.drop_index(
        op.f("ix_workspaces_closes_at"),
        table_name="workspaces",
        schema="control",
        postgresql_where=sa.text("state = 'closing'"),
    )
    op.drop_column("workspaces", "sandbox_of_id", schema="control")
    op.drop_column("workspaces", "reminded_days", schema="control")
    op.drop_column("workspaces", "closes_at", schema="control")
    op.drop_column("workspaces", "closing_asked_at", schema="control")
    op.drop_column("workspaces", "closing_reason", schema="control")
    op.drop_column("workspaces", "closing_from", schema="control")
    op.drop_table("certificates", schema="control")
    op.drop_index(op.f("ix_archives_workspace_id_id"), table_name="archives", schema="control")
    op.drop_index(
        op.f("ix_archives_expires_at"),
        table_name="archives",
        schema="control",
        postgresql_where=sa.text("state <> 'expired'"),
    )
    op.drop_table("archives", schema="control")

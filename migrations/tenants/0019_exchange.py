"""Imports that change records and can be undone, templates of a workspace, the export centre.

Roles that were seeded with the workspace get the right to see all exports like those of new ones.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

_NEW = {"export:all": ("administrator", "auditor")}


def upgrade() -> None:
    op.create_table(
        "import_templates",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_templates")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_templates_public_id")),
    )
    op.create_index("uq_import_templates_name", "import_templates", ["kind", "name"], unique=True)
    op.create_table(
        "import_results",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("record_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("kept", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["imports.id"],
            name=op.f("fk_import_results_import_id_imports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_results")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_results_public_id")),
    )
    op.create_index(
        op.f("ix_import_results_import_id_id"), "import_results", ["import_id", "id"], unique=False
    )
    op.create_table(
        "exports",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_format", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_revealed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "file_format IN ('xlsx', 'csv', 'pdf')", name=op.f("ck_exports_file_format_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'working', 'ready', 'failed', 'expired')",
            name=op.f("ck_exports_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_exports_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("public_id", name=op.f("uq_exports_public_id")),
    )
    op.create_index(
        op.f("ix_exports_expires_at"),
        "exports",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("file_key IS NOT NULL"),
    )
    op.create_index(op.f("ix_exports_user_id_id"), "exports", ["user_id", "id"], unique=False)
    op.add_column("import_rows", sa.Column("target_id", sa.BigInteger(), nullable=True))
    op.add_column("imports", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "imports",
        sa.Column("created_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "imports",
        sa.Column("changed_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "imports",
        sa.Column("undone_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("imports", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    for permission, codes in _NEW.items():
        added = f"'[\"{permission}\"]'::jsonb"
        roles = ", ".join(f"'{code}'" for code in codes)
        op.execute(
            f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
            f" WHERE code IN ({roles}) AND NOT permissions @> {added}"
        )


def downgrade() -> None:
    for permission in _NEW:
        op.execute(f"UPDATE roles SET permissions = permissions - '{permission}'")  # noqa: S608
    op.drop_column("imports", "undone_at")
    op.drop_column("imports", "undone_count")
    op.drop_column("imports", "changed_count")
    op.drop_column("imports", "created_count")
    op.drop_column("imports", "begun_at")
    op.drop_column("import_rows", "target_id")
    op.drop_index(op.f("ix_exports_user_id_id"), table_name="exports")
    op.drop_index(
        op.f("ix_exports_expires_at"),
        table_name="exports",
        postgresql_where=sa.text("file_key IS NOT NULL"),
    )
    op.drop_table("exports")
    op.drop_index(op.f("ix_import_results_import_id_id"), table_name="import_results")
    op.drop_table("import_results")
    op.drop_index("uq_import_templates_name", table_name="import_templates")
    op.drop_table("import_templates")

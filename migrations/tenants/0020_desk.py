"""Saved views, how people have their lists, and what they asked of them before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
# Every list of the back office asks the new tables.
oldest_served = "0020"

# The administrator's role is fixed and holds every permission.
_NEW = "desk:share"


def _first() -> list[sa.Column]:
    return [
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "saved_views",
        *_first(),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.Column("query_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "audience IN ('own', 'role', 'workspace')",
            name=op.f("ck_saved_views_audience_is_known"),
        ),
        sa.CheckConstraint(
            "(audience = 'role') = (role_id IS NOT NULL)",
            name=op.f("ck_saved_views_role_has_a_role"),
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_saved_views_role_id_roles")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_views_public_id")),
        sa.UniqueConstraint(
            "user_id", "listing", "name", name=op.f("uq_saved_views_user_id_listing_name")
        ),
    )
    op.create_index(op.f("ix_saved_views_listing_audience"), "saved_views", ["listing", "audience"])
    op.create_index(op.f("ix_saved_views_role_id"), "saved_views", ["role_id"])
    op.create_table(
        "list_settings",
        *_first(),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("density", sa.Text(), nullable=False),
        sa.Column("view_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_list_settings_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["view_id"],
            ["saved_views.id"],
            name=op.f("fk_list_settings_view_id_saved_views"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_settings")),
        sa.UniqueConstraint("public_id", name=op.f("uq_list_settings_public_id")),
        sa.UniqueConstraint("user_id", "listing", name=op.f("uq_list_settings_user_id_listing")),
    )
    op.create_index(op.f("ix_list_settings_view_id"), "list_settings", ["view_id"])
    op.create_table(
        "past_queries",
        *_first(),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("query_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("query_index", sa.Text(), nullable=True),
        sa.Column("words_cipher", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_past_queries_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_queries")),
        sa.UniqueConstraint("public_id", name=op.f("uq_past_queries_public_id")),
        sa.UniqueConstraint(
            "user_id",
            "listing",
            "query_index",
            name=op.f("uq_past_queries_user_id_listing_query_index"),
        ),
    )
    op.create_index(
        op.f("ix_past_queries_user_id_listing_asked_at"),
        "past_queries",
        ["user_id", "listing", "asked_at"],
    )
    added = f"'[\"{_NEW}\"]'::jsonb"
    op.execute(
        f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
        f" WHERE code = 'administrator' AND NOT permissions @> {added}"
    )


def downgrade() -> None:
    op.execute(f"UPDATE roles SET permissions = permissions - '{_NEW}'")  # noqa: S608
    op.drop_index(op.f("ix_past_queries_user_id_listing_asked_at"), table_name="past_queries")
    op.drop_table("past_queries")
    op.drop_index(op.f("ix_list_settings_view_id"), table_name="list_settings")
    op.drop_table("list_settings")
    op.drop_index(op.f("ix_saved_views_role_id"), table_name="saved_views")
    op.drop_index(op.f("ix_saved_views_listing_audience"), table_name="saved_views")
    op.drop_table("saved_views")

"""Channels, grades, channel users with their sessions, and invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "grades",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grades")),
        sa.UniqueConstraint("name", name=op.f("uq_grades_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_grades_public_id")),
    )
    op.create_table(
        "channels",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("frozen_reason", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("grade_id", sa.BigInteger(), nullable=True),
        sa.Column("manager_id", sa.BigInteger(), nullable=True),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("contact_phone_index", sa.Text(), nullable=True),
        sa.Column("contact_phone_tail", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('agent', 'store', 'campus', 'enterprise', 'online')",
            name=op.f("ck_channels_kind_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('active', 'frozen')", name=op.f("ck_channels_state_is_known")
        ),
        sa.CheckConstraint(
            "(parent_id IS NULL) = (depth = 1)", name=op.f("ck_channels_roots_are_at_depth_1")
        ),
        sa.CheckConstraint("depth >= 1", name=op.f("ck_channels_depth_is_positive")),
        sa.CheckConstraint("share BETWEEN 0 AND 10000", name=op.f("ck_channels_share_is_a_part")),
        sa.ForeignKeyConstraint(
            ["grade_id"], ["grades.id"], name=op.f("fk_channels_grade_id_grades")
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["users.id"], name=op.f("fk_channels_manager_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["channels.id"], name=op.f("fk_channels_parent_id_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("name", name=op.f("uq_channels_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_channels_public_id")),
    )
    op.create_index(
        op.f("ix_channels_contact_phone_index"), "channels", ["contact_phone_index"], unique=False
    )
    op.create_index(op.f("ix_channels_grade_id"), "channels", ["grade_id"], unique=False)
    op.create_index(op.f("ix_channels_manager_id"), "channels", ["manager_id"], unique=False)
    op.create_index(
        op.f("ix_channels_parent_id_sort_key_id"),
        "channels",
        ["parent_id", "sort_key", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_channels_path"),
        "channels",
        ["path"],
        unique=False,
        postgresql_ops={"path": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_channels_state_id"), "channels", ["state", "id"], unique=False)
    op.create_table(
        "channel_users",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_logins", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("phone_tail", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'clerk')", name=op.f("ck_channel_users_role_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_channel_users_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_users")),
        sa.UniqueConstraint("public_id", name=op.f("uq_channel_users_public_id")),
    )
    op.create_index(
        op.f("ix_channel_users_channel_id"), "channel_users", ["channel_id"], unique=False
    )
    op.create_index("uq_channel_users_phone_index", "channel_users", ["phone_index"], unique=True)
    op.create_index(
        "uq_channel_users_username",
        "channel_users",
        [sa.literal_column("lower(username)")],
        unique=True,
    )
    op.create_table(
        "channel_resets",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_user_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_user_id"],
            ["channel_users.id"],
            name=op.f("fk_channel_resets_channel_user_id_channel_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_resets")),
        sa.UniqueConstraint("public_id", name=op.f("uq_channel_resets_public_id")),
    )
    op.create_index(
        op.f("ix_channel_resets_channel_user_id"),
        "channel_resets",
        ["channel_user_id"],
        unique=False,
    )
    op.create_table(
        "channel_user_sessions",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_user_id", sa.BigInteger(), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_remembered", sa.Boolean(), nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_user_id"],
            ["channel_users.id"],
            name=op.f("fk_channel_user_sessions_channel_user_id_channel_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_user_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_channel_user_sessions_public_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_channel_user_sessions_token_digest")),
    )
    op.create_index(
        op.f("ix_channel_user_sessions_channel_user_id"),
        "channel_user_sessions",
        ["channel_user_id"],
        unique=False,
    )
    op.create_table(
        "invitations",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel_user_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'clerk')", name=op.f("ck_invitations_role_is_known")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_invitations_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["channel_user_id"],
            ["channel_users.id"],
            name=op.f("fk_invitations_channel_user_id_channel_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitations_public_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitations_token_digest")),
    )
    op.create_index(op.f("ix_invitations_channel_id"), "invitations", ["channel_id"], unique=False)
    op.create_index(
        op.f("ix_invitations_channel_user_id"), "invitations", ["channel_user_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_invitations_channel_user_id"), table_name="invitations")
    op.drop_index(op.f("ix_invitations_channel_id"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_index(
        op.f("ix_channel_user_sessions_channel_user_id"), table_name="channel_user_sessions"
    )
    op.drop_table("channel_user_sessions")
    op.drop_index(op.f("ix_channel_resets_channel_user_id"), table_name="channel_resets")
    op.drop_table("channel_resets")
    op.drop_index("uq_channel_users_username", table_name="channel_users")
    op.drop_index("uq_channel_users_phone_index", table_name="channel_users")
    op.drop_index(op.f("ix_channel_users_channel_id"), table_name="channel_users")
    op.drop_table("channel_users")
    op.drop_index(op.f("ix_channels_state_id"), table_name="channels")
    op.drop_index(
        op.f("ix_channels_path"), table_name="channels", postgresql_ops={"path": "text_pattern_ops"}
    )
    op.drop_index(op.f("ix_channels_parent_id_sort_key_id"), table_name="channels")
    op.drop_index(op.f("ix_channels_manager_id"), table_name="channels")
    op.drop_index(op.f("ix_channels_grade_id"), table_name="channels")
    op.drop_index(op.f("ix_channels_contact_phone_index"), table_name="channels")
    op.drop_table("channels")
    op.drop_table("grades")

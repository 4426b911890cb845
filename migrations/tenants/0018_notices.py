"""Notices and the ways they go, announcements, followers and reminders, with their permissions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
# Orders and approvals tell people of what happens: a workspace before this waits a moment.
oldest_served = "0018"

# The administrator's role is fixed and holds every permission.
_NEW = ("notice:edit", "notice:announce")


def upgrade() -> None:
    op.create_table(
        "notice_rules",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "setting IN ('forced', 'on', 'off', 'barred')",
            name=op.f("ck_notice_rules_setting_is_known"),
        ),
        sa.CheckConstraint(
            "way IN ('inbox', 'mail', 'sms', 'wechat', 'wecom', 'dingtalk', 'feishu')",
            name=op.f("ck_notice_rules_way_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_rules")),
        sa.UniqueConstraint("kind", "way", name=op.f("uq_notice_rules_kind_way")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_rules_public_id")),
    )
    op.create_table(
        "notice_templates",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_templates")),
        sa.UniqueConstraint("kind", "language", name=op.f("uq_notice_templates_kind_language")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_templates_public_id")),
    )
    op.create_table(
        "announcements",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("shown_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "audience IN ('everybody', 'units', 'roles')",
            name=op.f("ck_announcements_audience_is_known"),
        ),
        sa.CheckConstraint(
            "shown_since < shown_until", name=op.f("ck_announcements_time_is_not_empty")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_announcements_author_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint("public_id", name=op.f("uq_announcements_public_id")),
    )
    op.create_index(
        op.f("ix_announcements_author_id"), "announcements", ["author_id"], unique=False
    )
    op.create_index(
        op.f("ix_announcements_shown_since"),
        "announcements",
        ["shown_since"],
        unique=False,
        postgresql_where="withdrawn_at IS NULL",
    )
    op.create_table(
        "follows",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_follows_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("public_id", name=op.f("uq_follows_public_id")),
        sa.UniqueConstraint("user_id", "record_id", name=op.f("uq_follows_user_id_record_id")),
    )
    op.create_index(op.f("ix_follows_record_id"), "follows", ["record_id"], unique=False)
    op.create_table(
        "notice_addresses",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("pace", sa.Text(), nullable=False),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "pace IN ('at_once', 'hourly', 'daily')", name=op.f("ck_notice_addresses_pace_is_known")
        ),
        sa.CheckConstraint(
            "way IN ('inbox', 'mail', 'sms', 'wechat', 'wecom', 'dingtalk', 'feishu')",
            name=op.f("ck_notice_addresses_way_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notice_addresses_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_addresses")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_addresses_public_id")),
        sa.UniqueConstraint("user_id", "way", name=op.f("uq_notice_addresses_user_id_way")),
    )
    op.create_table(
        "notice_choices",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "way IN ('inbox', 'mail', 'sms', 'wechat', 'wecom', 'dingtalk', 'feishu')",
            name=op.f("ck_notice_choices_way_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notice_choices_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_choices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_choices_public_id")),
        sa.UniqueConstraint(
            "user_id", "kind", "way", name=op.f("uq_notice_choices_user_id_kind_way")
        ),
    )
    op.create_table(
        "notices",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_mention", sa.Boolean(), nullable=False),
        sa.Column("in_inbox", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notices_public_id")),
    )
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["user_id", "id"],
        unique=False,
        postgresql_where="in_inbox AND read_at IS NULL AND archived_at IS NULL",
    )
    op.create_index(op.f("ix_notices_user_id"), "notices", ["user_id"], unique=False)
    op.create_index(
        op.f("ix_notices_user_id_id"),
        "notices",
        ["user_id", "id"],
        unique=False,
        postgresql_where="in_inbox",
    )
    op.create_table(
        "reminders",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("record_name", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("has_time", sa.Boolean(), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("repeats", sa.Text(), nullable=True),
        sa.Column("next_task", sa.Text(), nullable=True),
        sa.Column("next_days", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "next_task IS NULL OR next_task IN ('follow_up', 'call', 'message', 'visit', 'check', 'other')",
            name=op.f("ck_reminders_next_task_is_known"),
        ),
        sa.CheckConstraint(
            "repeats IS NULL OR repeats IN ('daily', 'weekly', 'monthly')",
            name=op.f("ck_reminders_repeats_is_known"),
        ),
        sa.CheckConstraint(
            "task IN ('follow_up', 'call', 'message', 'visit', 'check', 'other')",
            name=op.f("ck_reminders_task_is_known"),
        ),
        sa.CheckConstraint(
            "(next_task IS NULL) = (next_days IS NULL)", name=op.f("ck_reminders_chain_is_whole")
        ),
        sa.CheckConstraint(
            "next_days BETWEEN 0 AND 3650", name=op.f("ck_reminders_chain_is_not_endless")
        ),
        sa.CheckConstraint(
            "repeats IS NULL OR next_task IS NULL", name=op.f("ck_reminders_repeats_or_is_chained")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["users.id"], name=op.f("fk_reminders_assignee_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_reminders_author_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("key", name=op.f("uq_reminders_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reminders_public_id")),
    )
    op.create_index(
        op.f("ix_reminders_assignee_id_done_at_id"),
        "reminders",
        ["assignee_id", "done_at", "id"],
        unique=False,
        postgresql_where="done_at IS NOT NULL",
    )
    op.create_index(
        op.f("ix_reminders_assignee_id_due_at_id"),
        "reminders",
        ["assignee_id", "due_at", "id"],
        unique=False,
        postgresql_where="done_at IS NULL",
    )
    op.create_index(op.f("ix_reminders_author_id"), "reminders", ["author_id"], unique=False)
    op.create_index(
        op.f("ix_reminders_record_id_due_at"), "reminders", ["record_id", "due_at"], unique=False
    )
    op.create_table(
        "announcement_readings",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_readings_announcement_id_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_announcement_readings_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_readings")),
        sa.UniqueConstraint(
            "announcement_id",
            "user_id",
            name=op.f("uq_announcement_readings_announcement_id_user_id"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_announcement_readings_public_id")),
    )
    op.create_index(
        op.f("ix_announcement_readings_user_id"), "announcement_readings", ["user_id"], unique=False
    )
    op.create_table(
        "announcement_roles",
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_roles_announcement_id_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_announcement_roles_role_id_roles")
        ),
        sa.PrimaryKeyConstraint("announcement_id", "role_id", name=op.f("pk_announcement_roles")),
    )
    op.create_index(
        op.f("ix_announcement_roles_role_id"), "announcement_roles", ["role_id"], unique=False
    )
    op.create_table(
        "announcement_units",
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_units_announcement_id_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_announcement_units_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("announcement_id", "unit_id", name=op.f("pk_announcement_units")),
    )
    op.create_index(
        op.f("ix_announcement_units_unit_id"), "announcement_units", ["unit_id"], unique=False
    )
    op.create_table(
        "notice_deliveries",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)",
            name=op.f("ck_notice_deliveries_sent_has_its_time"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'skipped', 'failed')",
            name=op.f("ck_notice_deliveries_state_is_known"),
        ),
        sa.CheckConstraint(
            "way IN ('inbox', 'mail', 'sms', 'wechat', 'wecom', 'dingtalk', 'feishu')",
            name=op.f("ck_notice_deliveries_way_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_notice_deliveries_notice_id_notices")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notice_deliveries_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_deliveries")),
        sa.UniqueConstraint("notice_id", "way", name=op.f("uq_notice_deliveries_notice_id_way")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_deliveries_public_id")),
    )
    op.create_index(
        op.f("ix_notice_deliveries_user_id_way_due_at"),
        "notice_deliveries",
        ["user_id", "way", "due_at"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    for permission in _NEW:
        added = f"'[\"{permission}\"]'::jsonb"
        op.execute(
            f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
            f" WHERE code = 'administrator' AND NOT permissions @> {added}"
        )


def downgrade() -> None:
    for permission in _NEW:
        op.execute(f"UPDATE roles SET permissions = permissions - '{permission}'")  # noqa: S608
    op.drop_index(
        op.f("ix_notice_deliveries_user_id_way_due_at"),
        table_name="notice_deliveries",
        postgresql_where="state = 'waiting'",
    )
    op.drop_table("notice_deliveries")
    op.drop_index(op.f("ix_announcement_units_unit_id"), table_name="announcement_units")
    op.drop_table("announcement_units")
    op.drop_index(op.f("ix_announcement_roles_role_id"), table_name="announcement_roles")
    op.drop_table("announcement_roles")
    op.drop_index(op.f("ix_announcement_readings_user_id"), table_name="announcement_readings")
    op.drop_table("announcement_readings")
    op.drop_index(op.f("ix_reminders_record_id_due_at"), table_name="reminders")
    op.drop_index(op.f("ix_reminders_author_id"), table_name="reminders")
    op.drop_index(
        op.f("ix_reminders_assignee_id_due_at_id"),
        table_name="reminders",
        postgresql_where="done_at IS NULL",
    )
    op.drop_index(
        op.f("ix_reminders_assignee_id_done_at_id"),
        table_name="reminders",
        postgresql_where="done_at IS NOT NULL",
    )
    op.drop_table("reminders")
    op.drop_index(op.f("ix_notices_user_id_id"), table_name="notices", postgresql_where="in_inbox")
    op.drop_index(op.f("ix_notices_user_id"), table_name="notices")
    op.drop_index(
        "ix_notices_unread",
        table_name="notices",
        postgresql_where="in_inbox AND read_at IS NULL AND archived_at IS NULL",
    )
    op.drop_table("notices")
    op.drop_table("notice_choices")
    op.drop_table("notice_addresses")
    op.drop_index(op.f("ix_follows_record_id"), table_name="follows")
    op.drop_table("follows")
    op.drop_index(
        op.f("ix_announcements_shown_since"),
        table_name="announcements",
        postgresql_where="withdrawn_at IS NULL",
    )
    op.drop_index(op.f("ix_announcements_author_id"), table_name="announcements")
    op.drop_table("announcements")
    op.drop_table("notice_templates")
    op.drop_table("notice_rules")

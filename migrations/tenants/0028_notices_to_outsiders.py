"""Announcements to channels' people with their receipts, messages to customers, keys of robots."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
# Lists of announcements and orders' verbs ask what is new: a workspace before waits a moment.
oldest_served = "0028"


def _first() -> list[sa.Column]:
    return [
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _last(table: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    ]


def _check(name: str, condition: str) -> None:
    op.create_check_constraint(
        op.f(f"ck_announcements_{name}"), "announcements", condition, postgresql_not_valid=True
    )


def _targets(table: str, column: str, of: str) -> None:
    op.create_table(
        table,
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column(column, sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f(f"fk_{table}_announcement_id_announcements"),
        ),
        sa.ForeignKeyConstraint(
            [column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("announcement_id", column, name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    op.add_column(
        "announcements",
        sa.Column("portal_audience", sa.Text(), server_default="nobody", nullable=False),
    )
    op.drop_constraint(op.f("ck_announcements_audience_is_known"), "announcements")
    _check("audience_is_known", "audience IN ('nobody', 'everybody', 'units', 'roles')")
    _check(
        "portal_audience_is_known",
        "portal_audience IN ('nobody', 'everybody', 'grades', 'branches')",
    )
    _check("is_for_somebody", "audience <> 'nobody' OR portal_audience <> 'nobody'")
    _targets("announcement_grades", "grade_id", "grades")
    _targets("announcement_channels", "channel_id", "channels")
    op.create_table(
        "portal_readings",
        *_first(),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_portal_readings_announcement_id_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_user_id"],
            ["channel_users.id"],
            name=op.f("fk_portal_readings_channel_user_id_channel_users"),
        ),
        *_last("portal_readings"),
        sa.UniqueConstraint(
            "announcement_id",
            "channel_user_id",
            name=op.f("uq_portal_readings_announcement_id_channel_user_id"),
        ),
    )
    op.create_index(
        op.f("ix_portal_readings_channel_user_id"), "portal_readings", ["channel_user_id"]
    )
    _add_messages()
    _add_gateways()


def _add_messages() -> None:
    op.create_table(
        "customer_message_switches",
        *_first(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "way IN ('sms', 'mail')", name=op.f("ck_customer_message_switches_way_is_known")
        ),
        *_last("customer_message_switches"),
        sa.UniqueConstraint(
            "kind",
            "way",
            "language",
            name=op.f("uq_customer_message_switches_kind_way_language"),
        ),
    )
    op.create_table(
        "customer_messages",
        *_first(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("record_name", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipient_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("recipient_index", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "way IN ('sms', 'mail')", name=op.f("ck_customer_messages_way_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'skipped', 'failed')",
            name=op.f("ck_customer_messages_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)",
            name=op.f("ck_customer_messages_sent_has_its_time"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_customer_messages_customer_id_customers"),
        ),
        *_last("customer_messages"),
        sa.UniqueConstraint("key", name=op.f("uq_customer_messages_key")),
    )
    for column in ("customer_id", "record_name", "recipient_index"):
        op.create_index(op.f(f"ix_customer_messages_{column}"), "customer_messages", [column])


def _add_gateways() -> None:
    op.create_table(
        "notice_gateways",
        *_first(),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("title_field", sa.Text(), nullable=False),
        sa.Column("text_field", sa.Text(), nullable=False),
        sa.Column("key_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("secret_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "way IN ('inbox', 'mail', 'sms', 'wechat', 'wecom', 'dingtalk', 'feishu')",
            name=op.f("ck_notice_gateways_way_is_known"),
        ),
        *_last("notice_gateways"),
        sa.UniqueConstraint("way", name=op.f("uq_notice_gateways_way")),
    )


def downgrade() -> None:
    op.drop_table("notice_gateways")
    op.drop_table("customer_messages")
    op.drop_table("customer_message_switches")
    op.drop_table("portal_readings")
    op.drop_table("announcement_channels")
    op.drop_table("announcement_grades")
    op.drop_constraint(op.f("ck_announcements_is_for_somebody"), "announcements")
    op.drop_constraint(op.f("ck_announcements_portal_audience_is_known"), "announcements")
    op.drop_constraint(op.f("ck_announcements_audience_is_known"), "announcements")
    _check("audience_is_known", "audience IN ('everybody', 'units', 'roles')")
    op.drop_column("announcements", "portal_audience")

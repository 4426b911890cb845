"""Rules for passwords and log-ins, second steps, throttles, devices and the log of log-ins."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
# The log-in asks the new columns and tables: a workspace before them is told to wait a moment.
oldest_served = "0015"

# The administrator's role is fixed and holds every permission.
_NEW = "workspace:secure"


def upgrade() -> None:
    op.create_table(
        "security_policies",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("passwords_expire", sa.Boolean(), nullable=False),
        sa.Column("mail_codes", sa.Boolean(), nullable=False),
        sa.Column("idle_minutes", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "preset IN ('manual', 'asvs')", name=op.f("ck_security_policies_preset_is_known")
        ),
        sa.CheckConstraint(
            "idle_minutes BETWEEN 0 AND 480",
            name=op.f("ck_security_policies_idle_within_a_day_of_work"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_policies")),
        sa.UniqueConstraint("public_id", name=op.f("uq_security_policies_public_id")),
    )
    op.create_index(
        "uq_security_policies_single",
        "security_policies",
        [sa.literal_column("(true)")],
        unique=True,
    )
    op.create_table(
        "throttles",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("hits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throttles")),
        sa.UniqueConstraint("public_id", name=op.f("uq_throttles_public_id")),
        sa.UniqueConstraint("subject", name=op.f("uq_throttles_subject")),
    )
    op.create_index(op.f("ix_throttles_expires_at"), "throttles", ["expires_at"], unique=False)
    op.create_table(
        "authenticators",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("secret_cipher", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_authenticators_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticators")),
        sa.UniqueConstraint("public_id", name=op.f("uq_authenticators_public_id")),
    )
    op.create_index(
        "uq_authenticators_user",
        "authenticators",
        ["user_id", sa.literal_column("(confirmed_at IS NULL)")],
        unique=True,
    )
    op.create_table(
        "devices",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_devices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_devices_public_id")),
    )
    op.create_index("uq_devices_user_digest", "devices", ["user_id", "digest"], unique=True)
    op.create_table(
        "log_ins",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("is_new_device", sa.Boolean(), nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "result IN ('opened', 'second_step', 'wrong', 'locked', 'disabled')",
            name=op.f("ck_log_ins_result_is_known"),
        ),
        sa.CheckConstraint(
            "way IN ('password', 'app', 'mail', 'recovery')", name=op.f("ck_log_ins_way_is_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_log_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_ins")),
        sa.UniqueConstraint("public_id", name=op.f("uq_log_ins_public_id")),
    )
    op.create_index(op.f("ix_log_ins_user_id_id"), "log_ins", ["user_id", "id"], unique=False)
    op.create_table(
        "pending_log_ins",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_remembered", sa.Boolean(), nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("device_digest", sa.Text(), nullable=True),
        sa.Column("code_digest", sa.Text(), nullable=True),
        sa.Column("code_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_tries", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_pending_log_ins_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_log_ins")),
        sa.UniqueConstraint("public_id", name=op.f("uq_pending_log_ins_public_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_pending_log_ins_token_digest")),
    )
    op.create_index(
        op.f("ix_pending_log_ins_user_id"), "pending_log_ins", ["user_id"], unique=False
    )
    op.create_table(
        "recovery_codes",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recovery_codes_public_id")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"], unique=False)
    op.add_column(
        "roles",
        sa.Column(
            "requires_second_step", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column(
        "user_sessions", sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "users", sa.Column("second_step_since", sa.DateTime(timezone=True), nullable=True)
    )
    added = f"'[\"{_NEW}\"]'::jsonb"
    op.execute(
        f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
        f" WHERE code = 'administrator' AND NOT permissions @> {added}"
    )


def downgrade() -> None:
    op.execute(f"UPDATE roles SET permissions = permissions - '{_NEW}'")  # noqa: S608
    op.drop_column("users", "second_step_since")
    op.drop_column("user_sessions", "locked_at")
    op.drop_column("roles", "requires_second_step")
    op.drop_index(op.f("ix_recovery_codes_user_id"), table_name="recovery_codes")
    op.drop_table("recovery_codes")
    op.drop_index(op.f("ix_pending_log_ins_user_id"), table_name="pending_log_ins")
    op.drop_table("pending_log_ins")
    op.drop_index(op.f("ix_log_ins_user_id_id"), table_name="log_ins")
    op.drop_table("log_ins")
    op.drop_index("uq_devices_user_digest", table_name="devices")
    op.drop_table("devices")
    op.drop_index("uq_authenticators_user", table_name="authenticators")
    op.drop_table("authenticators")
    op.drop_index(op.f("ix_throttles_expires_at"), table_name="throttles")
    op.drop_table("throttles")
    op.drop_index("uq_security_policies_single", table_name="security_policies")
    op.drop_table("security_policies")

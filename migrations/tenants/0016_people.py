"""Reveals, shares, invitations, passkeys and proved phones; the permissions that go with them.

A mobile number that somebody could sign in by until now goes on to be good for that: nobody is
locked out. Numbers that are entered or changed from now on are proved first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
# Each page asks the new columns of people and roles: a workspace before them waits a moment.
oldest_served = "0016"

_NEW = {
    "customer:reveal": ("salesperson",),
    "customer:share": ("administrator", "salesperson", "customer_service"),
    "order:reveal": ("administrator", "salesperson", "customer_service", "warehouse"),
    "order:share": ("administrator", "salesperson", "customer_service"),
}
_WAYS = "'password', 'app', 'mail', 'link', 'sms', 'passkey', 'recovery'"
_OLD_WAYS = "'password', 'app', 'mail', 'recovery'"


def upgrade() -> None:
    op.create_table(
        "passkey_challenges",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "use IN ('register', 'step')", name=op.f("ck_passkey_challenges_use_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_passkey_challenges_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenges")),
        sa.UniqueConstraint("challenge", name=op.f("uq_passkey_challenges_challenge")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkey_challenges_public_id")),
    )
    op.create_index(
        op.f("ix_passkey_challenges_user_id"), "passkey_challenges", ["user_id"], unique=False
    )
    op.create_table(
        "passkeys",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_half", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("transports", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspected_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkeys_public_id")),
    )
    op.create_index(op.f("ix_passkeys_user_id"), "passkeys", ["user_id"], unique=False)
    op.create_table(
        "phone_proofs",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_phone_proofs_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_proofs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_phone_proofs_public_id")),
    )
    op.create_index(op.f("ix_phone_proofs_user_id"), "phone_proofs", ["user_id"], unique=False)
    op.create_table(
        "reveals",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("record_name", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('contact', 'identity', 'carrier', 'delivery', 'complaint', 'other')",
            name=op.f("ck_reveals_purpose_is_known"),
        ),
        sa.CheckConstraint("way IN ('shown', 'called')", name=op.f("ck_reveals_way_is_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reveals_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reveals_public_id")),
    )
    op.create_index(op.f("ix_reveals_record_id_id"), "reveals", ["record_id", "id"], unique=False)
    op.create_index(
        op.f("ix_reveals_user_id_created_at"), "reveals", ["user_id", "created_at"], unique=False
    )
    op.create_table(
        "security_answers",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_security_answers_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_answers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_security_answers_public_id")),
        sa.UniqueConstraint(
            "user_id", "question", name=op.f("uq_security_answers_user_id_question")
        ),
    )
    op.create_table(
        "shares",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint("access IN ('read', 'write')", name=op.f("ck_shares_access_is_known")),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_shares_with_one")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_shares_unit_id_units")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_shares_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shares")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shares_public_id")),
    )
    op.create_index(op.f("ix_shares_unit_id_kind"), "shares", ["unit_id", "kind"], unique=False)
    op.create_index(op.f("ix_shares_user_id_kind"), "shares", ["user_id", "kind"], unique=False)
    op.create_index(
        "uq_shares_unit",
        "shares",
        ["record_id", "unit_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(
        "uq_shares_user",
        "shares",
        ["record_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "user_invitations",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_invitations_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_invitations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_user_invitations_public_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_user_invitations_token_digest")),
    )
    op.create_index(
        op.f("ix_user_invitations_user_id"), "user_invitations", ["user_id"], unique=False
    )
    op.create_table(
        "reveal_tasks",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('contact', 'identity', 'carrier', 'delivery', 'complaint', 'other')",
            name=op.f("ck_reveal_tasks_purpose_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["user_sessions.id"],
            name=op.f("fk_reveal_tasks_session_id_user_sessions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal_tasks")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reveal_tasks_public_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_reveal_tasks_session_id")),
    )
    op.add_column("pending_log_ins", sa.Column("code_way", sa.Text(), nullable=True))
    op.add_column("pending_log_ins", sa.Column("link_digest", sa.Text(), nullable=True))
    op.add_column(
        "roles",
        sa.Column(
            "requires_passkey", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column(
        "roles",
        sa.Column("reveals_a_day", sa.BigInteger(), server_default=sa.text("50"), nullable=False),
    )
    op.add_column(
        "security_policies",
        sa.Column("sms_codes", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "security_policies",
        sa.Column(
            "security_questions", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column("users", sa.Column("phone_proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "users",
        sa.Column("steps_by_code", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.drop_constraint(op.f("ck_log_ins_way_is_known"), "log_ins")
    op.create_check_constraint(
        op.f("ck_log_ins_way_is_known"), "log_ins", f"way IN ({_WAYS})", postgresql_not_valid=True
    )
    op.execute("UPDATE users SET phone_proved_at = created_at WHERE phone_cipher IS NOT NULL")
    for permission, codes in _NEW.items():
        added = f"'[\"{permission}\"]'::jsonb"
        roles = ", ".join(f"'{code}'" for code in codes)
        op.execute(
            f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
            f" WHERE code IN ({roles}) AND NOT permissions @> {added}"
        )


def downgrade() -> None:
    for permission in ("customer:share", "order:reveal", "order:share"):
        op.execute(f"UPDATE roles SET permissions = permissions - '{permission}'")  # noqa: S608
    op.drop_constraint(op.f("ck_log_ins_way_is_known"), "log_ins")
    op.create_check_constraint(
        op.f("ck_log_ins_way_is_known"),
        "log_ins",
        f"way IN ({_OLD_WAYS})",
        postgresql_not_valid=True,
    )
    op.drop_column("users", "steps_by_code")
    op.drop_column("users", "phone_proved_at")
    op.drop_column("security_policies", "security_questions")
    op.drop_column("security_policies", "sms_codes")
    op.drop_column("roles", "reveals_a_day")
    op.drop_column("roles", "requires_passkey")
    op.drop_column("pending_log_ins", "link_digest")
    op.drop_column("pending_log_ins", "code_way")
    op.drop_table("reveal_tasks")
    op.drop_index(op.f("ix_user_invitations_user_id"), table_name="user_invitations")
    op.drop_table("user_invitations")
    op.drop_index(
        "uq_shares_user", table_name="shares", postgresql_where=sa.text("revoked_at IS NULL")
    )
    op.drop_index(
        "uq_shares_unit", table_name="shares", postgresql_where=sa.text("revoked_at IS NULL")
    )
    op.drop_index(op.f("ix_shares_user_id_kind"), table_name="shares")
    op.drop_index(op.f("ix_shares_unit_id_kind"), table_name="shares")
    op.drop_table("shares")
    op.drop_table("security_answers")
    op.drop_index(op.f("ix_reveals_user_id_created_at"), table_name="reveals")
    op.drop_index(op.f("ix_reveals_record_id_id"), table_name="reveals")
    op.drop_table("reveals")
    op.drop_index(op.f("ix_phone_proofs_user_id"), table_name="phone_proofs")
    op.drop_table("phone_proofs")
    op.drop_index(op.f("ix_passkeys_user_id"), table_name="passkeys")
    op.drop_table("passkeys")
    op.drop_index(op.f("ix_passkey_challenges_user_id"), table_name="passkey_challenges")
    op.drop_table("passkey_challenges")

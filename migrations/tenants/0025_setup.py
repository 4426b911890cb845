"""Dictionary, numbering, parameters, checks of the sealed log, help, reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
# Every audit row names the device: a workspace before it is told to wait a moment.
oldest_served = "0025"

# The administrator's role is fixed and holds every permission.
_NEW = ("audit:verify", "setup:view", "setup:edit", "help:edit", "help:answer")
# Parameters take over what stood in the profile. An id of ours cannot be made here: the profile's
# own serves, and a sibling of it.
_SIBLING = "left(public_id, 25) || CASE WHEN right(public_id, 1) = '0' THEN '1' ELSE '0' END"


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("pages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_question", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("public_id", name=op.f("uq_articles_public_id")),
    )
    op.create_index(
        op.f("ix_articles_is_active_position"), "articles", ["is_active", "position"], unique=False
    )
    op.create_table(
        "audit_checks",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("proven", sa.BigInteger(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checks")),
        sa.UniqueConstraint("job_id", name=op.f("uq_audit_checks_job_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_audit_checks_public_id")),
    )
    op.create_table(
        "contact_cards",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("qr_key", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_cards")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_cards_public_id")),
    )
    op.create_index(
        "uq_contact_cards_single", "contact_cards", [sa.literal_column("(true)")], unique=True
    )
    op.create_table(
        "counters",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counters")),
        sa.UniqueConstraint("kind", "period", name=op.f("uq_counters_kind_period")),
        sa.UniqueConstraint("public_id", name=op.f("uq_counters_public_id")),
    )
    op.create_table(
        "dictionary_values",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label_zh", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary_values")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dictionary_values_public_id")),
        sa.UniqueConstraint("type", "code", name=op.f("uq_dictionary_values_type_code")),
    )
    op.create_table(
        "numbering_rules",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("date_part", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("reset", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "date_part IN ('none', 'year', 'month', 'day')",
            name=op.f("ck_numbering_rules_date_part_is_known"),
        ),
        sa.CheckConstraint(
            "prefix ~ '^([A-Z][A-Z0-9]{0,7})?$'", name=op.f("ck_numbering_rules_prefix_is_short")
        ),
        sa.CheckConstraint(
            "reset IN ('never', 'year', 'month', 'day')",
            name=op.f("ck_numbering_rules_reset_is_known"),
        ),
        sa.CheckConstraint(
            "width BETWEEN 3 AND 10", name=op.f("ck_numbering_rules_width_within_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbering_rules")),
        sa.UniqueConstraint("kind", name=op.f("uq_numbering_rules_kind")),
        sa.UniqueConstraint("public_id", name=op.f("uq_numbering_rules_public_id")),
    )
    op.create_table(
        "parameters",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameters")),
        sa.UniqueConstraint("code", name=op.f("uq_parameters_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_parameters_public_id")),
    )
    op.create_table(
        "feedback",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'in_work', 'answered', 'closed')",
            name=op.f("ck_feedback_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feedback_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("number", name=op.f("uq_feedback_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_feedback_public_id")),
        sa.UniqueConstraint("submission", name=op.f("uq_feedback_submission")),
    )
    op.create_index(op.f("ix_feedback_state_id"), "feedback", ["state", "id"], unique=False)
    op.create_index(op.f("ix_feedback_user_id_id"), "feedback", ["user_id", "id"], unique=False)
    op.add_column("audit_entries", sa.Column("device", sa.Text(), nullable=True))
    op.add_column("order_events", sa.Column("reason_code", sa.Text(), nullable=True))
    for code, column, default, public_id in (
        ("channels.max_depth", "max_depth", 3, "public_id"),
        ("numbers.hold_minutes", "hold_minutes", 30, _SIBLING),
    ):
        op.execute(
            "INSERT INTO parameters (public_id, created_at, code, value, version)"  # noqa: S608
            f" SELECT {public_id}, now(), '{code}', jsonb_build_object('is', {column}), 1"
            f" FROM profiles WHERE {column} <> {default}"
        )
    added = "'[" + ", ".join(f'"{one}"' for one in _NEW) + "]'::jsonb"
    op.execute(
        f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
        f" WHERE code = 'administrator' AND NOT permissions @> {added}"
    )


def downgrade() -> None:
    for one in _NEW:
        op.execute(f"UPDATE roles SET permissions = permissions - '{one}'")  # noqa: S608
    op.drop_column("order_events", "reason_code")
    op.drop_column("audit_entries", "device")
    op.drop_index(op.f("ix_feedback_user_id_id"), table_name="feedback")
    op.drop_index(op.f("ix_feedback_state_id"), table_name="feedback")
    op.drop_table("feedback")
    op.drop_table("parameters")
    op.drop_table("numbering_rules")
    op.drop_table("dictionary_values")
    op.drop_table("counters")
    op.drop_index("uq_contact_cards_single", table_name="contact_cards")
    op.drop_table("contact_cards")
    op.drop_table("audit_checks")
    op.drop_index(op.f("ix_articles_is_active_position"), table_name="articles")
    op.drop_table("articles")

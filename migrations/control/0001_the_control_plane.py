"""Workspaces, sign-ups, builds, operators, the plan, and the control plane's own jobs and audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("public_id", name=op.f("uq_audit_entries_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_audit_entries_subject_id_id"),
        "audit_entries",
        ["subject_id", "id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "billing_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("monthly_amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("trial_days", sa.BigInteger(), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_plans")),
        sa.UniqueConstraint("code", name=op.f("uq_billing_plans_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_billing_plans_public_id")),
        schema="control",
    )
    op.create_table(
        "effects",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("workspace", "outbox_id", "step", name=op.f("pk_effects")),
        schema="control",
    )
    op.create_table(
        "operators",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("email", name=op.f("uq_operators_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_operators_public_id")),
        schema="control",
    )
    op.create_table(
        "outbox",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'running', 'done', 'refused', 'dead')",
            name=op.f("ck_outbox_state_is_known"),
        ),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_outbox")),
        schema="control",
    )
    op.create_index(
        op.f("ix_outbox_run_at"),
        "outbox",
        ["run_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        op.f("ix_outbox_touched_at"),
        "outbox",
        ["touched_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("state IN ('sent', 'running')"),
    )
    op.create_table(
        "operator_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["control.operators.id"],
            name=op.f("fk_operator_sessions_operator_id_operators"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_operator_sessions_public_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_operator_sessions_token_digest")),
        schema="control",
    )
    op.create_index(
        op.f("ix_operator_sessions_operator_id"),
        "operator_sessions",
        ["operator_id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "workspaces",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("schema", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("suspended_from", sa.Text(), nullable=True),
        sa.Column("suspended_reason", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("trial_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_active_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("size_measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('provisioning', 'trial', 'active', 'past_due', 'read_only', 'suspended', 'closed')",
            name=op.f("ck_workspaces_state_is_known"),
        ),
        sa.CheckConstraint(
            "suspended_from IS NULL OR suspended_from IN ('provisioning', 'trial', 'active', 'past_due', 'read_only', 'suspended', 'closed')",
            name=op.f("ck_workspaces_suspended_from_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["control.billing_plans.id"],
            name=op.f("fk_workspaces_plan_id_billing_plans"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("address", name=op.f("uq_workspaces_address")),
        sa.UniqueConstraint("public_id", name=op.f("uq_workspaces_public_id")),
        sa.UniqueConstraint("schema", name=op.f("uq_workspaces_schema")),
        schema="control",
    )
    op.create_index(
        op.f("ix_workspaces_plan_id"), "workspaces", ["plan_id"], unique=False, schema="control"
    )
    op.create_index(
        op.f("ix_workspaces_state_id"),
        "workspaces",
        ["state", "id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "builds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_cipher", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'building', 'done', 'failed')",
            name=op.f("ck_builds_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_builds_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_builds")),
        sa.UniqueConstraint("public_id", name=op.f("uq_builds_public_id")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_builds_workspace_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_builds_id"),
        "builds",
        ["id"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("state IN ('queued', 'building')"),
    )
    op.create_table(
        "signups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("contact_role", sa.Text(), nullable=False),
        sa.Column("service_type", sa.Text(), nullable=False),
        sa.Column("reference_code", sa.Text(), nullable=True),
        sa.Column("terms_version", sa.Text(), nullable=False),
        sa.Column("terms_accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("workspace_id", sa.BigInteger(), nullable=True),
        sa.Column("email_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.Text(), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("phone_tail", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "contact_role IN ('owner', 'operations', 'finance', 'technical')",
            name=op.f("ck_signups_contact_role_is_known"),
        ),
        sa.CheckConstraint(
            "purpose IN ('resell', 'operate', 'enterprise', 'try')",
            name=op.f("ck_signups_purpose_is_known"),
        ),
        sa.CheckConstraint(
            "service_type IN ('self_service', 'guided', 'migration')",
            name=op.f("ck_signups_service_type_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'verified', 'expired')", name=op.f("ck_signups_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_signups_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signups")),
        sa.UniqueConstraint("public_id", name=op.f("uq_signups_public_id")),
        sa.UniqueConstraint("submission", name=op.f("uq_signups_submission")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_signups_token_digest")),
        schema="control",
    )
    op.create_index(
        op.f("ix_signups_email_index"), "signups", ["email_index"], unique=False, schema="control"
    )
    op.create_index(
        op.f("ix_signups_expires_at"), "signups", ["expires_at"], unique=False, schema="control"
    )
    op.create_index(
        op.f("ix_signups_phone_index"), "signups", ["phone_index"], unique=False, schema="control"
    )
    op.create_index(
        op.f("ix_signups_workspace_id"), "signups", ["workspace_id"], unique=False, schema="control"
    )
    op.create_index(
        "uq_signups_address_open",
        "signups",
        ["address"],
        unique=True,
        schema="control",
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "workspace_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("key_version", sa.BigInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_workspace_keys_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace_keys")),
        sa.UniqueConstraint("public_id", name=op.f("uq_workspace_keys_public_id")),
        sa.UniqueConstraint(
            "workspace_id", "key_version", name=op.f("uq_workspace_keys_workspace_id_key_version")
        ),
        schema="control",
    )


def downgrade() -> None:
    op.drop_table("workspace_keys", schema="control")
    op.drop_index(
        "uq_signups_address_open",
        table_name="signups",
        schema="control",
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.drop_index(op.f("ix_signups_workspace_id"), table_name="signups", schema="control")
    op.drop_index(op.f("ix_signups_phone_index"), table_name="signups", schema="control")
    op.drop_index(op.f("ix_signups_expires_at"), table_name="signups", schema="control")
    op.drop_index(op.f("ix_signups_email_index"), table_name="signups", schema="control")
    op.drop_table("signups", schema="control")
    op.drop_index(
        op.f("ix_builds_id"),
        table_name="builds",
        schema="control",
        postgresql_where=sa.text("state IN ('queued', 'building')"),
    )
    op.drop_table("builds", schema="control")
    op.drop_index(op.f("ix_workspaces_state_id"), table_name="workspaces", schema="control")
    op.drop_index(op.f("ix_workspaces_plan_id"), table_name="workspaces", schema="control")
    op.drop_table("workspaces", schema="control")
    op.drop_index(
        op.f("ix_operator_sessions_operator_id"), table_name="operator_sessions", schema="control"
    )
    op.drop_table("operator_sessions", schema="control")
    op.drop_index(
        op.f("ix_outbox_touched_at"),
        table_name="outbox",
        schema="control",
        postgresql_where=sa.text("state IN ('sent', 'running')"),
    )
    op.drop_index(
        op.f("ix_outbox_run_at"),
        table_name="outbox",
        schema="control",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_table("outbox", schema="control")
    op.drop_table("operators", schema="control")
    op.drop_table("effects", schema="control")
    op.drop_table("billing_plans", schema="control")
    op.drop_index(
        op.f("ix_audit_entries_subject_id_id"), table_name="audit_entries", schema="control"
    )
    op.drop_table("audit_entries", schema="control")

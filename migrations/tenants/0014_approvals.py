"""Approval flows, approvals and absences, and the permissions that go with them.

Roles that were seeded with the workspace get the right to approve like those of new ones do; what
people called or changed there stays.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

_NEW = {
    "approval:view": (
        *("administrator", "salesperson", "customer_service", "finance", "warehouse"),
        *("marketing", "auditor"),
    ),
    "approval:all": ("administrator", "auditor"),
    "approval:edit": ("administrator",),
}


def upgrade() -> None:
    op.create_table(
        "approval_flows",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("allows_self", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_flows")),
        sa.UniqueConstraint("kind", name=op.f("uq_approval_flows_kind")),
        sa.UniqueConstraint("public_id", name=op.f("uq_approval_flows_public_id")),
    )
    op.create_table(
        "approval_flow_steps",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flow_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("amount_from", sa.BigInteger(), nullable=True),
        sa.Column("amount_below", sa.BigInteger(), nullable=True),
        sa.Column("fact", sa.Text(), nullable=True),
        sa.Column("comparison", sa.Text(), nullable=True),
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(who = 'role') = (role_id IS NOT NULL)",
            name=op.f("ck_approval_flow_steps_role_where_it_is_by_role"),
        ),
        sa.CheckConstraint(
            "comparison IS NULL OR comparison IN ('is', 'is_not')",
            name=op.f("ck_approval_flow_steps_comparison_is_known"),
        ),
        sa.CheckConstraint(
            "mode IN ('all', 'any')", name=op.f("ck_approval_flow_steps_mode_is_known")
        ),
        sa.CheckConstraint(
            "who IN ('role', 'unit_head', 'people')",
            name=op.f("ck_approval_flow_steps_who_is_known"),
        ),
        sa.CheckConstraint(
            "(fact IS NULL) = (comparison IS NULL) AND (fact IS NULL) = (wanted IS NULL)",
            name=op.f("ck_approval_flow_steps_condition_is_whole"),
        ),
        sa.CheckConstraint(
            "amount_from < amount_below", name=op.f("ck_approval_flow_steps_band_is_not_empty")
        ),
        sa.ForeignKeyConstraint(
            ["flow_id"],
            ["approval_flows.id"],
            name=op.f("fk_approval_flow_steps_flow_id_approval_flows"),
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_approval_flow_steps_role_id_roles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_flow_steps")),
        sa.UniqueConstraint(
            "flow_id", "position", name=op.f("uq_approval_flow_steps_flow_id_position")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_approval_flow_steps_public_id")),
    )
    op.create_index(
        op.f("ix_approval_flow_steps_role_id"), "approval_flow_steps", ["role_id"], unique=False
    )
    op.create_table(
        "absences",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("substitute_id", sa.BigInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_absences_days_are_in_order")),
        sa.CheckConstraint(
            "user_id <> substitute_id", name=op.f("ck_absences_substitute_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["users.id"], name=op.f("fk_absences_substitute_id_users")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_absences_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        sa.UniqueConstraint("public_id", name=op.f("uq_absences_public_id")),
    )
    op.create_index(op.f("ix_absences_substitute_id"), "absences", ["substitute_id"], unique=False)
    op.create_index(op.f("ix_absences_user_id_id"), "absences", ["user_id", "id"], unique=False)
    op.create_table(
        "approval_flow_people",
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["approval_flow_steps.id"],
            name=op.f("fk_approval_flow_people_step_id_approval_flow_steps"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_approval_flow_people_user_id_users")
        ),
        sa.PrimaryKeyConstraint("step_id", "user_id", name=op.f("pk_approval_flow_people")),
    )
    op.create_index(
        op.f("ix_approval_flow_people_user_id"), "approval_flow_people", ["user_id"], unique=False
    )
    op.create_table(
        "approvals",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("allows_self", sa.Boolean(), nullable=False),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("turn_began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_approvals_ended_has_its_time")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'returned', 'recalled')",
            name=op.f("ck_approvals_state_is_known"),
        ),
        sa.CheckConstraint(
            "(amount IS NULL) = (currency IS NULL)",
            name=op.f("ck_approvals_amount_has_its_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["users.id"], name=op.f("fk_approvals_submitted_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("key", name=op.f("uq_approvals_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_approvals_public_id")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_approvals_turn_id")),
    )
    op.create_index(
        op.f("ix_approvals_document_id_id"), "approvals", ["document_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_approvals_submitted_by_id_id"),
        "approvals",
        ["submitted_by_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_approvals_pending",
        "approvals",
        ["kind", "document_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "approval_events",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approval_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("step_name", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("for_name", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("target_name", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "action IN ('submitted', 'approved', 'rejected', 'returned', 'sent_back', 'transferred', 'signer_added', 'recalled', 'reminded')",
            name=op.f("ck_approval_events_action_is_known"),
        ),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_approval_events_time_runs_forward")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_approval_events_approval_id_approvals")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["users.id"], name=op.f("fk_approval_events_target_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_approval_events_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_approval_events_public_id")),
    )
    op.create_index(
        op.f("ix_approval_events_approval_id_id"),
        "approval_events",
        ["approval_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_approval_events_target_id"), "approval_events", ["target_id"], unique=False
    )
    op.create_index(
        op.f("ix_approval_events_turn_id"), "approval_events", ["turn_id"], unique=False
    )
    op.create_index(
        op.f("ix_approval_events_user_id_id"), "approval_events", ["user_id", "id"], unique=False
    )
    op.create_table(
        "approval_steps",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approval_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('all', 'any')", name=op.f("ck_approval_steps_mode_is_known")),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'passed')", name=op.f("ck_approval_steps_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_approval_steps_approval_id_approvals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_steps")),
        sa.UniqueConstraint(
            "approval_id", "position", name=op.f("uq_approval_steps_approval_id_position")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_approval_steps_public_id")),
    )
    op.create_index(
        "uq_approval_steps_open",
        "approval_steps",
        ["approval_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "approval_signers",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "origin IN ('flow', 'transfer', 'added')",
            name=op.f("ck_approval_signers_origin_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'waiting', 'approved', 'rejected', 'returned', 'transferred', 'over')",
            name=op.f("ck_approval_signers_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["approval_steps.id"],
            name=op.f("fk_approval_signers_step_id_approval_steps"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_approval_signers_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_signers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_approval_signers_public_id")),
        sa.UniqueConstraint("step_id", "user_id", name=op.f("uq_approval_signers_step_id_user_id")),
    )
    op.create_index(
        op.f("ix_approval_signers_user_id"),
        "approval_signers",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
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
    op.drop_index(
        op.f("ix_approval_signers_user_id"),
        table_name="approval_signers",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_table("approval_signers")
    op.drop_index(
        "uq_approval_steps_open",
        table_name="approval_steps",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_table("approval_steps")
    op.drop_index(op.f("ix_approval_events_user_id_id"), table_name="approval_events")
    op.drop_index(op.f("ix_approval_events_turn_id"), table_name="approval_events")
    op.drop_index(op.f("ix_approval_events_target_id"), table_name="approval_events")
    op.drop_index(op.f("ix_approval_events_approval_id_id"), table_name="approval_events")
    op.drop_table("approval_events")
    op.drop_index(
        "uq_approvals_pending",
        table_name="approvals",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(op.f("ix_approvals_submitted_by_id_id"), table_name="approvals")
    op.drop_index(op.f("ix_approvals_document_id_id"), table_name="approvals")
    op.drop_table("approvals")
    op.drop_index(op.f("ix_approval_flow_people_user_id"), table_name="approval_flow_people")
    op.drop_table("approval_flow_people")
    op.drop_index(op.f("ix_absences_user_id_id"), table_name="absences")
    op.drop_index(op.f("ix_absences_substitute_id"), table_name="absences")
    op.drop_table("absences")
    op.drop_index(op.f("ix_approval_flow_steps_role_id"), table_name="approval_flow_steps")
    op.drop_table("approval_flow_steps")
    op.drop_table("approval_flows")

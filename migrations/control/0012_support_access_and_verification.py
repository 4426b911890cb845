"""Support access and verification of companies; workspaces that are there count as verified."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "support_grants",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hours", sa.BigInteger(), nullable=False),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("giver_id", sa.Text(), nullable=False),
        sa.Column("giver_name", sa.Text(), nullable=False),
        sa.Column("ender_name", sa.Text(), nullable=True),
        sa.CheckConstraint("hours BETWEEN 1 AND 72", name=op.f("ck_support_grants_hours_in_days")),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_support_grants_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_grants")),
        sa.UniqueConstraint("public_id", name=op.f("uq_support_grants_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_support_grants_ends_at"),
        "support_grants",
        ["ends_at"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_support_grants_workspace_id_id"),
        "support_grants",
        ["workspace_id", "id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        "uq_support_grants_open",
        "support_grants",
        ["workspace_id"],
        unique=True,
        schema="control",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "verifications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("representative_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("document_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("licence_key", sa.Text(), nullable=True),
        sa.Column("licence_type", sa.Text(), nullable=True),
        sa.Column("licence_name", sa.Text(), nullable=True),
        sa.Column("remarks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitter_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decider_name", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'passed', 'revoked')",
            name=op.f("ck_verifications_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["control.workspaces.id"],
            name=op.f("fk_verifications_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
        sa.UniqueConstraint("public_id", name=op.f("uq_verifications_public_id")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_verifications_workspace_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_verifications_state_submitted_at_id"),
        "verifications",
        ["state", "submitted_at", "id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "carrier_authorisations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verification_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("file_type", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("reminded_days", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["control.verifications.id"],
            name=op.f("fk_carrier_authorisations_verification_id_verifications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_authorisations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_carrier_authorisations_public_id")),
        sa.UniqueConstraint(
            "verification_id",
            "carrier",
            name=op.f("uq_carrier_authorisations_verification_id_carrier"),
        ),
        schema="control",
    )
    op.create_index(
        op.f("ix_carrier_authorisations_valid_until"),
        "carrier_authorisations",
        ["valid_until"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("reminded_days IS DISTINCT FROM 0"),
    )
    op.create_table(
        "support_visits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("log_in_id", sa.BigInteger(), nullable=False),
        sa.Column("handover_digest", sa.Text(), nullable=False),
        sa.Column("handover_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["control.support_grants.id"],
            name=op.f("fk_support_visits_grant_id_support_grants"),
        ),
        sa.ForeignKeyConstraint(
            ["log_in_id"],
            ["control.operator_sessions.id"],
            name=op.f("fk_support_visits_log_in_id_operator_sessions"),
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["control.operators.id"],
            name=op.f("fk_support_visits_operator_id_operators"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_visits")),
        sa.UniqueConstraint("handover_digest", name=op.f("uq_support_visits_handover_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_support_visits_public_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_support_visits_token_digest")),
        schema="control",
    )
    op.create_index(
        op.f("ix_support_visits_grant_id"),
        "support_visits",
        ["grant_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_support_visits_log_in_id"),
        "support_visits",
        ["log_in_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_support_visits_operator_id"),
        "support_visits",
        ["operator_id"],
        unique=False,
        schema="control",
    )
    # Whoever is there has sold already; only those who sign up from now on begin unverified.
    op.add_column(
        "workspaces",
        sa.Column("is_verified", sa.Boolean(), server_default=sa.true(), nullable=False),
        schema="control",
    )
    op.alter_column("workspaces", "is_verified", server_default=sa.text("false"), schema="control")
    op.add_column(
        "workspaces",
        sa.Column("authorised", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        schema="control",
    )
    op.add_column(
        "workspaces",
        sa.Column("support_until", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )


def downgrade() -> None:
    op.drop_column("workspaces", "support_until", schema="control")
    op.drop_column("workspaces", "authorised", schema="control")
    op.drop_column("workspaces", "is_verified", schema="control")
    op.drop_index(
        op.f("ix_support_visits_operator_id"), table_name="support_visits", schema="control"
    )
    op.drop_index(
        op.f("ix_support_visits_log_in_id"), table_name="support_visits", schema="control"
    )
    op.drop_index(op.f("ix_support_visits_grant_id"), table_name="support_visits", schema="control")
    op.drop_table("support_visits", schema="control")
    op.drop_index(
        op.f("ix_carrier_authorisations_valid_until"),
        table_name="carrier_authorisations",
        schema="control",
        postgresql_where=sa.text("reminded_days IS DISTINCT FROM 0"),
    )
    op.drop_table("carrier_authorisations", schema="control")
    op.drop_index(
        op.f("ix_verifications_state_submitted_at_id"), table_name="verifications", schema="control"
    )
    op.drop_table("verifications", schema="control")
    op.drop_index(
        "uq_support_grants_open",
        table_name="support_grants",
        schema="control",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        op.f("ix_support_grants_workspace_id_id"), table_name="support_grants", schema="control"
    )
    op.drop_index(
        op.f("ix_support_grants_ends_at"),
        table_name="support_grants",
        schema="control",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("support_grants", schema="control")

"""Lock-outs of operators, repeated mails of sign-ups, and sign-ups counted by origin."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "operators",
        sa.Column("failed_logins", sa.BigInteger(), nullable=False, server_default="0"),
        schema="control",
    )
    op.alter_column("operators", "failed_logins", server_default=None, schema="control")
    op.add_column(
        "operators",
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        schema="control",
    )
    op.add_column(
        "signups",
        sa.Column(
            "mailed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        schema="control",
    )
    op.alter_column("signups", "mailed_at", server_default=None, schema="control")
    op.add_column(
        "signups",
        sa.Column("mails", sa.BigInteger(), nullable=False, server_default="1"),
        schema="control",
    )
    op.alter_column("signups", "mails", server_default=None, schema="control")
    op.create_index(
        op.f("ix_signups_ip_address_created_at"),
        "signups",
        ["ip_address", "created_at"],
        unique=False,
        schema="control",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_signups_ip_address_created_at"), table_name="signups", schema="control")
    op.drop_column("signups", "mails", schema="control")
    op.drop_column("signups", "mailed_at", schema="control")
    op.drop_column("operators", "locked_until", schema="control")
    op.drop_column("operators", "failed_logins", schema="control")

"""Who a workspace is on invoices: the company, its address, its tax id."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "billing_details",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("tax_kind", sa.Text(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("told_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "tax_kind IN ('', 'cn_tin', 'hk_br', 'tw_vat', 'sg_uen', 'eu_vat', 'gb_vat', 'us_ein')",
            name=op.f("ck_billing_details_tax_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_billing_details_account_id_billing_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_details")),
        sa.UniqueConstraint("account_id", name=op.f("uq_billing_details_account_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_billing_details_public_id")),
        schema="control",
    )


def downgrade() -> None:
    op.drop_table("billing_details", schema="control")

"""Fapiao: who is named on one, what was asked for, what was issued, red-letter notes."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "fapiao_titles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=False),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("bank_account_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("is_remembered", sa.Boolean(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "buyer IN ('company', 'person')", name=op.f("ck_fapiao_titles_buyer_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_fapiao_titles_account_id_billing_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fapiao_titles")),
        sa.UniqueConstraint("public_id", name=op.f("uq_fapiao_titles_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_fapiao_titles_account_id_used_at"),
        "fapiao_titles",
        ["account_id", "used_at"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "fapiao_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("corrected_amount", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("file_type", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decider_name", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ordinary', 'special')", name=op.f("ck_fapiao_requests_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'issued', 'rejected', 'withdrawn')",
            name=op.f("ck_fapiao_requests_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_fapiao_requests_account_id_billing_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["control.fapiao_titles.id"],
            name=op.f("fk_fapiao_requests_title_id_fapiao_titles"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fapiao_requests")),
        sa.UniqueConstraint("number", name=op.f("uq_fapiao_requests_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_fapiao_requests_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_fapiao_requests_account_id_id"),
        "fapiao_requests",
        ["account_id", "id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_fapiao_requests_state_id"),
        "fapiao_requests",
        ["state", "id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_fapiao_requests_title_id"),
        "fapiao_requests",
        ["title_id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "fapiao_corrections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("file_type", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("noter_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["control.fapiao_requests.id"],
            name=op.f("fk_fapiao_corrections_request_id_fapiao_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fapiao_corrections")),
        sa.UniqueConstraint("number", name=op.f("uq_fapiao_corrections_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_fapiao_corrections_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_fapiao_corrections_request_id"),
        "fapiao_corrections",
        ["request_id"],
        unique=False,
        schema="control",
    )
    op.create_table(
        "fapiao_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["control.invoices.id"],
            name=op.f("fk_fapiao_items_invoice_id_invoices"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["control.fapiao_requests.id"],
            name=op.f("fk_fapiao_items_request_id_fapiao_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fapiao_items")),
        sa.UniqueConstraint("public_id", name=op.f("uq_fapiao_items_public_id")),
        schema="control",
    )
    op.create_index(
        op.f("ix_fapiao_items_invoice_id"),
        "fapiao_items",
        ["invoice_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        op.f("ix_fapiao_items_request_id"),
        "fapiao_items",
        ["request_id"],
        unique=False,
        schema="control",
    )
    op.create_index(
        "uq_fapiao_items_held",
        "fapiao_items",
        ["invoice_id"],
        unique=True,
        schema="control",
        postgresql_where=sa.text("holds"),
    )
    # Those of which something went back are few, and asked for on every page of the console.
    op.create_index(
        "ix_invoices_given_back",
        "invoices",
        ["id"],
        unique=False,
        schema="control",
        postgresql_where=sa.text("refunded_amount > 0 OR is_disputed"),
    )


def downgrade() -> None:
    op.drop_index("ix_invoices_given_back", table_name="invoices", schema="control")
    op.drop_index(
        "uq_fapiao_items_held",
        table_name="fapiao_items",
        schema="control",
        postgresql_where=sa.text("holds"),
    )
    op.drop_index(op.f("ix_fapiao_items_request_id"), table_name="fapiao_items", schema="control")
    op.drop_index(op.f("ix_fapiao_items_invoice_id"), table_name="fapiao_items", schema="control")
    op.drop_table("fapiao_items", schema="control")
    op.drop_index(
        op.f("ix_fapiao_corrections_request_id"), table_name="fapiao_corrections", schema="control"
    )
    op.drop_table("fapiao_corrections", schema="control")
    op.drop_index(
        op.f("ix_fapiao_requests_title_id"), table_name="fapiao_requests", schema="control"
    )
    op.drop_index(
        op.f("ix_fapiao_requests_state_id"), table_name="fapiao_requests", schema="control"
    )
    op.drop_index(
        op.f("ix_fapiao_requests_account_id_id"), table_name="fapiao_requests", schema="control"
    )
    op.drop_table("fapiao_requests", schema="control")
    op.drop_index(
        op.f("ix_fapiao_titles_account_id_used_at"), table_name="fapiao_titles", schema="control"
    )
    op.drop_table("fapiao_titles", schema="control")

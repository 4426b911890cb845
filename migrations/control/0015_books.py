"""The platform's books."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "book_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_book_entries_amount_is_something")),
        sa.CheckConstraint(
            "kind IN ('issued', 'paid', 'credited', 'refunded', 'lost', 'advanced')",
            name=op.f("ck_book_entries_kind_is_known"),
        ),
        sa.CheckConstraint(
            "provider IN ('stripe', 'transfer')", name=op.f("ck_book_entries_provider_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_book_entries_account_id_billing_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["control.invoices.id"],
            name=op.f("fk_book_entries_invoice_id_invoices"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_entries")),
        sa.UniqueConstraint("public_id", name=op.f("uq_book_entries_public_id")),
        schema="control",
    )
    for columns in (["occurred_at", "id"], ["account_id", "id"], ["invoice_id"]):
        op.create_index(
            op.f(f"ix_book_entries_{'_'.join(columns)}"), "book_entries", columns, schema="control"
        )


def downgrade() -> None:
    op.drop_table("book_entries", schema="control")

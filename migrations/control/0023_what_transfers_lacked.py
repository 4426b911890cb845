"""What bank transfers lacked.

Proofs of transfer that their owner takes back.
Plans that end with their workspace.
Charges that come back from Stripe.
Credit notes of our own.
Coupons on invoices of our own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    _say_states("transfer_proofs", "waiting", "confirmed", "rejected", "withdrawn")
    _add("subscriptions", "ends_with_workspace", sa.Boolean(), "false")
    _add("usage_charges", "taken_back", sa.BigInteger(), "0")
    _series_by_kind()
    _credit_notes()
    _add("billing_coupons", "is_once", sa.Boolean(), "false")
    _add("billing_coupons", "is_first_only", sa.Boolean(), "false")
    _add("billing_coupons", "stripe_uses", sa.BigInteger(), "0")
    _coupon_uses()


def downgrade() -> None:
    op.drop_table("coupon_uses", schema="control")
    for name in ("stripe_uses", "is_first_only", "is_once"):
        op.drop_column("billing_coupons", name, schema="control")
    op.drop_table("credit_notes", schema="control")
    op.drop_constraint(
        op.f("uq_invoice_series_series_year"), "invoice_series", schema="control", type_="unique"
    )
    op.execute("DELETE FROM control.invoice_series WHERE series <> 'invoice'")
    op.create_unique_constraint(
        op.f("uq_invoice_series_year"), "invoice_series", ["year"], schema="control"
    )
    op.drop_column("invoice_series", "series", schema="control")
    op.drop_column("usage_charges", "taken_back", schema="control")
    op.drop_column("subscriptions", "ends_with_workspace", schema="control")
    _say_states("transfer_proofs", "waiting", "confirmed", "rejected")


def _say_states(table: str, *states: str) -> None:
    name, known = op.f(f"ck_{table}_state_is_known"), ", ".join(f"'{one}'" for one in states)
    op.drop_constraint(name, table, schema="control", type_="check")
    op.create_check_constraint(name, table, f"state IN ({known})", schema="control")


def _add(table: str, name: str, kind: sa.types.TypeEngine[object], default: str) -> None:
    column = sa.Column(name, kind, server_default=sa.text(default), nullable=False)
    op.add_column(table, column, schema="control")


def _series_by_kind() -> None:
    _add("invoice_series", "series", sa.Text(), "'invoice'")
    op.create_check_constraint(
        op.f("ck_invoice_series_series_is_known"),
        "invoice_series",
        "series IN ('invoice', 'credit_note')",
        schema="control",
    )
    op.drop_constraint(
        op.f("uq_invoice_series_year"), "invoice_series", schema="control", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_invoice_series_series_year"),
        "invoice_series",
        ["series", "year"],
        schema="control",
    )


def _credit_notes() -> None:
    op.create_table(
        "credit_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_name", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_credit_notes_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_credit_notes_account_id_billing_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["control.invoices.id"],
            name=op.f("fk_credit_notes_invoice_id_invoices"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["control.billing_transfers.id"],
            name=op.f("fk_credit_notes_transfer_id_billing_transfers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_notes")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_notes_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_credit_notes_public_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_credit_notes_transfer_id")),
        schema="control",
    )
    for columns in (["account_id", "id"], ["invoice_id"]):
        op.create_index(
            op.f(f"ix_credit_notes_{'_'.join(columns)}"), "credit_notes", columns, schema="control"
        )


def _coupon_uses() -> None:
    op.create_table(
        "coupon_uses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["control.billing_accounts.id"],
            name=op.f("fk_coupon_uses_account_id_billing_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"],
            ["control.billing_coupons.id"],
            name=op.f("fk_coupon_uses_coupon_id_billing_coupons"),
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["control.subscriptions.id"],
            name=op.f("fk_coupon_uses_subscription_id_subscriptions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_uses")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coupon_uses_public_id")),
        sa.UniqueConstraint("subscription_id", name=op.f("uq_coupon_uses_subscription_id")),
        schema="control",
    )
    for columns in (["account_id"], ["coupon_id", "id"]):
        op.create_index(
            op.f(f"ix_coupon_uses_{'_'.join(columns)}"), "coupon_uses", columns, schema="control"
        )

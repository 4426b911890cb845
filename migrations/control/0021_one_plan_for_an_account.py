"""Which pages of Stripe's are open on which an account could buy a plan: the next one closes them."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("""
ALTER TABLE control.billing_accounts
    ADD COLUMN checkouts jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN lost_customers bigint NOT NULL DEFAULT 0;
ALTER TABLE control.invoices
    ADD COLUMN dispute_state text,
    ADD COLUMN credit_notes jsonb NOT NULL DEFAULT '[]';
""")


def downgrade() -> None:
    op.execute("""
ALTER TABLE control.invoices
    DROP COLUMN credit_notes,
    DROP COLUMN dispute_state;
ALTER TABLE control.billing_accounts
    DROP COLUMN lost_customers,
    DROP COLUMN checkouts;
""")

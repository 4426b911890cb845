"""The first billing plan: what a trial gets, so that a fresh installation can take sign-ups."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        """
INSERT INTO control.billing_plans
    (public_id, created_at, code, name_zh, name_en, monthly_amount, currency, trial_days, limits)
VALUES
    ('00000000000000000000000001', now(), 'standard', '标准版', 'Standard', 29900, 'CNY', 30,
     '{"channels": 500, "users": 50, "numbers": 1000000, "orders_per_month": 20000}');
"""
    )


def downgrade() -> None:
    op.execute("DELETE FROM control.billing_plans WHERE code = 'standard'")

"""Links by which an operator lets a workspace's only administrator back in."""

from alembic import op

revision = "0030"
down_revision = "0029"

NAME = "ck_password_resets_way_is_known"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "password_resets")
    op.create_check_constraint(
        op.f(NAME),
        "password_resets",
        "way IN ('mail', 'sms', 'operator')",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    # A link that nobody used is asked for again; one that was used has done its work.
    op.execute("DELETE FROM password_resets WHERE way = 'operator'")
    op.drop_constraint(op.f(NAME), "password_resets")
    op.create_check_constraint(
        op.f(NAME), "password_resets", "way IN ('mail', 'sms')", postgresql_not_valid=True
    )

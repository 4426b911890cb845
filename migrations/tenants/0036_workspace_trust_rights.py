"""The rights to give support access and to hand in the company's verification."""

from alembic import op

revision = "0036"
down_revision = "0035"

_NEW = ("workspace:support", "workspace:verify")


def upgrade() -> None:
    for right in _NEW:
        added = f"'[\"{right}\"]'::jsonb"
        op.execute(
            f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
            f" WHERE code = 'administrator' AND NOT permissions @> {added}"
        )


def downgrade() -> None:
    for right in _NEW:
        op.execute(f"UPDATE roles SET permissions = permissions - '{right}'")  # noqa: S608

"""The right to reveal a channel's contact phone."""

from alembic import op

revision = "0033"
down_revision = "0032"

_NEW = "channel:reveal"
_ROLES = ("administrator", "salesperson")


def upgrade() -> None:
    added = f"'[\"{_NEW}\"]'::jsonb"
    codes = ", ".join(f"'{code}'" for code in _ROLES)
    op.execute(
        f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
        f" WHERE code IN ({codes}) AND NOT permissions @> {added}"
    )


def downgrade() -> None:
    op.execute(f"UPDATE roles SET permissions = permissions - '{_NEW}'")  # noqa: S608

"""The rights to see, stop and retry everybody's background tasks."""

from alembic import op

revision = "0037"
down_revision = "0036"

_NEW = ("task:view", "task:edit")


def upgrade() -> None:
    for name in _NEW:
        added = f"'[\"{name}\"]'::jsonb"
        op.execute(
            f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
            f" WHERE code = 'administrator' AND NOT permissions @> {added}"
        )


def downgrade() -> None:
    for name in _NEW:
        op.execute(f"UPDATE roles SET permissions = permissions - '{name}'")  # noqa: S608

"""The rights on the plan: administrators buy, finance sees."""

from alembic import op

revision = "0034"
down_revision = "0033"

_ROLES = {"administrator": ("billing:view", "billing:manage"), "finance": ("billing:view",)}


def upgrade() -> None:
    for role, rights in _ROLES.items():
        for right in rights:
            added = f"'[\"{right}\"]'::jsonb"
            op.execute(
                f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
                f" WHERE code = '{role}' AND NOT permissions @> {added}"
            )


def downgrade() -> None:
    for right in _ROLES["administrator"]:
        op.execute(f"UPDATE roles SET permissions = permissions - '{right}'")  # noqa: S608

"""Give administrators the permissions that came after their workspace: export, delete, erase.

The administrator's role is fixed and holds every permission; it is written down when a workspace
is made, so those made before this release have to be told.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

_NEW = ("workspace:export", "workspace:close", "customer:disclose", "customer:erase")


def upgrade() -> None:
    for permission in _NEW:
        added = f"'[\"{permission}\"]'::jsonb"
        op.execute(
            f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
            f" WHERE code = 'administrator' AND NOT permissions @> {added}"
        )


def downgrade() -> None:
    for permission in _NEW:
        op.execute(f"UPDATE roles SET permissions = permissions - '{permission}'")  # noqa: S608

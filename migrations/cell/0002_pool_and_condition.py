"""The warm pool, and in what condition each schema is: live, in the pool, moving, leaving.

`state` is the life of the schema in this cell; `claimed_by` is the sign-up that took it from the
pool. `attempts` and `error` tell of a migration that failed.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
ALTER TABLE cell.workspaces
    ADD COLUMN state text NOT NULL DEFAULT 'live',
    ADD COLUMN claimed_by text,
    ADD COLUMN claimed_at timestamptz,
    ADD COLUMN migrated_at timestamptz,
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN error text,
    ADD CONSTRAINT ck_workspaces_state_is_known
        CHECK (state IN ('live', 'pool', 'moving', 'leaving')),
    ADD CONSTRAINT uq_workspaces_claimed_by UNIQUE (claimed_by);
CREATE INDEX ix_workspaces_pool ON cell.workspaces (created_at) WHERE state = 'pool';
CREATE INDEX ix_workspaces_revision ON cell.workspaces (revision);
GRANT UPDATE (state, claimed_by, claimed_at) ON cell.workspaces TO simtree_control;
""")


def downgrade() -> None:
    op.execute("""
ALTER TABLE cell.workspaces
    DROP COLUMN state, DROP COLUMN claimed_by, DROP COLUMN claimed_at,
    DROP COLUMN migrated_at, DROP COLUMN attempts, DROP COLUMN error;
""")

"""Take no background work and no effect of a workspace that is not at home here.

While a workspace moves, its role has lost its schema, but a transaction that only writes into the
outbox would still commit, into the place that is left. The tenant's role sees its own row alone.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_HOME = """EXISTS (
    SELECT FROM cell.workspaces home
    WHERE home.workspace = current_user AND home.state IN ('live', 'pool')
)"""


def upgrade() -> None:
    op.execute(f"""
CREATE POLICY at_home ON cell.outbox AS RESTRICTIVE FOR INSERT TO simtree_tenant
    WITH CHECK ({_HOME});
CREATE POLICY at_home ON cell.effects AS RESTRICTIVE FOR INSERT TO simtree_tenant
    WITH CHECK ({_HOME});
""")


def downgrade() -> None:
    op.execute("""
DROP POLICY at_home ON cell.outbox;
DROP POLICY at_home ON cell.effects;
""")

"""The control plane may see a cell's revision, for its health."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("GRANT SELECT ON cell.revision TO simtree_control")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON cell.revision FROM simtree_control")

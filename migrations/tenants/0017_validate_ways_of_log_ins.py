"""Check the rows that stood in the log of log-ins before it knew passkeys, links and SMS."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("ALTER TABLE log_ins VALIDATE CONSTRAINT ck_log_ins_way_is_known")


def downgrade() -> None:
    # Nothing to take back: the constraint stays as it is.
    op.execute("SELECT 1")

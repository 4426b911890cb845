"""Check the announcements that stood there before they could be for channels' people."""

from alembic import op

revision = "0029"
down_revision = "0028"

_CHECKS = ("audience_is_known", "portal_audience_is_known", "is_for_somebody")


def upgrade() -> None:
    for name in _CHECKS:
        op.execute(f"ALTER TABLE announcements VALIDATE CONSTRAINT ck_announcements_{name}")


def downgrade() -> None:
    # Nothing to take back: the constraints stay as they are.
    op.execute("SELECT 1")

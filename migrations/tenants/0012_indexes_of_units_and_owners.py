"""Indexes on the columns that data scopes ask for."""

from alembic import op

revision = "0012"
down_revision = "0011"

_COLUMNS = (("channels", "unit_id"), ("customers", "owner_id"), ("users", "unit_id"))


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], postgresql_concurrently=True)


def downgrade() -> None:
    for table, column in _COLUMNS:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table, postgresql_concurrently=True)

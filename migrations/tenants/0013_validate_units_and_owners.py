"""Validate the foreign keys and the check that came unvalidated with units and data scopes."""

from alembic import op

revision = "0013"
down_revision = "0012"

_KEYS = (
    ("channels", "fk_channels_unit_id_units", "unit_id", "units"),
    ("customers", "fk_customers_owner_id_users", "owner_id", "users"),
    ("users", "fk_users_unit_id_units", "unit_id", "units"),
)
_CHECK = "ck_roles_scope_is_known"


def upgrade() -> None:
    for table, key, _column, _referred in _KEYS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {key}")
    op.execute(f"ALTER TABLE roles VALIDATE CONSTRAINT {_CHECK}")


def downgrade() -> None:
    for table, key, column, referred in _KEYS:
        op.drop_constraint(op.f(key), table, type_="foreignkey")
        op.create_foreign_key(
            op.f(key), table, referred, [column], ["id"], postgresql_not_valid=True
        )

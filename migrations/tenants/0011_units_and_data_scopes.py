"""Organisation units, data scopes of roles, and whose a channel and a customer is.

The indexes and the validation of the foreign keys come apart: tables in use are not locked for
them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_NEW = ("unit:view", "unit:edit")


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(parent_id IS NULL) = (depth = 1)", name=op.f("ck_units_headquarters_is_at_the_top")
        ),
        sa.CheckConstraint("depth BETWEEN 1 AND 3", name=op.f("ck_units_three_levels")),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("public_id", name=op.f("uq_units_public_id")),
    )
    op.create_index(
        op.f("ix_units_path"),
        "units",
        ["path"],
        unique=False,
        postgresql_ops={"path": "text_pattern_ops"},
    )
    op.create_index(
        "uq_units_headquarters",
        "units",
        [sa.literal_column("(true)")],
        unique=True,
        postgresql_where=sa.text("depth = 1"),
    )
    op.create_index(
        "uq_units_name",
        "units",
        ["parent_id", "name"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "role_units",
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_role_units_role_id_roles")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_role_units_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("role_id", "unit_id", name=op.f("pk_role_units")),
    )
    op.create_index(op.f("ix_role_units_unit_id"), "role_units", ["unit_id"], unique=False)
    op.add_column("channels", sa.Column("unit_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_channels_unit_id_units"),
        "channels",
        "units",
        ["unit_id"],
        ["id"],
        postgresql_not_valid=True,
    )
    op.add_column("customers", sa.Column("owner_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_customers_owner_id_users"),
        "customers",
        "users",
        ["owner_id"],
        ["id"],
        postgresql_not_valid=True,
    )
    op.add_column("roles", sa.Column("scope", sa.Text(), server_default="all", nullable=False))
    op.create_check_constraint(
        op.f("ck_roles_scope_is_known"),
        "roles",
        "scope IN ('all', 'units', 'unit_below', 'unit', 'channels', 'own')",
        postgresql_not_valid=True,
    )
    for permission in _NEW:
        added = f"'[\"{permission}\"]'::jsonb"
        op.execute(
            f"UPDATE roles SET permissions = permissions || {added}"  # noqa: S608 - ours
            f" WHERE code = 'administrator' AND NOT permissions @> {added}"
        )
    op.add_column("users", sa.Column("unit_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "users", sa.Column("is_head", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_users_unit_id_units"),
        "users",
        "units",
        ["unit_id"],
        ["id"],
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_users_unit_id_units"), "users", type_="foreignkey")
    op.drop_column("users", "is_head")
    op.drop_column("users", "unit_id")
    op.drop_column("roles", "scope")
    for permission in _NEW:
        op.execute(f"UPDATE roles SET permissions = permissions - '{permission}'")  # noqa: S608
    op.drop_constraint(op.f("fk_customers_owner_id_users"), "customers", type_="foreignkey")
    op.drop_column("customers", "owner_id")
    op.drop_constraint(op.f("fk_channels_unit_id_units"), "channels", type_="foreignkey")
    op.drop_column("channels", "unit_id")
    op.drop_index(op.f("ix_role_units_unit_id"), table_name="role_units")
    op.drop_table("role_units")
    op.drop_index("uq_units_name", table_name="units", postgresql_nulls_not_distinct=True)
    op.drop_index(
        "uq_units_headquarters", table_name="units", postgresql_where=sa.text("depth = 1")
    )
    op.drop_index(
        op.f("ix_units_path"), table_name="units", postgresql_ops={"path": "text_pattern_ops"}
    )
    op.drop_table("units")

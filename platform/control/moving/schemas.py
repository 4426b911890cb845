"""The workspace's schema and row in a cell: build them empty, raze them."""

from functools import lru_cache

from sqlalchemy import Connection, text

from control.moving.plan import Move, state_in
from control.provisioning.script import CELL_TABLES, role_script, run_in_cell
from kit.db.migrating import revisions

_ROW = text("""
    SELECT revision, access, limits::text AS limits, created_at, migrated_at
    FROM cell.workspaces WHERE workspace = :schema
""")
_RIGHTS = text("""
    SELECT c.relkind = 'S' AS is_sequence, c.relname, NULL AS column, a.privilege_type AS right
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
    WHERE n.nspname = :schema AND c.relkind IN ('r', 'S')
      AND a.grantee = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = :schema)
    UNION ALL
    SELECT false, c.relname, t.attname, a.privilege_type
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid
    CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
    WHERE n.nspname = :schema AND c.relkind = 'r'
      AND a.grantee = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = :schema)
    ORDER BY 1, 2, 3, 4
""")
_HAS_ROLE = text("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = :role")
_ROLE_IS_NEEDED = text("""
    SELECT 1 FROM pg_catalog.pg_shdepend
    WHERE refclassid = 'pg_catalog.pg_authid'::regclass
      AND refobjid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = :role)
      AND classid <> 'pg_catalog.pg_auth_members'::regclass LIMIT 1
""")


def revision_in(connection: Connection, schema: str) -> str:
    """Return the tenant revision of a workspace in a cell."""
    return str(connection.execute(_ROW, {"schema": schema}).one().revision)


def build_empty(move: Move) -> None:
    """Build in the target what the source has, without the rows: role, schema, rights, row.

    At the source's revision, which may be one behind; in state moving, so that nothing is served
    from it. Both cells may share a server: then the role is there already.
    """
    schema = move.schema
    with move.here.connect() as source:
        row = source.execute(_ROW, {"schema": schema}).one()
        rights = _grants(source, schema)
    with move.there.connect() as target, target.begin():
        has_role = bool(target.scalar(_HAS_ROLE, {"role": schema}))
        lines = [
            role_script(schema, has_role=has_role),
            up_to(row.revision),
            f"GRANT USAGE ON SCHEMA {schema} TO {schema};",
            *rights,
        ]
        run_in_cell(target, "\n".join(lines), schema=schema, cell=move.target)
        target.execute(
            text("""
                INSERT INTO cell.workspaces
                    (workspace, revision, access, limits, created_at, migrated_at, state)
                VALUES (:schema, :revision, :access, cast(:limits AS jsonb),
                        :created_at, :migrated_at, 'moving')
            """),
            {"schema": schema, **row._mapping},  # noqa: SLF001 - SQLAlchemy's public way
        )


@lru_cache(maxsize=4)
def up_to(revision: str) -> str:
    """Return the SQL of a schema at a revision; rendering it takes longer than moving a little."""
    steps = revisions("tenants")
    ids = [step.id for step in steps]
    return "\n".join(step.sql for step in steps[: ids.index(revision) + 1])


def _grants(connection: Connection, schema: str) -> list[str]:
    """Return the statements that give the role what it has now."""
    return [
        f"GRANT {right}{f' ({column})' if column else ''} ON"
        f" {'SEQUENCE ' if is_sequence else ''}{schema}.{name} TO {schema};"
        for is_sequence, name, column, right in connection.execute(_RIGHTS, {"schema": schema})
    ]


def raze(connection: Connection, schema: str) -> None:
    """Drop a workspace's schema, rows and, when no database needs it, role from a cell.

    In the open transaction. RuntimeError for a workspace that lives there.
    """
    connection.execute(text("SET LOCAL lock_timeout TO '10s'"))
    if state_in(connection, schema) not in {None, "moving"}:
        raise RuntimeError(f"{schema} lives here")
    connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    for table in CELL_TABLES:
        connection.execute(
            text(f"DELETE FROM cell.{table} WHERE workspace = :schema"),  # noqa: S608 - ours
            {"schema": schema},
        )
    connection.execute(
        text("DELETE FROM cell.workspaces WHERE workspace = :schema"), {"schema": schema}
    )
    has_role = connection.scalar(_HAS_ROLE, {"role": schema})
    if has_role and not connection.scalar(_ROLE_IS_NEEDED, {"role": schema}):
        connection.execute(text(f"DROP ROLE {schema}"))

"""The script that makes one workspace: role, schema, tables, grants, revision; and its end."""

from functools import lru_cache

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from control.cells import citus
from control.plane import TenantPlane
from kit.db.grants import table_grants
from kit.db.migrating import head, revisions, run_script
from kit.db.models import ROW_IDS
from kit.settings import get_settings

_DEPENDED_ON = "2BP01"
CELL_TABLES = ("outbox", "effects", "wishes", "shares", "schedules", "work_days", "seals")
"""Tables of the schema `cell` with rows of a workspace, besides the list of workspaces."""


@lru_cache(maxsize=1)
def _tables() -> str:
    return "\n".join(revision.sql for revision in revisions("tenants"))


def schema_script(plane: TenantPlane, *, schema: str) -> str:
    """Return the whole SQL that makes a workspace's schema and role, seed excepted.

    Run in one transaction as the migrator. The role gets nothing by membership but the rights of
    simtree_tenant on the cell's own tables.
    """
    return role_script(schema) + _tables() + opening_script(plane, schema=schema)


def role_script(schema: str, *, has_role: bool = False) -> str:
    """Return the SQL that makes a workspace's role and empty schema, and works in it from there.

    A role that is there already, for another database of the server, is kept.
    """
    # Every name in it is ours and opaque; nothing that a person typed comes here.
    make_role = "" if has_role else f"CREATE ROLE {schema} NOLOGIN NOSUPERUSER NOBYPASSRLS;"
    return f"""
{make_role}
GRANT simtree_tenant TO {schema} WITH INHERIT TRUE, SET FALSE;
GRANT {schema} TO simtree_app WITH INHERIT FALSE, SET TRUE;
GRANT {schema} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
CREATE SCHEMA {schema};
SET LOCAL search_path TO {schema}, pg_temp;
"""


def opening_script(plane: TenantPlane, *, schema: str) -> str:
    """Return the SQL that gives a role its rights on the tables of the newest revision."""
    grants = table_grants(plane.metadata, plane.append_only, role=schema, schema=schema)
    return f"""
GRANT USAGE ON SCHEMA {schema} TO {schema};
GRANT USAGE ON SEQUENCE {schema}.{ROW_IDS} TO {schema};
{grants}
INSERT INTO cell.workspaces (workspace, revision) VALUES ('{schema}', '{head("tenants")}');
"""  # noqa: S608


def make_schema(connection: Connection, plane: TenantPlane, *, schema: str, cell: str) -> None:
    """Make a workspace's schema in the open transaction."""
    run_in_cell(connection, schema_script(plane, schema=schema), schema=schema, cell=cell)


def run_in_cell(connection: Connection, script: str, *, schema: str, cell: str) -> None:
    """Run a script that makes a workspace's schema, as its cell's engine wants it."""
    if get_settings().engine_of(cell) != "citus":
        run_script(connection, script)
        return
    for statement in citus.statements(script, schema=schema):
        connection.exec_driver_sql(statement)


def drop_schema(connection: Connection, schema: str) -> None:
    """Drop a workspace's schema and its rows in the cell, in the open transaction."""
    connection.execute(text("SET LOCAL lock_timeout TO '30s'"))
    connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    for table in (*CELL_TABLES, "workspaces"):
        connection.execute(
            text(f"DELETE FROM cell.{table} WHERE workspace = :schema"),  # noqa: S608 - ours
            {"schema": schema},
        )


def drop_role(connection: Connection, schema: str) -> bool:
    """Drop a workspace's role; False when another database of the server still needs it."""
    try:
        with connection.begin():
            connection.execute(text(f"DROP ROLE IF EXISTS {schema}"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != _DEPENDED_ON:
            raise
        return False
    return True

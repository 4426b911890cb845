"""Make the roles, the database and its walls; a superuser's work, once for each database.

Reads SUPERUSER_DATABASE_URL, SIMTREE_APP_PASSWORD and SIMTREE_MIGRATOR_PASSWORD, and optionally
SIMTREE_DATABASE (default simtree) and SIMTREE_BACKUP_PASSWORD: with it, the role simtree_backup
is made, which may replicate and reads nothing else. Safe to repeat.
"""

import os
import re
import sys

import psycopg
from psycopg import sql

from kit.db.walls import revokes

ROLES = """
CREATE ROLE simtree_migrator LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS
CREATE ROLE simtree_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS
CREATE ROLE simtree_control NOLOGIN
CREATE ROLE simtree_jobs NOLOGIN
CREATE ROLE simtree_tenant NOLOGIN
"""

MEMBERSHIPS = (
    "GRANT simtree_control TO simtree_app WITH INHERIT FALSE, SET TRUE",
    "GRANT simtree_jobs TO simtree_app WITH INHERIT FALSE, SET TRUE",
    # The migrator makes every workspace's role a member of simtree_tenant, without being one.
    "GRANT simtree_tenant TO simtree_migrator WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
)


BACKUP_ROLE = "CREATE ROLE simtree_backup LOGIN REPLICATION NOINHERIT NOSUPERUSER NOBYPASSRLS"


def install(
    url: str,
    *,
    database: str,
    app_password: str,
    migrator_password: str,
    backup_password: str | None = None,
) -> None:
    """Install roles, database and walls; psycopg's errors name what the server refused."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", database):
        raise ValueError(f"not a database name: {database}")
    with psycopg.connect(url, autocommit=True) as server:
        _make_roles(server, app_password=app_password, migrator_password=migrator_password)
        exists = server.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
        if not exists:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database)
                )
            )
        if backup_password:
            _make_backup_role(server, password=backup_password)
    close_holes(url, database=database)


def _make_backup_role(server: "psycopg.Connection[tuple[object, ...]]", *, password: str) -> None:
    # It replicates and connects to no database.
    with server.transaction():
        server.execute("SELECT pg_advisory_xact_lock(7461001)")
        if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'simtree_backup'").fetchone():
            server.execute(BACKUP_ROLE)
        server.execute(
            sql.SQL("ALTER ROLE simtree_backup PASSWORD {}").format(sql.Literal(password))
        )


def _make_roles(
    server: "psycopg.Connection[tuple[object, ...]]", *, app_password: str, migrator_password: str
) -> None:
    # Two installations at once (test workers) would race for the cluster-wide roles.
    with server.transaction():
        server.execute("SELECT pg_advisory_xact_lock(7461001)")
        present = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
        for statement in ROLES.strip().splitlines():
            if statement.split()[2] not in present:
                server.execute(statement)
        for statement in MEMBERSHIPS:
            server.execute(statement)
        for role, password in (
            ("simtree_app", app_password),
            ("simtree_migrator", migrator_password),
        ):
            server.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(password)
                )
            )


def close_holes(url: str, *, database: str) -> None:
    """Revoke from PUBLIC what would let one workspace reach another, in one database."""
    with psycopg.connect(url, dbname=database, autocommit=True) as server:
        for statement in revokes(database):
            server.execute(statement)
        grants = (
            f"GRANT CONNECT ON DATABASE {database} TO simtree_app, simtree_migrator",
            f"GRANT CREATE ON DATABASE {database} TO simtree_migrator",
            (
                "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean)"
                " TO simtree_migrator"
            ),
        )
        for statement in grants:
            server.execute(statement)


def main() -> int:
    """Install by the environment; return the exit code."""
    try:
        install(
            os.environ["SUPERUSER_DATABASE_URL"],
            database=os.environ.get("SIMTREE_DATABASE", "simtree"),
            app_password=os.environ["SIMTREE_APP_PASSWORD"],
            migrator_password=os.environ["SIMTREE_MIGRATOR_PASSWORD"],
            backup_password=os.environ.get("SIMTREE_BACKUP_PASSWORD"),
        )
    except KeyError as error:
        sys.stderr.write(f"The environment variable {error.args[0]} is missing.\n")
        return 2
    except psycopg.Error as error:
        sys.stderr.write(f"The database refused: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

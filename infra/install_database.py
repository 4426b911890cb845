"""Make the roles, the database and its walls; a superuser's work, once for each database.

Reads SUPERUSER_DATABASE_URL, SIMTREE_APP_PASSWORD and SIMTREE_MIGRATOR_PASSWORD, and optionally
SIMTREE_DATABASE (default simtree), SIMTREE_MOVER_PASSWORD (without it nobody can log in as the
mover, and workspaces move by copy) and SUPERUSER_CELLS, the other cells' databases as JSON
{"east": "postgresql://postgres@host/simtree_east"}. Safe to repeat.
"""

import json
import os
import re
import sys
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kit.db.walls import revokes

ROLES = """
CREATE ROLE simtree_migrator LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS
CREATE ROLE simtree_mover LOGIN REPLICATION NOINHERIT NOSUPERUSER NOBYPASSRLS
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
    # It subscribes to a workspace that moves; the tables it applies to are its own.
    "GRANT pg_create_subscription TO simtree_migrator",
)


def install(
    url: str,
    *,
    database: str,
    app_password: str,
    migrator_password: str,
    mover_password: str | None = None,
) -> None:
    """Install roles, database and walls; psycopg's errors name what the server refused."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", database):
        raise ValueError(f"not a database name: {database}")
    with psycopg.connect(url, autocommit=True) as server:
        _make_roles(
            server,
            {
                "simtree_app": app_password,
                "simtree_migrator": migrator_password,
                "simtree_mover": mover_password,
            },
        )
        exists = server.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
        if not exists:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database)
                )
            )
    close_holes(url, database=database)


def _make_roles(
    server: "psycopg.Connection[tuple[object, ...]]", passwords: Mapping[str, str | None]
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
        for role, password in passwords.items():
            if password is None:
                continue
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
            (
                f"GRANT CONNECT ON DATABASE {database}"
                " TO simtree_app, simtree_migrator, simtree_mover, simtree_control"
            ),
            f"GRANT CREATE ON DATABASE {database} TO simtree_migrator",
            (
                "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean)"
                " TO simtree_migrator, simtree_mover"
            ),
        )
        for statement in grants:
            server.execute(statement)


def databases(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a superuser's address and the name of each database: control's, then the cells'.

    KeyError for a missing variable, ValueError for cells that are not a JSON object.
    """
    found = [
        (environment["SUPERUSER_DATABASE_URL"], environment.get("SIMTREE_DATABASE", "simtree"))
    ]
    cells = json.loads(environment.get("SUPERUSER_CELLS") or "{}")
    if not isinstance(cells, dict):
        raise ValueError("SUPERUSER_CELLS is not a JSON object")  # noqa: TRY004 - of the text
    for url in cells.values():
        name = str(conninfo_to_dict(url).get("dbname") or "")
        # The database may not be there yet: it is made from the server's own.
        found.append((make_conninfo(url, dbname="postgres"), name))
    return found


def main() -> int:
    """Install by the environment; return the exit code."""
    try:
        for url, database in databases(os.environ):
            install(
                url,
                database=database,
                app_password=os.environ["SIMTREE_APP_PASSWORD"],
                migrator_password=os.environ["SIMTREE_MIGRATOR_PASSWORD"],
                mover_password=os.environ.get("SIMTREE_MOVER_PASSWORD") or None,
            )
    except KeyError as error:
        sys.stderr.write(f"The environment variable {error.args[0]} is missing.\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"SUPERUSER_CELLS or SIMTREE_DATABASE: {error}\n")
        return 2
    except psycopg.Error as error:
        sys.stderr.write(f"The database refused: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

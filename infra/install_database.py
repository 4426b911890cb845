"""Make the roles, the database and its walls; a superuser's work, once for each database.

Reads SUPERUSER_DATABASE_URL, SIMTREE_APP_PASSWORD and SIMTREE_MIGRATOR_PASSWORD, and optionally
SIMTREE_DATABASE (default simtree), SIMTREE_MOVER_PASSWORD (without it nobody can log in as the
mover, and workspaces move by copy), SIMTREE_BACKUP_PASSWORD (with it, the role simtree_backup is
made, which may replicate and reads nothing else) and SUPERUSER_CELLS, the other cells' databases
as JSON {"east": "postgresql://postgres@host/simtree_east"}. A Citus cluster is a list of addresses,
the coordinator's first: {"big": ["postgresql://postgres@coordinator/simtree", …]}. Safe to repeat.
"""

import contextlib
import json
import os
import re
import sys
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import make_url

from infra.install_cluster import join
from kit.db import make_engine
from kit.db.walls import (
    CLOSED_FUNCTIONS,
    MIGRATORS_FUNCTIONS,
    check,
    extension_functions,
    extension_schemas,
    functions_named,
    revokes,
)
from kit.errors import Misconfigured

ROLES = """
CREATE ROLE simtree_migrator LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS
CREATE ROLE simtree_mover LOGIN REPLICATION NOINHERIT NOSUPERUSER NOBYPASSRLS
CREATE ROLE simtree_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS
CREATE ROLE simtree_control NOLOGIN
CREATE ROLE simtree_jobs NOLOGIN
CREATE ROLE simtree_tenant NOLOGIN
"""

# Whoever gave a login more, by hand, since the last installation.
_PLAIN = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB"

MEMBERSHIPS = (
    "GRANT simtree_control TO simtree_app WITH INHERIT FALSE, SET TRUE",
    "GRANT simtree_jobs TO simtree_app WITH INHERIT FALSE, SET TRUE",
    # The migrator makes every workspace's role a member of simtree_tenant, without being one.
    "GRANT simtree_tenant TO simtree_migrator WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
    # It subscribes to a workspace that moves; the tables it applies to are its own.
    "GRANT pg_create_subscription TO simtree_migrator",
)


BACKUP_ROLE = "CREATE ROLE simtree_backup LOGIN REPLICATION NOINHERIT NOSUPERUSER NOBYPASSRLS"


def install(
    url: str,
    *,
    database: str,
    app_password: str,
    migrator_password: str,
    backup_password: str | None = None,
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
        _narrow_memberships(server)
        for role, attributes in (
            ("simtree_app", "NOREPLICATION NOCREATEROLE NOINHERIT"),
            ("simtree_migrator", "NOREPLICATION CREATEROLE INHERIT"),
            ("simtree_mover", "REPLICATION NOCREATEROLE NOINHERIT"),
        ):
            server.execute(
                sql.SQL("ALTER ROLE {} {} {}").format(
                    sql.Identifier(role), sql.SQL(_PLAIN), sql.SQL(attributes)
                )
            )
            if password := passwords[role]:
                server.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(password)
                    )
                )


def _narrow_memberships(server: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Let workspaces built by an older release be members of simtree_tenant, but not become it."""
    for member, grantor in server.execute("""
        SELECT member::regrole::text, grantor::regrole::text FROM pg_auth_members
        WHERE roleid = 'simtree_tenant'::regrole AND set_option
          AND left(member::regrole::text, 2) = 't_'
    """).fetchall():
        # One that is deleted meanwhile needs nothing.
        with contextlib.suppress(psycopg.errors.UndefinedObject), server.transaction():
            server.execute(f"GRANT simtree_tenant TO {member} WITH SET FALSE GRANTED BY {grantor}")


def close_holes(url: str, *, database: str) -> None:
    """Revoke from PUBLIC what would let one workspace reach another, in one database.

    Then look whether it is closed: Misconfigured names what somebody has opened by hand.
    """
    with psycopg.connect(url, dbname=database, autocommit=True) as server:
        is_node = _prepare_cluster(server)
        for statement in revokes(database):
            server.execute(statement)
        for (function,) in server.execute(functions_named(CLOSED_FUNCTIONS)).fetchall():
            server.execute(f"REVOKE EXECUTE ON ROUTINE {function} FROM PUBLIC")
        # The migrator distributes and drops; nobody else has a reason to call any of these.
        for (function,) in server.execute(extension_functions()).fetchall():
            server.execute(f"REVOKE EXECUTE ON ROUTINE {function} FROM PUBLIC")
            server.execute(f"GRANT EXECUTE ON ROUTINE {function} TO simtree_migrator")
        for (schema,) in server.execute(extension_schemas()).fetchall():
            server.execute(f"REVOKE USAGE ON SCHEMA {schema} FROM PUBLIC")
            server.execute(f"GRANT USAGE ON SCHEMA {schema} TO simtree_migrator")
        for (function,) in server.execute(functions_named(MIGRATORS_FUNCTIONS)).fetchall():
            server.execute(f"GRANT EXECUTE ON ROUTINE {function} TO simtree_migrator")
        # Replication sets its search path with it, and reads nothing by it.
        server.execute(
            "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO simtree_mover"
        )
        server.execute(
            f"GRANT CONNECT ON DATABASE {database} TO simtree_app, simtree_migrator, simtree_mover"
        )
        server.execute(f"GRANT CREATE ON DATABASE {database} TO simtree_migrator")
        if is_node:
            # The coordinator comes in as the workspace's role; pg_hba.conf lets nobody else.
            server.execute(f"GRANT CONNECT ON DATABASE {database} TO simtree_tenant")
    look(url, database=database)


def _prepare_cluster(server: "psycopg.Connection[tuple[object, ...]]") -> bool:
    """Have Citus in the database of a server that has it loaded; return whether it has."""
    loaded = server.execute("SHOW shared_preload_libraries").fetchone()
    if loaded is None or "citus" not in str(loaded[0]).replace(" ", "").split(","):
        return False
    server.execute("CREATE EXTENSION IF NOT EXISTS citus")
    # Each node is installed by itself; only the coordinator could send a statement on.
    server.execute("SET citus.enable_ddl_propagation TO off")
    return True


def look(url: str, *, database: str) -> None:
    """Refuse a database whose walls do not stand; Misconfigured names what is open."""
    whole = make_url(url).set(database=database).render_as_string(hide_password=False)
    engine = make_engine(whole, name="install")
    try:
        with engine.connect() as connection:
            check(connection, login="simtree_app")
    finally:
        engine.dispose()


def databases(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a superuser's address and the name of each database: control's, then the cells'.

    KeyError for a missing variable, ValueError for cells that are not a JSON object.
    """
    found = [
        (environment["SUPERUSER_DATABASE_URL"], environment.get("SIMTREE_DATABASE", "simtree"))
    ]
    for urls, name in cells(environment):
        found += [(url, name) for url in urls]
    return found


def cells(environment: Mapping[str, str]) -> list[tuple[list[str], str]]:
    """Return the addresses and the database of each cell but control's; a cluster's are several.

    ValueError for cells that are not a JSON object.
    """
    named = json.loads(environment.get("SUPERUSER_CELLS") or "{}")
    if not isinstance(named, dict):
        raise ValueError("SUPERUSER_CELLS is not a JSON object")  # noqa: TRY004 - of the text
    found = []
    for value in named.values():
        urls = value if isinstance(value, list) else [value]
        name = str(conninfo_to_dict(urls[0]).get("dbname") or "")
        # The database may not be there yet: it is made from the server's own.
        found.append(([make_conninfo(url, dbname="postgres") for url in urls], name))
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
                backup_password=os.environ.get("SIMTREE_BACKUP_PASSWORD"),
                mover_password=os.environ.get("SIMTREE_MOVER_PASSWORD") or None,
            )
        for urls, database in cells(os.environ):
            if len(urls) > 1:
                join(urls, database=database)
    except KeyError as error:
        sys.stderr.write(f"The environment variable {error.args[0]} is missing.\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"SUPERUSER_CELLS or SIMTREE_DATABASE: {error}\n")
        return 2
    except psycopg.Error as error:
        sys.stderr.write(f"The database refused: {error}\n")
        return 1
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

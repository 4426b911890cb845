"""Run on a Citus cluster by URL: one database, made there at the first run, and not cloned.

`CITUS_SUPERUSER_URL=<coordinator's>,<node's>,<node's> infra/bin/test -n 0 -m citus`: a superuser's
addresses, by which the servers reach each other as well; infra/deploy/README.md says how they are
set up. What tests commit is taken back; the database stays until what it is made from changes.
"""

import os
from functools import cache
from pathlib import Path

import psycopg
import pytest

from infra.install_cluster import join

DATABASE = "simtree_citus"
# Tenancy, walls, provisioning and orders: what a cluster could do otherwise than a plain server.
SUITES = (
    "tests/control/test_cluster.py",
    "tests/kit/test_tenancy.py",
    "tests/kit/test_walls.py",
    "tests/control/test_provisioning.py",
    "tests/tenants/orders",
)
ROOT = Path(__file__).resolve().parents[1]


def is_used() -> bool:
    return bool(os.environ.get("CITUS_SUPERUSER_URL"))


def urls() -> list[str]:
    """Return the superuser's addresses of the cluster, the coordinator's first."""
    return os.environ["CITUS_SUPERUSER_URL"].split(",")


def mark(items: list[pytest.Item]) -> None:
    """Mark the suites that run on a cluster, too."""
    for item in items:
        if str(item.path.relative_to(ROOT)).startswith(SUITES):
            item.add_marker(pytest.mark.citus)


@cache
def prepare() -> None:
    """Have the cluster's database as at first; anew when what it is built from has changed."""
    from tests import databases

    os.environ["CELL_ENGINES"] = '{"main": "citus"}'
    fingerprint = databases.fingerprint()
    if _built_from() == fingerprint:
        # Tests that were killed took nothing back.
        restore()
    else:
        _raze()
        for url in urls():
            databases.install_at(url, DATABASE)
        join(urls(), database=DATABASE)
        databases.fill(DATABASE)
        with psycopg.connect(urls()[0], dbname=DATABASE, autocommit=True) as server:
            _keep(server)
            server.execute(f"COMMENT ON DATABASE {DATABASE} IS '{fingerprint}'")


def _built_from() -> str | None:
    with psycopg.connect(urls()[0], autocommit=True) as server:
        row = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [DATABASE],
        ).fetchone()
    return row[0] if row else None


def _raze() -> None:
    """Drop the database and every workspace's role from each server."""
    for url in urls():
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            for (role,) in server.execute(
                "SELECT rolname FROM pg_roles WHERE left(rolname, 2) = 't_'"
            ).fetchall():
                server.execute(f"DROP ROLE {role}")


_TABLES = """
    SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE nspname IN ('control', 'cell') AND relkind = 'r' ORDER BY 1, 2
"""


def _keep(server: psycopg.Connection) -> None:
    """Keep a copy of the rows of control and cell, to go back to."""
    server.execute("SET citus.enable_ddl_propagation TO off")
    server.execute("CREATE SCHEMA kept")
    for schema, table in server.execute(_TABLES).fetchall():
        server.execute(f"CREATE TABLE kept.{schema}_{table} AS TABLE {schema}.{table}")


def restore() -> None:
    """Take back what a test committed: workspaces it made, and rows of control and cell."""
    with psycopg.connect(urls()[0], dbname=DATABASE, autocommit=True) as server:
        made = server.execute("""
            SELECT nspname FROM pg_namespace WHERE left(nspname, 2) = 't_'
            AND nspname NOT IN (SELECT workspace FROM kept.cell_workspaces)
        """).fetchall()
        for (schema,) in made:
            server.execute(f"DROP SCHEMA {schema} CASCADE")
        for (role,) in server.execute("""
            SELECT rolname FROM pg_roles WHERE left(rolname, 2) = 't_'
            AND rolname NOT IN (SELECT workspace FROM kept.cell_workspaces)
        """).fetchall():
            server.execute(f"DROP ROLE {role}")
        with server.transaction():
            # Foreign keys are in no order of ours.
            server.execute("SET LOCAL session_replication_role TO replica")
            for schema, table in server.execute(_TABLES).fetchall():
                server.execute(f"DELETE FROM {schema}.{table}")
                server.execute(
                    f"INSERT INTO {schema}.{table} OVERRIDING SYSTEM VALUE"
                    f" SELECT * FROM kept.{schema}_{table}"
                )

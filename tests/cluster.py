"""Run on a Citus cluster by `CITUS_SUPERUSER_URL=… pytest -m citus`: one database, not cloned."""

import os
from pathlib import Path

import psycopg
import pytest

DATABASE = "simtree_citus"
# Tenancy, walls, provisioning and orders: what a cluster could do otherwise than a plain server.
SUITES = (
    "tests/kit/test_tenancy.py",
    "tests/kit/test_walls.py",
    "tests/control/test_provisioning.py",
    "tests/tenants/orders",
)
ROOT = Path(__file__).resolve().parents[1]


def is_used() -> bool:
    return bool(os.environ.get("CITUS_SUPERUSER_URL"))


def mark(items: list[pytest.Item]) -> None:
    """Mark the suites that run on a cluster, too."""
    for item in items:
        if str(item.path.relative_to(ROOT)).startswith(SUITES):
            item.add_marker(pytest.mark.citus)


def prepare() -> str:
    """Return the cluster's database, built at the first call; what tests commit stays in it."""
    from tests import databases

    os.environ["CELL_ENGINES"] = '{"main": "citus"}'
    url = os.environ["CITUS_SUPERUSER_URL"]
    with psycopg.connect(url, autocommit=True) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not found.fetchone():
            raise RuntimeError(
                f"make the database {DATABASE} with the extension citus on every node first"
            )
    with psycopg.connect(url, dbname=DATABASE, autocommit=True) as server:
        is_built = server.execute("SELECT to_regclass('control.workspaces')").fetchone()
    if is_built is None or is_built[0] is None:
        databases.build(DATABASE)
    databases.use_database(DATABASE)
    return DATABASE

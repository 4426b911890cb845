"""A workspace in a Citus cluster beside one in a plain cell: `python -m tests.bench.cluster`.

Needs CITUS_SUPERUSER_URL (tests/cluster.py says how to set it) and writes nothing down: decision
0011 holds what it printed. Both cells are used in turn, in one run; times are medians.
"""

import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

import psycopg
from flask import Flask
from sqlalchemy import text

from control.provisioning.migrate import migrate_all
from control.provisioning.process import migrator_engines
from control.workspaces.directory import directory
from infra.local.servers import EmbeddedPostgres
from kit import jobs, tenancy
from kit.db import database, session, transaction, workspace_scope
from tenants.bulk.jobs import purge_rows
from tests import cells as plain_cells
from tests import cluster, databases
from tests.bench.orders import _prepare
from tests.cells import Cells, environment
from wsgi import create_app, tenant_plane

WORKSPACES = 12
ORDERS = 60
CELLS = ("plain", "main")
_ROWS = (
    *("pg_class", "pg_attribute", "pg_constraint", "pg_depend", "pg_auth_members"),
    *("pg_dist_partition", "pg_dist_shard", "pg_dist_placement"),
)


@contextmanager
def two_cells() -> Iterator[tuple[Cells, dict[str, str]]]:
    """Yield the application on both cells, and a superuser's address of each server."""
    with tempfile.TemporaryDirectory(prefix="simtree-cells-") as folder:
        plain = EmbeddedPostgres(Path(folder) / "plain", fast=True)
        plain.start()
        databases.install_at(plain.url, "simtree")
        databases.clone("")
        urls = {
            login: {
                "main": databases.url_for(cluster.DATABASE, login=login, password=password),
                "plain": plain.host_url(login, password, "simtree"),
            }
            for login, password in (
                ("simtree_app", databases.APP_PASSWORD),
                ("simtree_migrator", databases.MIGRATOR_PASSWORD),
            )
        }
        servers = {"plain": psycopg.conninfo.make_conninfo(plain.url, dbname="simtree")}
        for number, url in enumerate(cluster.urls()):
            name = f"node {number}" if number else "coordinator"
            servers[name] = psycopg.conninfo.make_conninfo(url, dbname=cluster.DATABASE)
        settings = {
            "CELLS": json.dumps(urls["simtree_app"]),
            "MIGRATOR_CELLS": json.dumps(urls["simtree_migrator"]),
        }
        with environment(settings):
            migrate_all(tenant_plane(), say=lambda _: None)
            made: Flask = create_app()
            engines = migrator_engines()
            with made.app_context():
                yield Cells({}, made, engines), servers
                database.control.remove()
                for engine in (*database.engines.values(), *engines.values()):
                    engine.dispose()
        databases.drop("")
        plain.stop()


def sizes(servers: dict[str, str]) -> dict[str, dict[str, int]]:
    """Return each server's bytes of the database and rows of its catalogues."""
    found = {}
    for name, url in servers.items():
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("SET citus.override_table_visibility TO off")
            known = [
                table
                for table in _ROWS
                if server.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)
            ]
            server.execute("VACUUM")
            row = server.execute(
                "SELECT pg_database_size(current_database()), "
                + ", ".join(f"(SELECT count(*) FROM {table})" for table in known)
            ).fetchone()
            assert row is not None
            found[name] = dict(zip(("bytes", *known), row, strict=True))
    return found


def connections(servers: dict[str, str]) -> dict[str, int]:
    """Return how many connections of workspaces' roles and of ours each server has."""
    found = {}
    for name, url in servers.items():
        with psycopg.connect(url, autocommit=True) as server:
            row = server.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE left(usename, 2) = 't_'"
            ).fetchone()
            assert row is not None
            found[name] = row[0]
    return found


def in_turn(works: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Run each so many times, in turn; return the median of each in milliseconds."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(times + 5):
        for name, work in works.items():
            begun = perf_counter()
            work()
            if turn >= 5:
                taken[name].append((perf_counter() - begun) * 1_000)
    return {name: round(statistics.median(all_), 2) for name, all_ in taken.items()}


def _enqueue() -> None:
    with transaction() as work:
        work.execute(text("UPDATE users SET version = version + 1"))
        jobs.enqueue(purge_rows)


def _touch() -> None:
    with transaction() as work:
        work.execute(text("UPDATE users SET version = version + 1"))


def _read() -> None:
    session().execute(text("SELECT count(*) FROM users"))
    session().rollback()


def main() -> None:
    """Measure and print."""
    with two_cells() as (cells, servers):
        schemas: dict[str, list[str]] = {cell: [] for cell in CELLS}
        taken: dict[str, list[float]] = {cell: [] for cell in CELLS}
        before: dict[str, dict[str, int]] = {}
        for turn in range(WORKSPACES + 1):
            if turn == 1:
                before = sizes(servers)
            for cell in CELLS:
                begun = perf_counter()
                schemas[cell].append(plain_cells.build(cells, f"b{cell}{turn}", cell=cell))
                taken[cell].append((perf_counter() - begun) * 1_000)
        after = sizes(servers)
        for cell in CELLS:
            print(f"build in {cell}: {statistics.median(taken[cell][1:]):.0f} ms")
        for name in servers:
            grown = {
                key: round((after[name][key] - before[name][key]) / WORKSPACES)
                for key in before[name]
            }
            print(f"{name} grows by a workspace: {grown}")
        directory.forget()
        works = {}
        for title, work in (("read", _read), ("write", _touch), ("enqueue", _enqueue)):
            works = {cell: _within(schemas[cell][0], work) for cell in CELLS}
            print(f"{title}: {in_turn(works, ORDERS)} ms")
        orders = {}
        for cell in CELLS:
            with tenancy.enter(_tenant(schemas[cell][0])):
                orders[cell] = _staying(schemas[cell][0], _prepare())
        print(f"an order: {in_turn(orders, ORDERS)} ms")
        # What the coordinator's backends keep open to the nodes goes with them.
        database.session.registry.clear()
        database.control.remove()
        for engine in (*database.engines.values(), *cells.engines.values()):
            engine.dispose()
        sleep(2)
        print(f"at rest: {connections(servers)}")
        with workspace_scope(_tenant(schemas["main"][1])), transaction() as work:
            work.execute(text("UPDATE users SET version = version + 1"))
            print(f"in one bound transaction: {connections(servers)}")
        for schema in schemas["main"]:
            _within(schema, _read)()
        print(f"after one backend served {len(schemas['main'])}: {connections(servers)}")


def _tenant(schema: str) -> tenancy.Workspace:
    tenant = directory.by_schema(schema)
    assert tenant is not None
    return tenant


def _within(schema: str, work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with workspace_scope(_tenant(schema)):
            work()

    return run


def _staying(schema: str, work: Callable[[], object]) -> Callable[[], None]:
    """Run in the session that stays open, whose rows the work holds on to."""

    def run() -> None:
        with tenancy.enter(_tenant(schema)):
            work()

    return run


if __name__ == "__main__":
    main()

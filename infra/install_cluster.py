"""Make one Citus cluster of servers that are installed each by itself; a superuser's work."""

from collections.abc import Sequence

import psycopg
from psycopg.conninfo import conninfo_to_dict

# Citus makes an owner known to the nodes with the first table of its own that is distributed, and
# only a superuser may: the migrator, whose tables they will all be, would be refused.
_MAKE_MIGRATOR_KNOWN = (
    "SET LOCAL citus.enable_schema_based_sharding TO on",
    "CREATE SCHEMA simtree_first",
    "CREATE TABLE simtree_first.first (id bigint)",
    "ALTER TABLE simtree_first.first OWNER TO simtree_migrator",
    "DROP SCHEMA simtree_first CASCADE",
)


def join(urls: Sequence[str], *, database: str) -> None:
    """Add the nodes to their coordinator, the first of the addresses. Safe to repeat.

    The addresses are kept as they are: the servers must reach each other by them.
    """
    coordinator, *nodes = [_host_and_port(url) for url in urls]
    with psycopg.connect(urls[0], dbname=database, autocommit=True) as server:
        server.execute("SELECT citus_set_coordinator_host(%s, %s)", coordinator)
        for node in nodes:
            # One that is there already stays as it is.
            server.execute("SELECT citus_add_node(%s, %s)", node)
        is_known = server.execute("""
            SELECT 1 FROM pg_dist_object
            WHERE classid = 'pg_authid'::regclass AND objid = 'simtree_migrator'::regrole
        """).fetchone()
        if is_known:
            return
        with server.transaction():
            for statement in _MAKE_MIGRATOR_KNOWN:
                server.execute(statement)


def _host_and_port(url: str) -> tuple[str, int]:
    parts = conninfo_to_dict(url)
    return str(parts.get("host") or "localhost"), int(parts.get("port") or 5432)

"""Disk of an empty workspace, catalogues included, for each of its tables."""

from sqlalchemy import Connection, text

from control.provisioning.script import schema_script
from kit import ids
from kit.db import make_engine
from kit.db.migrating import run_script
from kit.settings import get_settings
from tests.bench.frame import Figure
from wsgi import tenant_plane

WORKSPACES = 30
GOAL = 75
_CATALOGUES = text("""
    SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
    WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
""")


def measure() -> list[Figure]:
    """Return the figure of disk; its ratio is against the goal of 75 KB a table."""
    engine = make_engine(get_settings().migrator_url(), name="bench")
    plane = tenant_plane()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        before = _sizes(connection)
        for _number in range(WORKSPACES):
            with engine.connect() as builder, builder.begin():
                run_script(builder, schema_script(plane, schema=f"t_{ids.new()}"))
        after = _sizes(connection)
        tables = len(plane.metadata.tables)
    engine.dispose()
    each = (after[0] - before[0]) / WORKSPACES
    catalogues = (after[1] - before[1]) / WORKSPACES
    return [
        Figure(
            title="Disk of an empty workspace, for each table",
            ours=each / tables / 1024,
            raw=float(GOAL),
            goal=1.0,
            unit="KB",
            note=(
                f"{tables} tables, {each / 1024:.0f} KB a workspace, of which catalogues "
                f"{catalogues / 1024:.0f} KB; raw: 75 KB a table"
            ),
        )
    ]


def _sizes(connection: Connection) -> tuple[int, int]:
    """Return the bytes of the database, and those of its catalogues."""
    size = connection.scalar(text("SELECT pg_database_size(current_database())"))
    return int(size or 0), int(connection.scalar(_CATALOGUES) or 0)

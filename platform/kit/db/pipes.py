"""What needs the driver itself: COPY from one database into another, slots with their snapshot.

For the migrator alone; the application's engines refuse all of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors, sql
from sqlalchemy import Connection


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    found: psycopg.Connection[Any] | None = connection.connection.driver_connection
    assert found is not None
    return found


def run_composed(connection: Connection, statement: sql.Composed) -> None:
    """Run a statement whose literals cannot be parameters, in the open transaction."""
    psycopg.Cursor(_driver(connection)).execute(statement)


def pipe(
    source: Connection,
    target: Connection,
    *,
    out: sql.Composed,
    into: sql.Composed,
    alive: Callable[[], None],
) -> None:
    """Copy rows between the open transactions of two databases, in the server's binary form."""
    # The engine's cursors speak the extended protocol alone, which has no way to COPY.
    reader, writer = psycopg.Cursor(_driver(source)), psycopg.Cursor(_driver(target))
    with (
        reader.copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(out)) as read,
        writer.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(into)) as write,
    ):
        for data in read:
            write.write(data)
            alive()


@contextmanager
def slot_with_snapshot(url: str, name: str) -> Iterator[str]:
    """Make a logical slot; inside the block its snapshot can be used, by the name yielded.

    psycopg's errors name what the server refused; the name of the slot must be one of ours.
    """
    with psycopg.connect(url, autocommit=True, replication="database", connect_timeout=5) as mover:
        made = mover.pgconn.exec_(
            f"CREATE_REPLICATION_SLOT {name} LOGICAL pgoutput (SNAPSHOT 'export')".encode()
        )
        if made.status != psycopg.pq.ExecStatus.TUPLES_OK:
            raise errors.error_from_result(made)
        snapshot = made.get_value(0, 2)
        assert snapshot is not None
        yield snapshot.decode()

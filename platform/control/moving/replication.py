"""Follow the source by logical replication: publication, slot and subscription.

The rows are copied by us in the snapshot that comes with the slot, all tables in one, and the
subscription only follows from there: no worker for each table, and the mover's login reads none.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import psycopg
from psycopg import errors, sql
from sqlalchemy import Connection, text

from control.moving.plan import Move, tables_of
from kit.db.pipes import run_composed, slot_with_snapshot
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

CAUGHT_UP_WITHIN = 60.0


def mover_url(cell: str) -> str:
    """Return the address of a cell for the mover; Refused when there is none."""
    url = get_settings().mover_cells.get(cell)
    if url is None:
        raise Refused(
            _("Cell %(name)s has no address in MOVER_CELLS; move by copy instead.", name=cell)
        )
    return url.get_secret_value()


def is_following(target: Connection, name: str) -> bool:
    """Tell whether a database has a subscription; the catalog's table itself is not for us."""
    found = target.scalar(
        text("""
            SELECT 1 FROM pg_catalog.pg_subscription
            WHERE subname = :name
              AND subdbid = (SELECT oid FROM pg_catalog.pg_database
                             WHERE datname = current_database())
        """),
        {"name": name},
    )
    return found is not None


def publish(move: Move) -> None:
    """List the workspace's tables in a publication of the source."""
    with move.here.connect() as source, source.begin():
        tables = ", ".join(f"{move.schema}.{table}" for table in tables_of(source, move.schema))
        source.execute(text(f"CREATE PUBLICATION {move.name} FOR TABLE {tables}"))


def made_slot(move: Move) -> AbstractContextManager[str]:
    """Make the slot; inside the block its snapshot can be used, by the name that is yielded."""
    return slot_with_snapshot(mover_url(move.source), move.name)


def use_snapshot(source: Connection, snapshot: str) -> None:
    """Have a transaction that has just begun see what the slot starts from."""
    source.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    run_composed(source, sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))


def subscribe(move: Move) -> None:
    """Have the target follow the source from the slot on; its rows have been copied."""
    with move.there.connect() as target, target.begin():
        run_composed(
            target,
            sql.SQL(
                "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (copy_data = false,"
                " create_slot = false, slot_name = {}, synchronous_commit = 'local')"
            ).format(
                sql.Identifier(move.name),
                sql.Literal(_plain(mover_url(move.source))),
                sql.Identifier(move.name),
                sql.Literal(move.name),
            ),
        )


def _plain(url: str) -> str:
    """Return an address as the server's own client reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def position(source: Connection) -> str:
    """Return how far the source's log is."""
    return str(source.scalar(text("SELECT pg_current_wal_insert_lsn()")))


def wait_until_at(move: Move, lsn: str, *, within: float | None, check: Callable[[], None]) -> None:
    """Wait until the target has applied the source's log up to a position; TimeoutError else."""
    deadline = time.monotonic() + within if within else None
    with move.here.connect() as source:
        while True:
            with source.begin():
                is_there = source.scalar(
                    text("""
                        SELECT confirmed_flush_lsn >= cast(:lsn AS pg_lsn)
                        FROM pg_catalog.pg_replication_slots WHERE slot_name = :name
                    """),
                    {"lsn": lsn, "name": move.name},
                )
            if is_there:
                return
            if deadline and time.monotonic() > deadline:
                raise TimeoutError("the target does not catch up")
            check()
            move.run.alive()
            time.sleep(0.03)


def unsubscribe(target: Connection, name: str) -> None:
    """Drop the subscription, if there is one, without a word to the source."""
    if not is_following(target, name):
        return
    target.execute(text(f"ALTER SUBSCRIPTION {name} DISABLE"))
    target.execute(text(f"ALTER SUBSCRIPTION {name} SET (slot_name = NONE)"))
    target.execute(text(f"DROP SUBSCRIPTION {name}"))


def unpublish(move: Move) -> None:
    """Drop slot and publication from the source, if they are there: a slot holds back the log."""
    with move.here.connect() as source, source.begin():
        source.execute(text(f"DROP PUBLICATION IF EXISTS {move.name}"))
        has_slot = source.scalar(
            text("SELECT 1 FROM pg_catalog.pg_replication_slots WHERE slot_name = :name"),
            {"name": move.name},
        )
    if has_slot:
        _drop_slot(move)


def _drop_slot(move: Move) -> None:
    deadline = time.monotonic() + 20
    with psycopg.connect(mover_url(move.source), autocommit=True, connect_timeout=5) as mover:
        while True:
            try:
                mover.execute("SELECT pg_drop_replication_slot(%s)", [move.name])
            except errors.UndefinedObject:
                return
            except errors.ObjectInUse:
                # Its reader was told to go a moment ago.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

"""The fence: from one moment on nobody writes in the source, and nobody is told that he did.

Three things together: the row's state sends pages and jobs away, the role loses its schema (and,
by policy, the outbox), and locking every table waits for the writers that were quicker.
"""

import time

from psycopg import errors
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from control.moving.plan import Move, tables_of
from control.moving.schemas import revision_in
from kit.db.fencing import original

QUIET_WITHIN = 40.0
"""Seconds: a statement of a workspace may take 30."""
_OUTBOX_WITHIN = 5.0

_WRITING = text("""
    SELECT virtualtransaction FROM pg_catalog.pg_locks
    WHERE database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
      AND relation IN (
          'cell.outbox'::regclass, 'cell.effects'::regclass, 'cell.wishes'::regclass,
          'cell.seals'::regclass
      )
      AND mode = 'RowExclusiveLock'
""")


class NotQuiet(Exception):
    """Somebody went on writing for longer than a statement may take."""


def raise_fence(move: Move) -> None:
    """Send everybody away from the source; RuntimeError when it was migrated meanwhile."""
    with move.there.connect() as target:
        revision = revision_in(target, move.schema)
    with move.here.connect() as source, source.begin():
        row = source.execute(
            text("SELECT revision FROM cell.workspaces WHERE workspace = :schema FOR UPDATE"),
            {"schema": move.schema},
        ).one()
        if row.revision != revision:
            raise RuntimeError("the source was migrated while it was copied")
        source.execute(
            text("UPDATE cell.workspaces SET state = 'moving' WHERE workspace = :schema"),
            {"schema": move.schema},
        )
        source.execute(text(f"REVOKE USAGE ON SCHEMA {move.schema} FROM {move.schema}"))


def lower_fence(move: Move) -> None:
    """Let everybody into the source again, if they were sent away."""
    with move.here.connect() as source, source.begin():
        source.execute(text(f"GRANT USAGE ON SCHEMA {move.schema} TO {move.schema}"))
        source.execute(
            text("""
                UPDATE cell.workspaces SET state = 'live'
                WHERE workspace = :schema AND state = 'moving'
            """),
            {"schema": move.schema},
        )


def wait_for_writers(move: Move) -> str:
    """Wait until every write that was under way has ended; return the log's position after it."""
    _wait_for_outbox(move)
    deadline = time.monotonic() + QUIET_WITHIN
    while True:
        try:
            with move.here.connect() as source, source.begin():
                return _lock_all(source, move)
        except DBAPIError as error:
            late = isinstance(original(error), errors.LockNotAvailable | errors.DeadlockDetected)
            if not late:
                raise
            if time.monotonic() > deadline:
                raise NotQuiet from error
            move.run.alive()


def _wait_for_outbox(move: Move) -> None:
    """Let those end who may have written background work for us and nothing else.

    They hold no lock on the workspace's tables. Which of the transactions are ours cannot be seen,
    and another workspace's may be long: a verb that only enqueues is not, so a few seconds do.
    """
    with move.here.connect() as source:
        writing = set(source.scalars(_WRITING))
        deadline = time.monotonic() + _OUTBOX_WITHIN
        while writing and time.monotonic() < deadline:
            writing &= set(source.scalars(_WRITING))
            time.sleep(0.02)


def _lock_all(source: Connection, move: Move) -> str:
    tables = ", ".join(f"{move.schema}.{table}" for table in tables_of(source, move.schema))
    # In short turns: readers with locks of their own must not queue behind one that waits.
    source.execute(text("SET LOCAL lock_timeout TO '2s'"))
    source.execute(text(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))
    return str(source.scalar(text("SELECT pg_current_wal_insert_lsn()")))

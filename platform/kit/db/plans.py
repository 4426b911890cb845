"""Prepared statements that a roll-out made stale, renewed without anybody noticing.

psycopg prepares what a connection runs often. When the type of a column changes, or a connection
comes from a workspace that has been migrated to one that has not, PostgreSQL refuses such a
statement: "cached plan must not change result type". As the first of a transaction it is simply
run again after a new BEGIN: nothing had been done. Later in a transaction only who began the work
can begin it again: a page that only reads is asked for once more, a job is tried again by itself.
"""

from typing import Any

import structlog
from psycopg import Cursor
from psycopg.errors import FeatureNotSupported
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from kit.db.binding import begin_again, touch

_log = structlog.get_logger("kit.db")
_GENERATION = "simtree_plans"
_SENTENCE = "cached plan must not change result type"


def is_stale_plan(error: BaseException | None) -> bool:
    """Tell whether an error of the driver means that a prepared statement is stale."""
    return isinstance(error, FeatureNotSupported) and _SENTENCE in str(error)


def renew_plans(engine: Engine) -> None:
    """Have an engine's connections get over stale prepared statements."""
    generation = 0

    @event.listens_for(engine, "connect")
    def _connect(_driver: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info[_GENERATION] = generation

    @event.listens_for(engine, "checkout")
    def _checkout(_driver: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if entry.info.get(_GENERATION) != generation:
            raise DisconnectionError("its prepared statements are stale")

    @event.listens_for(engine, "do_execute")
    def _execute(
        cursor: Cursor[Any], statement: str, parameters: Any, _context: DefaultExecutionContext
    ) -> bool:
        try:
            cursor.execute(statement, parameters)
        except FeatureNotSupported as error:
            if not is_stale_plan(error):
                raise
            is_first = begin_again(cursor.connection)
            _log.info("plan.stale", is_first=is_first)
            if not is_first:
                # The others in the pool remember the same plans; new ones remember nothing.
                nonlocal generation
                generation += 1
                raise
            cursor.execute(statement, parameters)
        touch(cursor.connection)
        return True

    del _connect, _checkout, _execute

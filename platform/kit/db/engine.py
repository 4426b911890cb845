"""Engines: guarded cursors, and connections renewed before they remember too much."""

from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from kit.db.breaker import put_breaker
from kit.db.pool import memory_of
from kit.db.statements import ExtendedCursor, GuardedCursor, GuardedServerCursor

CONNECT_TIMEOUT = 5


def driver_url(url: str) -> str:
    """Return a postgresql:// URL with our driver named in it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def engine_options(
    *, pool_size: int, overflow: int, name: str, guarded: bool = True
) -> dict[str, Any]:
    """Return the create_engine options that every engine of ours shares.

    Only the migrator's engines, which make roles and schemas, are not guarded.
    """
    return {
        "pool_size": pool_size,
        "max_overflow": overflow,
        "pool_pre_ping": False,
        "pool_recycle": 1_800,
        # As long as a connection may take: nobody waits longer for another's that hangs.
        "pool_timeout": CONNECT_TIMEOUT,
        # Errors would carry personal data and tokens into logs.
        "hide_parameters": True,
        "connect_args": {
            "cursor_factory": GuardedCursor if guarded else ExtendedCursor,
            "application_name": f"simtree {name}",
            "connect_timeout": CONNECT_TIMEOUT,
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            # A host that vanished acknowledges nothing; without this TCP tries for 15 minutes.
            "tcp_user_timeout": 10_000,
        },
    }


def make_engine(url: str, *, name: str, pool_size: int = 2, overflow: int = 4) -> Engine:
    """Return an engine of the migrator's, for the provisioner and for commands."""
    options = engine_options(pool_size=pool_size, overflow=overflow, name=name, guarded=False)
    engine = create_engine(driver_url(url), **options)
    put_breaker(engine, name)
    return engine


def guard_server_cursors(engine: Engine) -> None:
    """Guard the cursors that stay on the server, which psycopg takes from elsewhere."""

    @event.listens_for(engine, "connect")
    def _connect(connection: psycopg.Connection[Any], entry: ConnectionPoolEntry) -> None:
        del entry
        connection.server_cursor_factory = GuardedServerCursor

    del _connect


def renew_after(engine: Engine, modules: int) -> None:
    """Close a connection on its return once it has served so many modules of workspaces.

    A PostgreSQL backend remembers every table it touched, about 20 KB each, and never forgets.
    """

    @event.listens_for(engine, "checkin")
    def _checkin(connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if connection is not None and len(memory_of(entry).modules) >= modules:
            entry.invalidate(soft=True)

    del _checkin

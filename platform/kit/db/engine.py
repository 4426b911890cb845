"""Engines: extended protocol only, and connections renewed before they remember too much."""

from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from kit.db.breaker import put_breaker

SERVED = "simtree_served"
CONNECT_TIMEOUT = 5


class ExtendedCursor(psycopg.Cursor[Any]):
    """A cursor that always uses the extended protocol, in which stacked statements fail."""

    def _execute_send(
        self, query: Any, *, force_extended: bool = False, binary: Any = None
    ) -> None:
        del force_extended
        super()._execute_send(query, force_extended=True, binary=binary)


def driver_url(url: str) -> str:
    """Return a postgresql:// URL with our driver named in it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def engine_options(*, pool_size: int, overflow: int, name: str) -> dict[str, Any]:
    """Return the create_engine options that every engine of ours shares."""
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
            "cursor_factory": ExtendedCursor,
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
    """Return an engine outside Flask-SQLAlchemy, for the provisioner and for commands."""
    engine = create_engine(
        driver_url(url), **engine_options(pool_size=pool_size, overflow=overflow, name=name)
    )
    put_breaker(engine, name)
    return engine


def renew_after(engine: Engine, workspaces: int) -> None:
    """Close a connection on its return once it has served so many workspaces.

    A PostgreSQL backend remembers every table it touched, about 20 KB each, and never forgets.
    """

    @event.listens_for(engine, "checkin")
    def _checkin(connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if connection is not None and len(entry.info.get(SERVED, ())) >= workspaces:
            entry.invalidate(soft=True)

    del _checkin

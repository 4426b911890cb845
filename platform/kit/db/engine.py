"""Engines: extended protocol only, and connections renewed before they remember too much."""

from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

SERVED = "simtree_served"


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
        "pool_timeout": 10,
        # Errors would carry personal data and tokens into logs.
        "hide_parameters": True,
        "connect_args": {
            "cursor_factory": ExtendedCursor,
            "application_name": f"simtree {name}",
            "connect_timeout": 5,
            "keepalives_idle": 30,
        },
    }


def make_engine(url: str, *, name: str, pool_size: int = 2, overflow: int = 4) -> Engine:
    """Return an engine outside Flask-SQLAlchemy, for the provisioner and for commands."""
    return create_engine(
        driver_url(url), **engine_options(pool_size=pool_size, overflow=overflow, name=name)
    )


def renew_after(engine: Engine, modules: int) -> None:
    """Close a connection on its return once it has served so many modules of workspaces.

    A PostgreSQL backend remembers every table it touched, about 20 KB each, and never forgets. A
    module's pages touch about the same dozen tables, so pairs of workspace and module measure it.
    """

    @event.listens_for(engine, "checkin")
    def _checkin(connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if connection is not None and len(entry.info.get(SERVED, ())) >= modules:
            entry.invalidate(soft=True)

    del _checkin

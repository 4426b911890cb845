"""A pool that gives a workspace the connection whose backend knows its tables already.

A PostgreSQL backend reads the catalogue once for each table and remembers it. With a thousand
workspaces turning over a few backends, a page on a backend that does not know the workspace costs
half as much again.
"""

from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.util.queue import Queue

from kit import tenancy

_MEMORY = "simtree_memory"


@dataclass(slots=True)
class Memory:
    """What the backend of a connection has been shown: workspaces, and pairs of one and a module.

    A module's pages touch about the same dozen tables, so pairs measure what it keeps of them.
    """

    workspaces: set[str] = field(default_factory=set)
    modules: set[tuple[str, str | None]] = field(default_factory=set)

    def note(self, schema: str, module: str | None) -> None:
        """Remember that a module of a workspace was served."""
        self.workspaces.add(schema)
        self.modules.add((schema, module))


def memory_of(connection: Connection | ConnectionPoolEntry) -> Memory:
    """Return what a pooled connection's backend remembers; it ends with the connection."""
    found = connection.info.setdefault(_MEMORY, Memory())
    assert isinstance(found, Memory)
    return found


class _Shelf(Queue[ConnectionPoolEntry]):
    """Idle connections; who takes one for a workspace gets the one that knows it."""

    def knows(self, schema: str) -> bool:
        with self.mutex:
            return any(schema in memory_of(entry).workspaces for entry in self.queue)

    def _get(self) -> ConnectionPoolEntry:
        workspace = tenancy.current_or_none()
        best = len(self.queue) - 1
        if workspace is not None:
            # One that knows it; else the one that knows least, so that all fill up alike.
            best = min(range(len(self.queue)), key=lambda at: self._rank(workspace.schema, at))
        entry = self.queue[best]
        del self.queue[best]
        return entry

    def _rank(self, schema: str, at: int) -> tuple[bool, int]:
        memory = memory_of(self.queue[at])
        return schema not in memory.workspaces, len(memory.modules)


class WorkspacePool(QueuePool):
    """A QueuePool whose connections keep to their workspaces as far as others leave them free.

    Until all its connections are there, a workspace that none of the idle ones knows gets a new
    one; but not where a process serves one workspace and ends (`grows`).
    """

    grows = True
    _queue_class = _Shelf

    def _do_get(self) -> ConnectionPoolEntry:
        workspace = tenancy.current_or_none()
        shelf = self._pool
        assert isinstance(shelf, _Shelf)
        if workspace is None or not self._is_growing() or shelf.knows(workspace.schema):
            return super()._do_get()
        if not self._inc_overflow():
            return super()._do_get()
        try:
            return self._create_connection()
        except BaseException:
            self._dec_overflow()
            raise

    def _is_growing(self) -> bool:
        return self.grows and self._overflow < 0

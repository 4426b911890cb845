"""Which workspace the running code serves.

Only `workspace_scope` sets it; kit.db reads it when a session is made. Nothing else may choose a
schema, a role, a file folder or a cache key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

_current: ContextVar["Workspace | None"] = ContextVar("workspace", default=None)


class Access(StrEnum):
    """What a workspace may do now; a pure function of its life and its billing decides."""

    FULL = "full"
    READ_ONLY = "read_only"
    SUSPENDED = "suspended"
    UNPAID = "unpaid"
    """Suspended until it is paid: who comes to pay gets in, nobody else."""
    NONE = "none"


class Condition(StrEnum):
    """Whether a workspace can be served by this release at this moment."""

    READY = "ready"
    UPDATING = "updating"
    MOVING = "moving"
    UNREACHABLE = "unreachable"


class NoWorkspace(RuntimeError):
    """Tenant data was asked for outside a workspace."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One tenant as the tenant plane sees it.

    `schema` is the opaque id: name of the PostgreSQL schema and of its role, and part of every
    key, lock, path and log line. `keys` are wrapped data keys by version.

    `is_verified` says that the company behind it was checked, `authorised` for which carriers and
    until when (None: for all). Until `support_until` the operator may look in. `standing` is what
    it is as a customer (trial, active, past_due …), and at `falls_at` that changes for the worse
    unless something is bought or paid. `is_looked_at` holds for one request or job: nothing at all
    is written in it.
    """

    id: int
    schema: str
    cell: str
    name: str
    host: str
    access: Access = Access.FULL
    condition: Condition = Condition.READY
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    locale: str = "zh_Hans_CN"
    closes_at: datetime | None = None
    is_verified: bool = True
    authorised: tuple[tuple[str, date], ...] | None = None
    support_until: datetime | None = None
    standing: str = "active"
    falls_at: datetime | None = None
    is_looked_at: bool = False
    keys: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)

    def key(self, *parts: str) -> str:
        """Return a cache key, lock name or topic that belongs to this workspace alone."""
        return ":".join(("simtree", self.schema, *parts))


def current_or_none() -> Workspace | None:
    """Return the workspace being served, if any."""
    return _current.get()


def current() -> Workspace:
    """Return the workspace being served; NoWorkspace when there is none."""
    workspace = _current.get()
    if workspace is None:
        raise NoWorkspace("no workspace is open here")
    return workspace


@contextmanager
def enter(workspace: Workspace) -> Iterator[Workspace]:
    """Serve a workspace inside the block; use kit.db.workspace_scope, which also ends sessions."""
    token = _current.set(workspace)
    try:
        yield workspace
    finally:
        _current.reset(token)

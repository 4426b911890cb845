"""Find the workspace behind a host or an opaque id: cached, and served stale if control is down.

A change is seen within FRESH; when the control plane does not answer, what is known goes on for
STALE, so that it is no single point of failure.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.elements import ColumnElement

from control.workspaces.models import Workspace, WorkspaceKey, WorkspaceState, access_in
from kit.db import apart
from kit.db.migrating import head, served
from kit.settings import get_settings
from kit.tenancy import Access, Condition
from kit.tenancy import Workspace as Tenant

_log = structlog.get_logger("control.workspaces")
FRESH = 5.0
STALE = 600.0
_LIMIT = 20_000


@dataclass(slots=True)
class _Known:
    tenant: Tenant | None
    at: float


def _keys(column: Any) -> ColumnElement[Any]:
    made = select(func.array_agg(aggregate_order_by(column, WorkspaceKey.key_version)))
    return made.where(WorkspaceKey.workspace_id == Workspace.id).scalar_subquery()


# Every page waits for this: one statement, and no rows of the ORM.
_ENTRY = select(
    Workspace.id,
    Workspace.schema,
    Workspace.cell,
    Workspace.name,
    Workspace.address,
    Workspace.state,
    Workspace.closing_from,
    Workspace.suspended_from,
    Workspace.closes_at,
    Workspace.timezone,
    Workspace.currency,
    Workspace.locale,
    Workspace.is_verified,
    Workspace.authorised,
    Workspace.support_until,
    Workspace.falls_at,
    func.coalesce(_keys(WorkspaceKey.key_version), []).label("versions"),
    func.coalesce(_keys(WorkspaceKey.wrapped), []).label("wrapped"),
)


class Directory:
    """The look-up of workspaces; one for each process."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()
        self._answered = float("-inf")

    def age(self) -> float:
        """Return how many seconds ago the control plane last answered; for ever if never."""
        return monotonic() - self._answered

    def by_address(self, address: str) -> Tenant | None:
        """Return the workspace at the first label of a host, or None."""
        return self._find(f"a:{address}", lambda: Workspace.address == address)

    def by_schema(self, schema: str) -> Tenant | None:
        """Return the workspace with an opaque id, or None."""
        return self._find(f"s:{schema}", lambda: Workspace.schema == schema)

    def forget(self) -> None:
        """Drop what is known; for tests and after a change in this process."""
        with self._lock:
            self._known.clear()

    def anew(self, tenant: Tenant) -> Tenant | None:
        """Return a workspace as it is now; for who has just seen that it is not as it was."""
        address = tenant.host.partition(".")[0]
        by_schema = f"s:{tenant.schema}"
        now = monotonic()
        found = self._find(f"a:{address}", lambda: Workspace.address == address, since=now)
        with self._lock:
            # Not dropped when control did not answer: it is still the best there is.
            if by_schema in self._known and self._answered >= now:
                self._known[by_schema] = _Known(found, now)
        return found

    def _find(
        self, key: str, condition: Callable[[], ColumnElement[bool]], *, since: float | None = None
    ) -> Tenant | None:
        known = self._known.get(key)
        now = monotonic()
        if known and known.at > (now - FRESH if since is None else since):
            return known.tenant
        try:
            tenant = self._load(condition())
        except (OperationalError, PoolTimeout):
            if known and now - known.at < STALE:
                _log.warning("directory.stale", age=round(now - known.at))
                return known.tenant
            raise
        with self._lock:
            self._answered = now
            if len(self._known) >= _LIMIT:
                self._known.clear()
            # As of when it was asked for; who asked later and was answered sooner knows better.
            if key not in self._known or self._known[key].at <= now:
                self._known[key] = _Known(tenant, now)
        return tenant

    @staticmethod
    def _load(condition: ColumnElement[bool]) -> Tenant | None:
        with apart(None) as control:
            row = control.execute(_ENTRY.where(condition)).one_or_none()
        tenant = _tenant(row, keys=zip(row.versions, row.wrapped, strict=True)) if row else None
        if tenant is None or tenant.access == Access.NONE:
            return None
        return replace(tenant, condition=_condition(tenant))


def _condition(tenant: Tenant) -> Condition:
    """Ask the workspace's cell whether this release can serve it now."""
    try:
        with apart(tenant.cell, role="simtree_control") as cell:
            row = cell.execute(
                text("SELECT revision, state FROM workspaces WHERE workspace = :schema"),
                {"schema": tenant.schema},
            ).one_or_none()
    except (OperationalError, PoolTimeout, KeyError) as error:
        _log.warning("cell.unreachable", cell=tenant.cell, error=type(error).__name__)
        return Condition.UNREACHABLE
    if row is None or row.state != "live":
        return Condition.MOVING
    return Condition.READY if row.revision in served() else Condition.UPDATING


def is_behind(tenant: Tenant) -> bool:
    """Tell whether a workspace is not at this release's revision at this moment."""
    with apart(tenant.cell, role="simtree_control") as cell:
        revision = cell.scalar(
            text("SELECT revision FROM workspaces WHERE workspace = :schema"),
            {"schema": tenant.schema},
        )
    return bool(revision != head("tenants"))


directory = Directory()


def as_tenant(row: Workspace) -> Tenant:
    """Return a workspace as the tenant plane sees it."""
    return _tenant(row, keys=((key.key_version, key.wrapped) for key in row.keys))


def _authorised(kept: Mapping[str, str] | None) -> tuple[tuple[str, date], ...] | None:
    if kept is None:
        return None
    return tuple((carrier, date.fromisoformat(until)) for carrier, until in sorted(kept.items()))


def _tenant(row: Workspace | Row[*tuple[Any, ...]], *, keys: Iterable[tuple[int, bytes]]) -> Tenant:
    return Tenant(
        id=row.id,
        schema=row.schema,
        cell=row.cell,
        name=row.name,
        host=f"{row.address}.{get_settings().base_domain}",
        access=access_in(
            row.state, closing_from=row.closing_from, suspended_from=row.suspended_from
        ),
        timezone=row.timezone,
        currency=row.currency,
        locale=row.locale,
        closes_at=row.closes_at if row.state == WorkspaceState.CLOSING else None,
        is_verified=row.is_verified,
        authorised=_authorised(row.authorised),
        support_until=row.support_until,
        standing=row.state,
        falls_at=row.falls_at,
        keys=tuple(keys),
    )

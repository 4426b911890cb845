"""Sessions of the two planes, and `transaction()`, the only place that commits.

A tenant session belongs to one workspace from birth to end: it reads the workspace that is open
when it is made, picks that workspace's cell and binds each transaction to its role and schema.
Without a workspace it refuses. The same holds of the control session and its role.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, TypeVar

import flask_sqlalchemy.session
from flask import Flask, has_request_context, request
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, CursorResult, Engine, Result, event
from sqlalchemy.orm import Session, SessionTransaction, scoped_session, sessionmaker

from kit import tenancy
from kit.db.binding import Binding, bind, unbind
from kit.db.breaker import put_breaker
from kit.db.engine import (
    driver_url,
    engine_options,
    guard_server_cursors,
    renew_after,
)
from kit.db.plans import renew_plans
from kit.db.pool import WorkspacePool, memory_of
from kit.settings import Settings, get_settings

CONTROL = "control"
_S = TypeVar("_S", bound="BoundSession")
_pins: ContextVar[Mapping[str, Connection]] = ContextVar("pinned_connections", default={})  # noqa: B039


def cell_key(cell: str) -> str:
    """Return the bind key of a cell's engine."""
    return f"cell:{cell}"


class BoundSession(flask_sqlalchemy.session.Session):
    """A session whose every transaction runs under a role and a schema of ours."""

    def __init__(self, db: SQLAlchemy, **options: Any) -> None:
        # A session inside an open outer transaction (tests, provisioning) works in savepoints.
        options.setdefault("join_transaction_mode", "create_savepoint")
        super().__init__(db, **options)
        self.depth = 0
        self.is_doomed = False
        self.hooks: list[Callable[[], None]] = []
        self.bound: list[Connection] = []
        # Rows this transaction has locked, by class and id; `kit.db.locking` reads and fills it.
        self.locked: dict[tuple[type, int], object] = {}
        self.has_flushed = False
        self._source: Engine | Connection | None = None

    @property
    def has_changes(self) -> bool:
        """Whether something was changed here that is not committed yet, flushed or not."""
        return self.has_flushed or bool(self.new or self.dirty or self.deleted)

    def binding(self) -> Binding:
        raise NotImplementedError

    def engine_key(self) -> str:
        raise NotImplementedError

    def get_bind(self, *_: Any, **__: Any) -> Engine | Connection:
        if self._source is None:
            # Looked up once: a session lives in one cell, and in one pinned connection if any.
            key = self.engine_key()
            self._source = _pins.get().get(key) or self._db.engines[key]
        return self._source


@lru_cache(maxsize=4_096)
def _tenant_binding(schema: str, may_write: bool) -> Binding:  # noqa: FBT001 - part of a cache key
    return Binding(
        role=schema,
        schema=schema,
        read_only=not may_write,
        statement_timeout_ms=get_settings().statement_timeout_ms,
    )


_CONTROL_BINDING = Binding(role="simtree_control", schema=CONTROL)
_CONTROL_LOOKING = Binding(role="simtree_control", schema=CONTROL, read_only=True)


def _only_looks() -> bool:
    """Tell whether whoever is served may only look: in no plane is anything written then."""
    workspace = tenancy.current_or_none()
    return workspace is not None and workspace.is_looked_at


class TenantSession(BoundSession):
    """The session of one workspace."""

    def __init__(self, db: SQLAlchemy, **options: Any) -> None:
        self.workspace = tenancy.current()
        self.only_looks = self.workspace.is_looked_at
        self.may_write = self.workspace.access == tenancy.Access.FULL and not self.only_looks
        super().__init__(db, **options)

    def binding(self) -> Binding:
        return _tenant_binding(self.workspace.schema, self.may_write)

    def engine_key(self) -> str:
        return cell_key(self.workspace.cell)


class ControlSession(BoundSession):
    """The session of the control plane."""

    def binding(self) -> Binding:
        return _CONTROL_LOOKING if _only_looks() else _CONTROL_BINDING

    def engine_key(self) -> str:
        return CONTROL


class CellSession(BoundSession):
    """A short session in a cell's own schema, as the job runner or as the control plane."""

    def __init__(self, db: SQLAlchemy, *, cell: str, role: str, **options: Any) -> None:
        self.cell = cell
        self.role = role
        super().__init__(db, **options)

    def binding(self) -> Binding:
        return Binding(role=self.role, schema="cell", read_only=_only_looks())

    def engine_key(self) -> str:
        return cell_key(self.cell)


@event.listens_for(BoundSession, "after_begin")
def _after_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested or not isinstance(session, BoundSession):
        return
    bind(connection, session.binding())
    if isinstance(session, TenantSession):
        module = request.blueprint if has_request_context() else None
        memory_of(connection).note(session.workspace.schema, module)
    session.bound.append(connection)


@event.listens_for(BoundSession, "after_flush")
def _after_flush(session: Session, _context: object) -> None:
    if isinstance(session, BoundSession):
        session.has_flushed = True


@event.listens_for(BoundSession, "after_transaction_end")
def _after_end(session: Session, transaction: SessionTransaction) -> None:
    if not isinstance(session, BoundSession):
        return
    # A savepoint that is rolled back gives up the locks taken in it; a flush has a part of its own.
    if transaction.nested or transaction.parent is None:
        session.locked.clear()
    if transaction.parent is not None:
        return
    session.has_flushed = False
    pins = _pins.get().values()
    if not pins:
        session.bound.clear()
    while session.bound:
        connection = session.bound.pop()
        if connection in pins:
            unbind(connection)


def _scope() -> tuple[int, str]:
    workspace = tenancy.current_or_none()
    return (id(app_ctx._get_current_object()), workspace.schema if workspace else "")  # type: ignore[attr-defined] # noqa: SLF001


class Database(SQLAlchemy):
    """Flask-SQLAlchemy with one engine per cell, a control session and bound sessions."""

    def __init__(self) -> None:
        super().__init__(
            session_options={"class_": TenantSession, "scopefunc": _scope},
            disable_autonaming=True,
        )
        self.control: scoped_session[ControlSession] = scoped_session(
            sessionmaker(class_=ControlSession, db=self),
            lambda: id(app_ctx._get_current_object()),  # type: ignore[attr-defined] # noqa: SLF001
        )

    def init_app(self, app: Flask, settings: Settings | None = None) -> None:
        """Make the engines of the control plane and of every cell."""
        chosen = settings or get_settings()

        def options(url: str, name: str) -> dict[str, Any]:
            return {
                "url": driver_url(url),
                **engine_options(
                    pool_size=chosen.pool_size, overflow=chosen.pool_overflow, name=name
                ),
            }

        binds = {CONTROL: options(chosen.database_url.get_secret_value(), CONTROL)}
        for cell, url in chosen.cell_urls().items():
            binds[cell_key(cell)] = options(url, cell) | {"poolclass": WorkspacePool}
        app.config["SQLALCHEMY_BINDS"] = binds
        super().init_app(app)
        app.teardown_appcontext(lambda _: self.control.remove())
        with app.app_context():
            for key, engine in self.engines.items():
                put_breaker(engine, str(key))
                renew_after(engine, chosen.connection_modules)
                renew_plans(engine)
                guard_server_cursors(engine)


database = Database()


def session() -> TenantSession:
    """Return the session of the open workspace; NoWorkspace outside one."""
    tenancy.current()
    opened = database.session()
    assert isinstance(opened, TenantSession)
    return opened


def control_session() -> ControlSession:
    """Return the session of the control plane."""
    return database.control()


# The work whose outermost transaction is open in this context; `apart` is not among it.
_open: ContextVar[BoundSession | None] = ContextVar("open_work", default=None)


def in_transaction() -> bool:
    """Tell whether a verb's transaction is open; network calls must not be made then."""
    return _open.get() is not None


def _refuse_doomed(work: BoundSession) -> None:
    if work.is_doomed:
        raise RuntimeError("an inner verb refused and its refusal was swallowed")


@contextmanager
def _unit(work: _S) -> Iterator[_S]:
    if work.depth:
        yield from _inner(work)
        return
    if _open.get() is not None:
        raise RuntimeError("a transaction of the other plane is open: one commit cannot be two")
    token = _open.set(work)
    work.is_doomed = False
    work.depth = 1
    try:
        yield work
        _refuse_doomed(work)
        work.commit()
    except BaseException:
        work.hooks.clear()
        work.rollback()
        raise
    finally:
        work.depth = 0
        _open.reset(token)
    hooks, work.hooks = work.hooks, []
    for hook in hooks:
        hook()


def _inner(work: _S) -> Iterator[_S]:
    """Join the open transaction; what is refused in here must not be committed out there."""
    work.depth += 1
    try:
        yield work
    except BaseException:
        work.is_doomed = True
        raise
    finally:
        work.depth -= 1


@contextmanager
def transaction(*, even_read_only: bool = False) -> Iterator[TenantSession]:
    """Run a verb of the tenant plane: all of it is committed, or nothing.

    Joins a transaction that is open in the same plane. `even_read_only` marks the few verbs that a
    read-only workspace may still do (log-in, export, paying); whoever only looks may do none of
    them. RuntimeError when the control plane's transaction is open.
    """
    work = session()
    if even_read_only and not work.may_write and not work.only_looks and work.depth == 0:
        work.rollback()
        work.may_write = True
        try:
            with _unit(work):
                yield work
        finally:
            work.may_write = False
        return
    with _unit(work):
        yield work


@contextmanager
def control_transaction() -> Iterator[ControlSession]:
    """Run a verb of the control plane: all of it is committed, or nothing."""
    with _unit(control_session()) as work:
        yield work


@contextmanager
def apart(cell: str | None, *, role: str = "simtree_jobs") -> Iterator[BoundSession]:
    """Run a short transaction apart from any verb's: in a cell's own schema, or (None) in control.

    It commits when the block ends well. Meant for the job runner's bookkeeping.
    """
    work: BoundSession = (
        ControlSession(database) if cell is None else CellSession(database, cell=cell, role=role)
    )
    try:
        yield work
        work.commit()
    except BaseException:
        work.rollback()
        raise
    finally:
        work.close()


def affected(result: Result[Any]) -> int:
    """Return how many rows a write touched."""
    assert isinstance(result, CursorResult)
    if result.rowcount < 0:
        raise RuntimeError("this write does not count its rows; use RETURNING")
    return result.rowcount


def after_commit(hook: Callable[[], None]) -> None:
    """Call a hook once the verb's transaction is committed; never when it is not."""
    work = _open.get()
    if work is None:
        raise RuntimeError("after_commit needs a transaction")
    work.hooks.append(hook)


@contextmanager
def workspace_scope(workspace: tenancy.Workspace) -> Iterator[tenancy.Workspace]:
    """Serve a workspace inside the block, with a session of its own that ends with it."""
    with ExitStack() as stack:
        stack.enter_context(tenancy.enter(workspace))
        stack.callback(database.session.remove)
        yield workspace


@contextmanager
def pinned(connections: Mapping[str, Connection]) -> Iterator[None]:
    """Make sessions use open connections instead of engines: key is control or cell:<name>.

    For tests (rolled back afterwards) and for the provisioner (one transaction of its own).
    """
    token = _pins.set({**_pins.get(), **connections})
    try:
        yield
    finally:
        _pins.reset(token)

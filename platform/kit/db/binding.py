"""Put a role, a schema and limits on a transaction, in one message to the server.

psycopg sends BEGIN lazily. When SQLAlchemy reports a begun transaction the server has seen
nothing yet, so BEGIN and the SETs go out together; measured, the binding costs no extra round
trip. Inside an outer transaction (a test's, or the provisioner's) the SETs go alone and the
binding that was there before is put back when the inner one ends.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_STACK = "simtree_bindings"
# Transactions that have run no statement yet, by the driver's connection, with what binds them.
_untouched: "WeakKeyDictionary[psycopg.Connection[Any], Binding]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Binding:
    """The role and search path of a transaction.

    Names are checked, not quoted: only lower-case letters, digits and underscores pass, so
    nothing that a person typed can ever reach the statement.
    """

    role: str
    schema: str
    read_only: bool = False
    statement_timeout_ms: int = 30_000
    settings: bytes = field(init=False, repr=False)
    start: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in (self.role, self.schema):
            if not _NAME.fullmatch(name):
                raise ValueError(f"not a name we make: {name!r}")
        # pg_temp comes last, so a temporary table hides nothing.
        settings = (
            f"SET LOCAL ROLE {self.role}; "
            f"SET LOCAL search_path TO {self.schema}, pg_temp; "
            f"SET LOCAL statement_timeout TO {int(self.statement_timeout_ms)}"
        ).encode()
        begin = b"BEGIN READ ONLY; " if self.read_only else b"BEGIN; "
        # Made once for each session, not once for each transaction.
        object.__setattr__(self, "settings", settings)
        object.__setattr__(self, "start", begin + settings)


def bind(connection: Connection, binding: Binding) -> None:
    """Bind the transaction that has just begun on a connection.

    Raises the psycopg error of the server, SQLAlchemy's OperationalError for a connection that has
    died in the pool (with it go the others there), and RuntimeError where a second workspace is
    opened while another's session is still open on the same connection.
    """
    try:
        _begin(connection, binding)
    except psycopg.Error as error:
        if _pgconn(connection).status == pq.ConnStatus.OK:
            raise
        # The server went away while the connection lay in the pool.
        lost = psycopg.OperationalError(str(error))
        connection.invalidate(error)
        connection.engine.dispose()
        raise OperationalError(
            "BEGIN", {}, lost, hide_parameters=True, connection_invalidated=True
        ) from error


def _begin(connection: Connection, binding: Binding) -> None:
    pgconn = _pgconn(connection)
    stack: list[Binding] = connection.info.setdefault(_STACK, [])
    if pgconn.transaction_status == pq.TransactionStatus.IDLE:
        stack.clear()
        _exec(pgconn, binding.start)
        _untouched[_driver(connection)] = binding
    else:
        if stack and _both_workspaces(stack[-1], binding):
            raise RuntimeError("another workspace's session is open on this connection")
        _exec(pgconn, binding.settings)
        if binding.read_only:
            _exec(pgconn, b"SET LOCAL transaction_read_only TO on")
    stack.append(binding)


def touch(driver: psycopg.Connection[Any]) -> None:
    """Note that a transaction has run a statement."""
    _untouched.pop(driver, None)


def begin_again(driver: psycopg.Connection[Any]) -> bool:
    """Begin a bound transaction anew, its role and schema kept, if it has done nothing but fail.

    False, and nothing is done, when it had done something. The driver forgets its prepared
    statements when it rolls back.
    """
    binding = _untouched.pop(driver, None)
    if binding is None:
        return False
    driver.rollback()
    _exec(driver.pgconn, binding.start)
    return True


def unbind(connection: Connection) -> None:
    """Forget the newest binding and, inside an outer transaction, put the one before it back."""
    stack: list[Binding] = connection.info.get(_STACK, [])
    if not stack:
        return
    stack.pop()
    if _pgconn(connection).transaction_status != pq.TransactionStatus.INTRANS:
        return
    if stack:
        _exec(_pgconn(connection), stack[-1].settings)
    else:
        _exec(_pgconn(connection), b"SET LOCAL ROLE NONE; SET LOCAL search_path TO pg_catalog")


def _pgconn(connection: Connection) -> pq.abc.PGconn:
    return _driver(connection).pgconn


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver: psycopg.Connection[Any] | None = connection.connection.driver_connection
    assert driver is not None
    return driver


def _both_workspaces(outer: Binding, inner: Binding) -> bool:
    return outer.role != inner.role and outer.role.startswith("t_") and inner.role.startswith("t_")


def _exec(pgconn: pq.abc.PGconn, statement: bytes) -> None:
    result = pgconn.exec_(statement)
    if result.status not in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
        raise error_from_result(result)

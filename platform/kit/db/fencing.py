"""Tell from an error that a workspace went away, or its server, while we were at work in it.

A workspace that moves loses its schema between two statements: what was begun fails and is rolled
back, and nobody was told that it was done. The page or the job that sees it asks the workspace's
condition again instead of failing.
"""

import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# No such table (its schema may not be used any more), no such schema, no such role, not allowed.
_GONE = (
    errors.UndefinedTable,
    errors.InvalidSchemaName,
    errors.InvalidParameterValue,
    errors.InsufficientPrivilege,
)
_DOWN = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.DatabaseDropped,
    # A cluster's coordinator answers, and the workspace's node does not.
    errors.ConnectionFailure,
)


def original(error: BaseException) -> BaseException:
    """Return the driver's error behind SQLAlchemy's."""
    return error.orig if isinstance(error, DBAPIError) and error.orig else error


def may_have_moved(error: BaseException) -> bool:
    """Tell whether an error is what a workspace that is being moved away would raise."""
    return isinstance(original(error), _GONE)


def is_down(error: BaseException) -> bool:
    """Tell whether an error means that the server does not answer."""
    if isinstance(error, PoolTimeout):
        return True
    behind = original(error)
    if isinstance(behind, _DOWN):
        return True
    # Errors that the server itself raised carry a code; a broken or refused connection has none.
    is_plain = type(behind) is psycopg.DatabaseError
    lost = isinstance(behind, psycopg.OperationalError) or is_plain
    return lost and isinstance(behind, psycopg.Error) and behind.sqlstate is None

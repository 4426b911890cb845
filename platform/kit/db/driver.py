"""The driver's own cursor, for COPY, which SQLAlchemy does not speak."""

from typing import Any

import psycopg
from sqlalchemy import Connection


def cursor_of(connection: Connection) -> psycopg.Cursor[Any]:
    """Return a cursor of the driver in the open transaction, guarded as all of its engine are."""
    driver: psycopg.Connection[Any] | None = connection.connection.driver_connection
    assert driver is not None
    return driver.cursor()

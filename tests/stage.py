"""What the tests of a module begin with, made once: each test goes back to it by a savepoint."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import Flask
from sqlalchemy import Connection

from kit.db import database, pinned
from kit.db.session import CONTROL, cell_key
from kit.i18n import speaking
from tests import databases


class Stage:
    """The databases' connections of a module's tests, in transactions that are rolled back."""

    def __init__(self, app: Flask, connections: dict[str, Connection]) -> None:
        self.app = app
        self.connections = connections

    @contextmanager
    def set_up(self) -> Iterator[None]:
        """Do inside the block what every test after it finds done."""
        with self.app.app_context(), pinned(self.connections), speaking("en"):
            yield
            database.control.remove()
        databases.forget()

    @contextmanager
    def scene(self) -> Iterator[None]:
        """Take back what is done inside the block: one test."""
        with self.app.app_context():
            outer = [connection.begin_nested() for connection in self.connections.values()]
            try:
                with pinned(self.connections), speaking("en"):
                    yield
                    database.control.remove()
            finally:
                for savepoint in outer:
                    savepoint.rollback()
                databases.forget()


@contextmanager
def staged(app: Flask) -> Iterator[Stage]:
    """Open a stage, of which nothing is left in the end."""
    with ExitStack() as stack:
        stack.callback(databases.forget)
        with app.app_context():
            connections = {
                key: stack.enter_context(database.engines[key].connect())
                for key in (CONTROL, cell_key("main"))
            }
        for connection in connections.values():
            stack.callback(connection.begin().rollback)
        yield Stage(app, connections)

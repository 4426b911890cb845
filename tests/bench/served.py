"""The application as the page benchmark serves it: each answer says what the database took."""

from time import perf_counter
from typing import Any

from flask import Flask, Response, g
from sqlalchemy import Connection, event

from kit.db import database
from wsgi import create_app


def app() -> Flask:
    """Return the application with a Server-Timing header: statements and their milliseconds."""
    made = create_app()

    @made.before_request
    def begin() -> None:
        g.database_seconds = 0.0
        g.statements = 0

    # Before the gate, which asks the database itself.
    before = made.before_request_funcs[None]
    before.insert(0, before.pop())

    @made.after_request
    def tell(response: Response) -> Response:
        spent = g.get("database_seconds", 0.0) * 1_000
        response.headers["Server-Timing"] = f"db;dur={spent:.3f};desc={g.get('statements', 0)}"
        return response

    with made.app_context():
        for engine in database.engines.values():
            event.listen(engine, "before_cursor_execute", _begun)
            event.listen(engine, "after_cursor_execute", _ended)
    del begin, tell
    return made


def _begun(connection: Connection, *_: Any) -> None:
    connection.info["begun"] = perf_counter()


def _ended(connection: Connection, *_: Any) -> None:
    if g:
        g.database_seconds = g.get("database_seconds", 0.0) + (
            perf_counter() - connection.info["begun"]
        )
        g.statements = g.get("statements", 0) + 1

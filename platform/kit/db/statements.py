"""Which statements the application may send: about rows and savepoints, nothing about roles.

PostgreSQL asks whether the *login* may change over to a role, not whether the role of the moment
may, so inside a workspace's transaction the server would grant `SET ROLE` to any other workspace.
Therefore the application's cursors send no such statement: not SET, RESET, PREPARE, NOTIFY, nor
anything else that outlives the transaction or has no business in it.
"""

import re

import psycopg
from psycopg._queries import PostgresQuery

# Nothing that begins so is a utility statement, and the extended protocol takes only one.
_ROWS = (
    b"SELECT ",
    b"SELECT\n",
    b"INSERT INTO ",
    b"UPDATE ",
    b"DELETE FROM ",
    b"WITH ",
    b"SAVEPOINT ",
    b"RELEASE SAVEPOINT ",
    b"ROLLBACK TO SAVEPOINT ",
)

# A comment ends at a carriage return, too, and comments nest: one inside another is no beginning.
_BEGINNING = rb"(?: \s | \( | --[^\r\n]*[\r\n] | /\* (?: (?! /\* | \*/ ) . )* \*/ )*"
_WORDS = rb"""(?:
      (?: SELECT | INSERT | UPDATE | DELETE | MERGE | WITH | VALUES | SHOW ) \b
    | (?: SAVEPOINT | RELEASE | ROLLBACK \s+ TO ) \s
    | SET \s+ TRANSACTION \s+ ISOLATION \s+ LEVEL \s+ [A-Z\s]+ \Z
    | SET \s+ LOCAL \s+ (?: lock | statement | idle_in_transaction_session )_timeout
      \s* (?: = | \s TO \s ) \s* '?\w+'? \s* \Z
    | SET \s+ LOCAL \s+ (?: timezone | datestyle | bytea_output ) \s+ TO \s+ '[\w,\ ]+' \s* \Z
    | DECLARE \s+ "[^"]+" \s+ (?: NO \s+ SCROLL \s+ )? CURSOR \s+ FOR \s+ (?: SELECT | WITH ) \b
    | COPY \s+ (?: [\w."]+ \s* (?: \( [\w\s,"]* \) )? | \( .* \) )
      \s* (?: FROM \s+ STDIN | TO \s+ STDOUT ) \s* (?: WITH \s* )? (?: \( [^()]* \) \s* )? \Z
)"""
_ALLOWED = re.compile(_BEGINNING + _WORDS, re.IGNORECASE | re.DOTALL | re.VERBOSE)


class StatementRefused(RuntimeError):
    """The application asked to send a statement of a kind that it never needs."""


def check_statement(statement: bytes) -> None:
    """Refuse whatever is no business of a page, verb or job; nothing has been sent then."""
    if statement.startswith(_ROWS) or _ALLOWED.match(statement):
        return
    # Its beginning is ours; what comes after may be somebody's.
    kind = re.sub(rb"\W+", b" ", statement[:40]).split()[:1]
    named = kind[0].decode("ascii", "replace").upper() if kind else "an empty statement"
    raise StatementRefused(f"the application does not send {named}: see kit.db.statements")


class ExtendedCursor(psycopg.Cursor[tuple[object, ...]]):
    """A cursor that always uses the extended protocol, in which stacked statements fail."""

    def _execute_send(
        self, query: PostgresQuery, *, force_extended: bool = False, binary: bool | None = None
    ) -> None:
        del force_extended
        super()._execute_send(query, force_extended=True, binary=binary)


class GuardedCursor(ExtendedCursor):
    """The application's cursor: every way to send a statement passes `check_statement`."""

    def _convert_query(self, query: psycopg.abc.Query, params: object = None) -> PostgresQuery:
        converted = super()._convert_query(query, params)  # type: ignore[arg-type]
        check_statement(converted.query)
        return converted


class GuardedServerCursor(psycopg.ServerCursor[tuple[object, ...]]):
    """The same for a cursor that stays on the server."""

    def _convert_query(self, query: psycopg.abc.Query, params: object = None) -> PostgresQuery:
        converted = super()._convert_query(query, params)  # type: ignore[arg-type]
        check_statement(converted.query)
        return converted

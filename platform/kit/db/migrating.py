"""Revisions, rendered to SQL once and applied as text: three lines, one mechanism.

A revision is an Alembic script. Alembic renders it; what is applied, recorded and compiled for
new schemas is the rendered SQL. So a thousand schemas cost one rendering, and a schema built new
and one migrated step by step run the same statements.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from psycopg import pq
from psycopg.errors import error_from_result
from sqlalchemy import Connection, MetaData, text

from kit.db.models import ROW_IDS

LINES = ("control", "cell", "tenants")
ROOT = Path(__file__).resolve().parents[3] / "migrations"


_CONCURRENTLY = re.compile(
    r"^\s*(CREATE (?:UNIQUE )?INDEX|DROP INDEX) CONCURRENTLY (?:IF (?:NOT )?EXISTS )?(\w+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outside:
    """A statement that no transaction may hold: the building or dropping of an index."""

    index: str
    is_drop: bool
    sql: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of a line: its id, the one before it, its title and its SQL.

    `sql` runs in one transaction and is what new schemas are made of. A revision that builds
    indexes with `postgresql_concurrently=True` does nothing else; schemas in use get its
    statements one by one, `outside` a transaction.
    """

    id: str
    down: str | None
    title: str
    sql: str
    outside: tuple[Outside, ...] = ()


def directory(line: str) -> ScriptDirectory:
    """Return Alembic's view of a line's folder."""
    if line not in LINES:
        raise ValueError(f"no line {line}")
    return ScriptDirectory(
        str(ROOT / line), file_template="%%(rev)s_%%(slug)s", version_locations=[str(ROOT / line)]
    )


def revisions(line: str, *, after: str | None = None) -> list[Revision]:
    """Return a line's revisions in order, those after one when it is given.

    ValueError for one that this release does not know, and for a revision that mixes statements
    inside and outside a transaction.
    """
    scripts = list(reversed(_scripts(line, _signature(line))))
    if after is not None:
        ids = [script.revision for script in scripts]
        if after not in ids:
            raise ValueError(f"the database is at {after}, which this release does not know")
        scripts = scripts[ids.index(after) + 1 :]
    return [_revision(script) for script in scripts]


def _signature(line: str) -> tuple[tuple[str, int], ...]:
    """Return what a folder's scripts are, so that they are read again when one has changed."""
    return tuple(
        sorted((str(path), path.stat().st_mtime_ns) for path in (ROOT / line).glob("*.py"))
    )


@lru_cache(maxsize=8)
def _scripts(line: str, _signature: tuple[tuple[str, int], ...]) -> tuple[Script, ...]:
    """Return a line's scripts, the newest first."""
    return tuple(directory(line).walk_revisions("base", "heads"))


_known: dict[tuple[str, int], Revision] = {}


def _revision(script: Script) -> Revision:
    """Return a script rendered, once for each version of its file."""
    key = script.path, Path(script.path).stat().st_mtime_ns
    if key not in _known:
        _known[key] = _rendered(script)
    return _known[key]


def _rendered(script: Script) -> Revision:
    statements = rendered_statements(script.module)
    found = [_CONCURRENTLY.match(statement) for statement in statements]
    outside = tuple(
        Outside(match[2], match[1].casefold().startswith("drop"), match.string.strip())
        for match in found
        if match
    )
    if outside and len(outside) < len(statements):
        raise ValueError(f"{script.revision}: indexes are built concurrently in a revision alone")
    return Revision(
        script.revision,
        script.down_revision if isinstance(script.down_revision, str) else None,
        (script.doc or "").strip(),
        "\n\n".join(
            statement.replace(" CONCURRENTLY", "", 1) if match else statement
            for statement, match in zip(statements, found, strict=True)
        ),
        outside,
    )


def head(line: str) -> str:
    """Return the newest revision of a line."""
    scripts = _scripts(line, _signature(line))
    if not scripts:
        raise ValueError(f"the line {line} has no revision")
    return scripts[0].revision


def known_revisions(line: str) -> frozenset[str]:
    """Return the ids of all of a line's revisions."""
    return frozenset(script.revision for script in _scripts(line, _signature(line)))


@lru_cache(maxsize=1)
def served() -> frozenset[str]:
    """Return the tenant revisions whose schemas this release can serve during a roll-out.

    The head and the one before it; a revision that goes with several says from which one on, by
    `oldest_served = "0007"` in its script.
    """
    scripts = _scripts("tenants", _signature("tenants"))
    oldest = getattr(scripts[0].module, "oldest_served", scripts[0].down_revision)
    ids = [script.revision for script in scripts]
    return frozenset(ids[: ids.index(str(oldest)) + 1] if oldest else ids)


class _Statements:
    """What Alembic writes to: one write is one statement."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, statement: str) -> None:
        self.written.append(statement.strip())

    def flush(self) -> None:
        """Do nothing; files have it."""


def rendered_statements(script: ModuleType, direction: str = "upgrade") -> list[str]:
    """Return the SQL of a revision script, statement by statement."""
    statements = _Statements()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={"as_sql": True, "output_buffer": statements, "literal_binds": True},
    )
    with Operations.context(context):
        getattr(script, direction)()
    return [statement for statement in statements.written if statement]


def render(script: ModuleType, direction: str = "upgrade") -> str:
    """Return the SQL of a revision script."""
    return "\n\n".join(rendered_statements(script, direction))


def run_script(connection: Connection, script: str) -> None:
    """Run a script of several statements in the open transaction, as one message."""
    driver: Any = connection.connection.driver_connection
    # The first statement makes psycopg begin the transaction if it has not yet.
    connection.execute(text("SELECT 1"))
    send(driver.pgconn, script)


def send(pgconn: pq.abc.PGconn, script: str) -> pq.abc.PGresult:
    """Send a script as one message and return its last result; psycopg's error if one failed."""
    result = pgconn.exec_(script.encode())
    if result.status not in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
        raise error_from_result(result, encoding="utf-8")
    return result


def highest_question(schema: str, tables: Iterable[str]) -> str:
    """Return the question for the highest number of a row in a workspace's tables."""
    highest = ", ".join(
        f"(SELECT max(id) FROM {schema}.{table})"  # noqa: S608 - names of ours
        for table in tables
    )
    return f"SELECT greatest(1, {highest})"


def renumber(schema: str, highest: int) -> str:
    """Return the statement that has a workspace's rows numbered on behind a number.

    Apart from the question, which a cluster asks a node: the numbers are the coordinator's.
    """
    return f"SELECT setval('{schema}.{ROW_IDS}', {int(highest)})"


def created_tables(statements: Iterable[str]) -> frozenset[str]:
    """Return the tables that statements create: those that a role has no rights on yet."""
    return frozenset(
        name
        for statement in statements
        for name in re.findall(
            r"^\s*CREATE TABLE (?:IF NOT EXISTS )?\"?(\w+)",
            statement,
            re.MULTILINE | re.IGNORECASE,
        )
    )


def upgrade_schema(connection: Connection, line: str) -> list[str]:
    """Bring the control or cell schema to its newest revision; return what was applied.

    The schema keeps its revision in a table of its own, changed in the same transaction.
    """
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {line}"))
    connection.execute(text(f"CREATE TABLE IF NOT EXISTS {line}.revision (id text NOT NULL)"))
    connection.execute(text(f"LOCK TABLE {line}.revision IN EXCLUSIVE MODE"))
    current = connection.scalar(text(f"SELECT id FROM {line}.revision"))  # noqa: S608 - ours
    applied = []
    for revision in revisions(line, after=current):
        run_script(connection, revision.sql)
        connection.execute(text(f"DELETE FROM {line}.revision"))  # noqa: S608 - ours
        connection.execute(
            text(f"INSERT INTO {line}.revision VALUES (:id)"),  # noqa: S608 - ours
            {"id": revision.id},
        )
        applied.append(revision.id)
    return applied


def differences(connection: Connection, metadata: MetaData, schema: str | None) -> list[Any]:
    """Return how the open database differs from the models; empty when in step."""
    from alembic.autogenerate import compare_metadata

    def of_this_schema(name: str | None, kind: str, _: Any) -> bool:
        return name == schema if kind == "schema" else (kind, name) != ("table", "revision")

    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_schemas": schema is not None,
            "include_name": of_this_schema,
            "target_metadata": metadata,
        },
    )
    return list(compare_metadata(context, metadata))

"""Revisions, rendered to SQL once and applied as text: three lines, one mechanism.

A revision is an Alembic script. Alembic renders it; what is applied, recorded and compiled for
new schemas is the rendered SQL. So a thousand schemas cost one rendering, and a schema built new
and one migrated step by step run the same statements.
"""

from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

LINES = ("control", "cell", "tenants")
ROOT = Path(__file__).resolve().parents[3] / "migrations"


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of a line: its id, the one before it, its title and its SQL."""

    id: str
    down: str | None
    title: str
    sql: str


def directory(line: str) -> ScriptDirectory:
    """Return Alembic's view of a line's folder."""
    if line not in LINES:
        raise ValueError(f"no line {line}")
    return ScriptDirectory(
        str(ROOT / line), file_template="%%(rev)s_%%(slug)s", version_locations=[str(ROOT / line)]
    )


def revisions(line: str, *, after: str | None = None) -> list[Revision]:
    """Return a line's revisions in order, those after one when it is given."""
    scripts = directory(line)
    ordered = list(reversed(list(scripts.walk_revisions("base", "heads"))))
    rendered = [
        Revision(
            script.revision,
            script.down_revision if isinstance(script.down_revision, str) else None,
            (script.doc or "").strip(),
            render(script.module),
        )
        for script in ordered
    ]
    if after is None:
        return rendered
    ids = [revision.id for revision in rendered]
    if after not in ids:
        raise ValueError(f"the database is at {after}, which this release does not know")
    return rendered[ids.index(after) + 1 :]


def head(line: str) -> str:
    """Return the newest revision of a line."""
    newest = directory(line).get_current_head()
    if newest is None:
        raise ValueError(f"the line {line} has no revision")
    return newest


@lru_cache(maxsize=1)
def served() -> frozenset[str]:
    """Return the tenant revisions whose schemas this release can serve during a roll-out.

    The head and the one before it; a revision that goes with several says from which one on, by
    `oldest_served = "0007"` in its script.
    """
    scripts = directory("tenants")
    newest = scripts.get_revision(head("tenants"))
    oldest = getattr(newest.module, "oldest_served", newest.down_revision)
    ids = [script.revision for script in scripts.walk_revisions("base", "heads")]
    return frozenset(ids[: ids.index(str(oldest)) + 1] if oldest else ids)


def render(script: ModuleType, direction: str = "upgrade") -> str:
    """Return the SQL of a revision script."""
    buffer = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={"as_sql": True, "output_buffer": buffer, "literal_binds": True},
    )
    with Operations.context(context):
        getattr(script, direction)()
    return buffer.getvalue()


def run_script(connection: Connection, script: str) -> None:
    """Run a script of several statements in the open transaction, as one message."""
    driver: Any = connection.connection.driver_connection
    # The first statement makes psycopg begin the transaction if it has not yet.
    connection.execute(text("SELECT 1"))
    result = driver.pgconn.exec_(script.encode())
    if result.status not in {1, 2}:
        from psycopg.errors import error_from_result

        raise error_from_result(result, encoding="utf-8")


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
        return name == schema if kind == "schema" else name != "revision"

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

"""Write a new revision script from the difference between the models and a line's head."""

from pathlib import Path
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, text

from kit.db import control_metadata
from kit.db.migrating import ROOT, directory, revisions, run_script, upgrade_schema

_TEMPLATE = '''"""{title}."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "{revision}"
down_revision = {down!r}


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''
SCRATCH = "t_scratch"


def scratch_schema(connection: Connection) -> None:
    """Build the tenant line's head in a scratch schema of the open transaction, and use it."""
    connection.execute(text(f"CREATE SCHEMA {SCRATCH}"))
    script = "\n".join(revision.sql for revision in revisions("tenants"))
    run_script(connection, f"SET LOCAL search_path TO {SCRATCH}, pg_temp;\n{script}")
    # Reflection looks where the dialect thinks the default schema is.
    connection.dialect.default_schema_name = SCRATCH


def write_revision(
    line: str,
    *,
    title: str,
    engine: Engine,
    metadata: MetaData,
    tables: frozenset[str] | None = None,
) -> Path | None:
    """Write the next revision of a line; None when the models are in step.

    `tables` limits it to some tables, so that a new module gets a revision of its own. Everything
    done to the database is rolled back.
    """
    with engine.connect() as connection, connection.begin() as outer:
        if line == "tenants":
            scratch_schema(connection)
        else:
            upgrade_schema(connection, line)
        context = MigrationContext.configure(connection, opts=_options(line, metadata, tables))
        script = produce_migrations(context, metadata)
        is_in_step = script.upgrade_ops is None or script.upgrade_ops.is_empty()
        upgrade = render_python_code(script.upgrade_ops, migration_context=context)  # type: ignore[arg-type]
        downgrade = render_python_code(script.downgrade_ops, migration_context=context)  # type: ignore[arg-type]
        outer.rollback()
    if is_in_step:
        return None
    head = directory(line).get_current_head()
    number = f"{int(head or 0) + 1:04}"
    slug = "_".join(title.casefold().split())
    path = ROOT / line / f"{number}_{slug}.py"
    path.write_text(
        _TEMPLATE.format(
            title=title, revision=number, down=head, upgrade=upgrade, downgrade=downgrade
        ),
        encoding="utf-8",
    )
    return path


def _options(line: str, metadata: MetaData, tables: frozenset[str] | None) -> dict[str, Any]:
    def wanted(name: str | None, kind: str, _: Any) -> bool:
        if kind == "schema":
            return name == ("control" if line == "control" else None)
        return (kind, name) != ("table", "revision")

    def chosen(_: Any, name: str | None, kind: str, *__: Any) -> bool:
        return kind != "table" or tables is None or name in tables

    return {
        "target_metadata": metadata,
        "compare_type": True,
        "include_schemas": line == "control",
        "include_name": wanted,
        "include_object": chosen,
    }


def metadata_of(line: str, tenants: MetaData) -> MetaData:
    """Return the models of a line that has any; ValueError for the cell's, written by hand."""
    if line == "control":
        return control_metadata
    if line == "tenants":
        return tenants
    raise ValueError("the cell's revisions are written by hand")

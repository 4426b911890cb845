"""Load a proven archive into a fresh schema: one transaction of the cell, all or nothing.

The schema is built at the archive's revision, filled table by table with COPY, encrypted with the
new workspace's key, and then brought to the newest revision, as any workspace is. What is killed
before the commit has left nothing but files, which the next attempt writes again.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, text

from control.archives.reading import Archive
from control.archives.tables import Table, Tally, stored, stored_columns, tables_in
from control.archives.writing import Progress, ledger_sums, lines_of, silent
from control.plane import TenantPlane
from control.provisioning.script import opening_script, role_script, run_in_cell
from kit import files, tenancy
from kit.crash import crash_point
from kit.db import cursor_of
from kit.db.migrating import highest_question, renumber, revisions
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.tenancy import Workspace

Change = Callable[[str, dict[str, Any]], dict[str, Any] | None]
"""What a sandbox makes of a row of a table; None leaves it out."""


def stands(connection: Connection, schema: str) -> bool:
    """Tell whether a workspace has been built in this cell."""
    found = connection.scalar(
        text("SELECT 1 FROM cell.workspaces WHERE workspace = :schema"), {"schema": schema}
    )
    return found is not None


def load_files(archive: Archive, workspace: Workspace) -> None:
    """Keep an archive's files for a workspace, each under its old key."""
    with tenancy.enter(workspace):
        for key in archive.manifest["files"]:
            with archive.file(key) as stream:
                files.keep(stream, key)  # type: ignore[arg-type]


def load(
    connection: Connection,
    archive: Archive,
    workspace: Workspace,
    plane: TenantPlane,
    *,
    change: Change | None = None,
    progress: Progress = silent,
) -> dict[str, int]:
    """Build a workspace from an archive in the open transaction; return each table's rows.

    `connection` is the migrator's. Refused when schema, rows or ledger differ from the manifest.
    """
    schema = workspace.schema
    steps = revisions("tenants")
    at = [step.id for step in steps].index(archive.revision) + 1
    run = partial(run_in_cell, connection, schema=schema, cell=workspace.cell)
    run(role_script(schema) + "\n".join(step.sql for step in steps[:at]))
    tables = tables_in(connection, schema, plane.metadata)
    _refuse_other_columns(archive, tables)
    done, total = 0, archive.rows
    loaded: dict[str, int] = {}
    with tenancy.enter(workspace):
        for table in tables:
            loaded[table.name] = _fill(
                connection,
                archive,
                table,
                change,
                partial(_further, progress, done, total),
            )
            done += archive.manifest["tables"][table.name]["rows"]
    numbered = [table.name for table in tables if any(one.name == "id" for one in table.columns)]
    highest = connection.scalar(text(highest_question(schema, numbered)))
    connection.execute(text(renumber(schema, highest)))
    crash_point("restore.loaded")
    later = "\n".join(step.sql for step in steps[at:])
    run(later + opening_script(plane, schema=schema))
    _refuse_other_counts(connection, loaded)
    if change is None:
        _refuse_other_sums(archive, ledger_sums(connection, plane))
    progress(total, total)
    return loaded


def _refuse_other_columns(archive: Archive, tables: list[Table]) -> None:
    ours = {table.name: [(one.name, one.type) for one in table.columns] for table in tables}
    theirs = {
        table.name: [(one.name, one.type) for one in table.columns] for table in archive.tables
    }
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            raise Refused(
                _(
                    "The archive was refused. %(name)s: %(what)s",
                    name="manifest.json",
                    what=_("the columns of %(name)s are not ours", name=name),
                )
            )


_TOLD_EVERY = 1_000


def _further(progress: Progress, so_far: int, total: int, rows: int) -> None:
    progress(so_far + rows, total)


def _fill(
    connection: Connection,
    archive: Archive,
    table: Table,
    change: Change | None,
    progress: Callable[[int], None],
) -> int:
    # The table is the one that was just built: no name of the archive reaches a statement.
    into = f"COPY {table.name} ({', '.join(stored_columns(table))}) FROM STDIN"
    rows = 0
    with cursor_of(connection) as cursor, cursor.copy(into) as copy:
        for number, line in enumerate(archive.lines(table), 1):
            values = line if change is None else change(table.name, line)
            if values is not None:
                copy.write_row(stored(table, values))
                rows += 1
            if number % _TOLD_EVERY == 0:
                progress(number)
    return rows


def _refuse_other_counts(connection: Connection, loaded: Mapping[str, int]) -> None:
    for name, rows in loaded.items():
        found = connection.scalar(text(f"SELECT count(*) FROM {name}"))  # noqa: S608 - ours
        if found != rows:
            raise Refused(
                _(
                    "After loading, %(name)s has %(found)s rows instead of %(rows)s.",
                    name=name,
                    found=found,
                    rows=rows,
                )
            )


def _refuse_other_sums(archive: Archive, sums: Mapping[str, int]) -> None:
    promised = archive.manifest["ledger"]
    for name in sorted(promised.keys() | sums.keys()):
        if promised.get(name) != sums.get(name):
            raise Refused(
                _(
                    "After loading, the ledger's sum %(name)s is %(found)s instead of %(sum)s.",
                    name=name,
                    found=sums.get(name),
                    sum=promised.get(name),
                )
            )


def fingerprints(
    connection: Connection, workspace: Workspace, plane: TenantPlane
) -> dict[str, tuple[int, str]]:
    """Return rows and content hash of every table as the open snapshot shows it."""
    found = {}
    with tenancy.enter(workspace):
        for table in tables_in(connection, workspace.schema, plane.metadata):
            tally = Tally()
            for line in lines_of(connection, table):
                tally.add(line)
            found[table.name] = (tally.rows, tally.fingerprint)
    return found

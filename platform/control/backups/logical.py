"""The fallback where no login may replicate: COPY as the migrator, a workspace at a time.

Each schema is read in one snapshot and one short transaction, so that a thousand of them never
hold more locks than one. The copies are of different moments, and nothing follows them: what was
done since is lost. A server that allows the physical copy should get it.
"""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from control.backups.storage import Manifest, ServerCopy
from kit.settings import get_settings

_TABLES = """
    SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = %s
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND a.attgenerated = '' GROUP BY c.relname ORDER BY c.relname
"""
# Keys go apart; see control.backups.keys.
_LEFT_OUT = {("control", "workspace_keys")}
TABLE_OF_CONTENTS = "contents.json"


def copy_all(folder: Path, *, say: Callable[[str], None]) -> list[ServerCopy]:
    """Copy the control plane and every cell into folders of a backup."""
    settings = get_settings()
    copies = [_copy_place(folder, "control", settings.migrator_url(), ["control"])]
    for cell, url in settings.cell_urls(migrator=True).items():
        with psycopg.connect(url, autocommit=True) as server:
            rows = server.execute("SELECT workspace FROM cell.workspaces ORDER BY 1").fetchall()
        schemas = ["cell", *(row[0] for row in rows)]
        say(f"copying {len(schemas)} schemas of cell {cell} …")
        copies.append(_copy_place(folder, f"cell-{cell}", url, schemas, place=cell))
    return copies


def _copy_place(
    folder: Path, name: str, url: str, schemas: list[str], *, place: str = "control"
) -> ServerCopy:
    target = folder / name
    target.mkdir(mode=0o700)
    with psycopg.connect(url) as server:
        for schema in schemas:
            _copy_schema(server, schema, target / f"{schema}.zip")
            server.rollback()
        version = server.info.parameter_status("server_version") or ""
        database = server.info.dbname
    return ServerCopy(name, [place], {place: database}, version)


def _copy_schema(server: "psycopg.Connection[tuple[Any, ...]]", schema: str, path: Path) -> None:
    server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    # Workspaces see only rows of their own in cell; the owner sees them all.
    contents: dict[str, Any] = {"schema": schema, "tables": {}}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for table, columns in server.execute(_TABLES, [schema]).fetchall():
            if (schema, table) in _LEFT_OUT:
                continue
            statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
                sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            with (
                archive.open(f"{table}.copy", "w", force_zip64=True) as file,
                server.cursor() as cursor,
            ):
                with cursor.copy(statement) as rows:
                    for block in rows:
                        file.write(block)
                contents["tables"][table] = {"columns": columns, "rows": cursor.rowcount}
        archive.writestr(TABLE_OF_CONTENTS, json.dumps(contents))


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """Return what is wrong with the archives: a broken one, or one without its contents."""
    found = []
    for part in manifest.parts:
        if not part.path.endswith(".zip"):
            continue
        try:
            with zipfile.ZipFile(folder / part.path) as archive:
                broken = archive.testzip()
                names = set(archive.namelist())
        except (OSError, zipfile.BadZipFile) as error:
            found.append(f"{part.path}: {error}")
            continue
        if broken or TABLE_OF_CONTENTS not in names:
            found.append(f"{part.path}: {broken or TABLE_OF_CONTENTS} is broken or missing")
    return found


def schemas_in(folder: Path, copy: ServerCopy) -> Iterator[tuple[str, zipfile.ZipFile]]:
    """Yield the schemas of a copy with their open archives: control and cell first."""
    paths = sorted((folder / copy.name).glob("*.zip"), key=lambda path: path.stem.startswith("t_"))
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            yield path.stem, archive

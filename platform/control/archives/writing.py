"""Write a workspace into an archive: one snapshot, as the workspace's own role, row by row."""

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from control.archives import container
from control.archives.tables import Lines, Table, Tally, tables_in
from control.plane import TenantPlane
from kit import clock, files, tenancy
from kit.db import Binding, bind, cursor_of, database
from kit.db.session import cell_key
from kit.errors import Missing
from kit.tenancy import Workspace

FORMAT = 1
MANIFEST = "manifest.json"
README = "README.txt"
_PIECE = 1 << 20

Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was written: its size, SHA-256 and manifest."""

    size: int
    sha256: str
    manifest: dict[str, Any]


def _engine(workspace: Workspace) -> Engine:
    return database.engines[cell_key(workspace.cell)]


@contextmanager
def snapshot(workspace: Workspace) -> Iterator[Connection]:
    """Open one unchanging view of a workspace, as its own role and read-only.

    Through the application's login: what the role may not read is not exported either.
    """
    binding = Binding(
        role=workspace.schema, schema=workspace.schema, read_only=True, statement_timeout_ms=0
    )
    with _engine(workspace).connect() as connection, connection.begin():
        bind(connection, binding)
        for statement in (
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SET LOCAL idle_in_transaction_session_timeout TO 0",
        ):
            connection.execute(text(statement))
        exact(connection)
        yield connection


def exact(connection: Connection) -> None:
    """Have the server write values as `tables` reads them, for the open transaction."""
    for setting in ("timezone TO 'UTC'", "datestyle TO 'ISO, YMD'", "bytea_output TO 'hex'"):
        connection.execute(text(f"SET LOCAL {setting}"))


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield a table's rows as lines, streamed from the server."""
    lines = Lines(table)
    with cursor_of(connection) as cursor, cursor.copy(f"COPY ({lines.select}) TO STDOUT") as copy:
        for row in copy.rows():
            yield lines.line(row)


def ledger_sums(connection: Connection, plane: TenantPlane) -> dict[str, int]:
    """Return the ledger's sums by name, as the open transaction sees them."""
    return {row.name: row.amount for row in connection.execute(text(plane.sums))}


def revision_of(connection: Connection) -> str:
    """Return the revision of the workspace whose role is set."""
    return str(
        connection.scalar(
            text("SELECT revision FROM cell.workspaces WHERE workspace = current_user")
        )
    )


def write_archive(
    target: Path,
    workspace: Workspace,
    plane: TenantPlane,
    *,
    master: bytes,
    salt: bytes,
    facts: Mapping[str, Any],
    with_files: bool = True,
    progress: Progress = silent,
) -> Made:
    """Write everything that a workspace owns into one archive at a path.

    `facts` are what is public of the workspace. The file appears whole or not at all.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with tenancy.enter(workspace), unfinished.open("wb") as stream:
            writer = container.Writer(stream, master, salt=salt)
            with zipfile.ZipFile(writer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
                manifest = _fill(
                    package, workspace, plane, facts, with_files=with_files, progress=progress
                )
            writer.finish()
            stream.flush()
            os.fsync(stream.fileno())
        with unfinished.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        made = Made(unfinished.stat().st_size, digest, manifest)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return made


def _fill(
    package: zipfile.ZipFile,
    workspace: Workspace,
    plane: TenantPlane,
    facts: Mapping[str, Any],
    *,
    with_files: bool,
    progress: Progress,
) -> dict[str, Any]:
    package.writestr(README, Path(__file__).with_name("readme.txt").read_text(encoding="utf-8"))
    manifest: dict[str, Any] = {
        "product": "simtree",
        "format": FORMAT,
        "made_at": clock.now().isoformat(),
        "workspace": dict(facts),
        "tables": {},
        "files": {},
    }
    with snapshot(workspace) as connection:
        manifest["revision"] = revision_of(connection)
        tables = tables_in(connection, workspace.schema, plane.metadata)
        keys = files.stored_keys() if with_files else []
        total = len(tables) + len(keys)
        for number, table in enumerate(tables):
            progress(number, total)
            manifest["tables"][table.name] = _table(
                package, connection, table, partial(progress, number, total)
            )
        manifest["ledger"] = ledger_sums(connection, plane)
    for number, key in enumerate(keys, len(tables)):
        progress(number, total)
        found = _file(package, key)
        if found is not None:
            manifest["files"][key] = found
    package.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    progress(total, total)
    return manifest


_ALIVE_EVERY = 5_000


def _table(
    package: zipfile.ZipFile, connection: Connection, table: Table, alive: Callable[[], None]
) -> dict[str, Any]:
    tally = Tally()
    with package.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as entry:
        for line in lines_of(connection, table):
            tally.add(line)
            entry.write(line)
            if tally.rows % _ALIVE_EVERY == 0:
                alive()
    return {
        "rows": tally.rows,
        "bytes": tally.size,
        "sha256": tally.digest.hexdigest(),
        "fingerprint": tally.fingerprint,
        "columns": [[column.name, column.type] for column in table.columns],
        "personal": list(table.personal),
    }


def _file(package: zipfile.ZipFile, key: str) -> dict[str, Any] | None:
    """Take a file in; None for one that was deleted since the list was made."""
    digest = hashlib.sha256()
    size = 0
    try:
        source = files.open_file(key)
    except Missing:
        return None
    with source, package.open(f"files/{key}", "w", force_zip64=True) as entry:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            entry.write(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}

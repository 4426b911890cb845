"""Bring a logical backup back into empty databases, made ready by install-database."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from control.backups import keys, logical, storage, uploads
from control.backups.storage import Manifest, ServerCopy
from control.plane import TenantPlane
from control.provisioning.migrate import migrate_cell, migrate_control
from control.provisioning.script import run_in_cell, schema_script
from kit import ids
from kit.db import make_engine
from kit.db.migrating import head, highest_question, renumber
from kit.errors import Refused
from kit.files.store import chosen
from kit.i18n import gettext as _
from kit.settings import get_settings

_EMPTY = "SELECT count(*) FROM pg_namespace WHERE nspname IN ('control', 'cell')"
_REFERENCES = """
    SELECT c.conrelid::regclass::text, c.confrelid::regclass::text
    FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
    WHERE c.contype = 'f' AND n.nspname = %s AND c.conrelid <> c.confrelid
"""
_IDENTITIES = """
    SELECT c.relname, a.attname FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'r' AND a.attidentity <> ''
"""


def restore(plane: TenantPlane, name: str, *, say: Callable[[str], None]) -> None:
    """Restore a logical backup; Refused, before anything is written, where it cannot be."""
    manifest = storage.read(name)
    urls = {"control": get_settings().migrator_url(), **get_settings().cell_urls(migrator=True)}
    _refuse_unfit(manifest, urls)
    folder = storage.root() / name
    for place, url in urls.items():
        engine = make_engine(url, name="restore")
        with engine.connect() as connection, connection.begin():
            if place == "control":
                migrate_control(connection)
            else:
                migrate_cell(connection, cell=place)
        engine.dispose()
    for copy in manifest.servers:
        (place,) = copy.places
        count = _load_place(plane, folder, copy, urls[place], place=place)
        say(f"{place}: {count} schemas restored.")
    restored = _restore_keys(name, urls["control"])
    files = uploads.restore(name, chosen(), later=False)
    say(f"{restored} keys, {files} files; everything as of {manifest.started_at}.")


def _refuse_unfit(manifest: Manifest, urls: dict[str, str]) -> None:
    for place in manifest.places:
        if place not in urls:
            raise Refused(_("The cell %(name)s is not configured here.", name=place))
    for line, revision in manifest.revisions.items():
        if head(line) != revision:
            raise Refused(
                _(
                    "The backup is of revision %(theirs)s of %(line)s, this release of %(ours)s.",
                    theirs=revision,
                    line=line,
                    ours=head(line),
                )
            )
    for place, url in urls.items():
        with psycopg.connect(url, autocommit=True) as server:
            row = server.execute(_EMPTY).fetchone()
        if row and row[0]:
            raise Refused(
                _("The database of %(place)s is not empty; a restore begins with nothing.",
                  place=place)
            )  # fmt: skip
    missing = keys.missing_masters(manifest.master_versions)
    if missing:
        raise Refused(
            _(
                "MASTER_KEYS lacks version %(versions)s, without which personal data stays shut.",
                versions=", ".join(map(str, missing)),
            )
        )
    damage = storage.damage(manifest)
    if damage:
        raise Refused(_("The backup is damaged: %(what)s", what="; ".join(damage[:5])))


def _load_place(plane: TenantPlane, folder: Path, copy: ServerCopy, url: str, *, place: str) -> int:
    schemas = [schema for schema, _archive in logical.schemas_in(folder, copy)]
    engine = make_engine(url, name="restore")
    for schema in schemas:
        if schema.startswith("t_"):
            with engine.connect() as connection, connection.begin():
                script = _script(connection, plane, schema)
                run_in_cell(connection, script, schema=schema, cell=place)
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as server:
        for schema, archive in logical.schemas_in(folder, copy):
            with server.transaction():
                _load_schema(server, schema, archive)
    return len(schemas)


def _script(connection: Connection, plane: TenantPlane, schema: str) -> str:
    """Return the script that makes a workspace; a lost database leaves its roles behind."""
    script = schema_script(plane, schema=schema)
    stands = connection.scalar(
        text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": schema}
    )
    if not stands:
        return script
    made = f"CREATE ROLE {schema} "
    return "\n".join(line for line in script.splitlines() if not line.startswith(made))


def _load_schema(
    server: "psycopg.Connection[tuple[Any, ...]]", schema: str, archive: zipfile.ZipFile
) -> None:
    tables: dict[str, Any] = json.loads(archive.read(logical.TABLE_OF_CONTENTS))["tables"]
    order = _in_order(server, schema, list(tables))
    for table in reversed(order):
        # Migrations and seeds may have put rows there.
        server.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(schema, table)))
    for table in order:
        known = tables[table]
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, known["columns"]))
        )
        with server.cursor() as cursor:
            with cursor.copy(statement) as rows, archive.open(f"{table}.copy") as file:
                while block := file.read(1 << 20):
                    rows.write(block)
            if cursor.rowcount != known["rows"]:
                raise Refused(
                    _("%(table)s has %(rows)s rows after the restore, not %(wanted)s.",
                      table=f"{schema}.{table}", rows=cursor.rowcount, wanted=known["rows"])
                )  # fmt: skip
    if schema not in {"control", "cell"}:
        numbered = [table for table in order if "id" in tables[table]["columns"]]
        found = server.execute(highest_question(schema, numbered)).fetchone()
        assert found is not None
        server.execute(renumber(schema, found[0]))
    for table, column in server.execute(_IDENTITIES, [schema]).fetchall():
        newest = server.execute(
            sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(
                sql.Identifier(column), sql.Identifier(schema, table)
            )
        ).fetchone()
        assert newest is not None
        # Apart from the question, which a cluster asks a node: its numbers are not ours.
        server.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s + 1, false)",
            [f"{schema}.{table}", column, newest[0]],
        )


def _in_order(
    server: "psycopg.Connection[tuple[Any, ...]]", schema: str, tables: list[str]
) -> list[str]:
    """Return tables so that each comes after those it refers to."""
    waits: dict[str, set[str]] = {table: set() for table in tables}
    for child, parent in server.execute(_REFERENCES, [schema]).fetchall():
        bare = (child.rpartition(".")[2], parent.rpartition(".")[2])
        if bare[0] in waits and bare[1] in waits:
            waits[bare[0]].add(bare[1])
    order: list[str] = []
    while waits:
        free = sorted(table for table, parents in waits.items() if parents <= set(order))
        if not free:
            raise Refused(_("The tables of %(schema)s refer to each other.", schema=schema))
        order += free
        for table in free:
            del waits[table]
    return order


def _restore_keys(name: str, url: str) -> int:
    found = keys.read(name)
    with psycopg.connect(url) as server:
        for key in found:
            server.execute(
                "INSERT INTO control.workspace_keys (public_id, created_at, workspace_id,"
                " key_version, wrapped) SELECT %s, now(), id, %s, decode(%s, 'base64')"
                " FROM control.workspaces WHERE schema = %s",
                [ids.new(), key["version"], key["wrapped"], key["schema"]],
            )
    return len(found)

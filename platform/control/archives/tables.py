"""Rows of a workspace as lines of JSON, and back: exact for every type that a table may have.

The columns are the schema's own, read from the catalogs, so that an archive made at one revision
can be loaded at that revision. Of an encrypted field the line has the text, not its ciphertext,
blind index and tail: those are made again with the new workspace's key.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, MetaData, text

from kit import crypto, ids
from kit.db import Encrypted, TenantModel

_COLUMNS = text("""
    SELECT c.relname AS table, a.attname AS column,
           format_type(a.atttypid, NULL) AS type
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = :schema AND c.relkind = 'r'
    ORDER BY c.relname, a.attnum
""")
_MODULUS = 1 << 256

SEALED, UNSEALED = "sealed", "unsealed"
Cell = str | None
"""A value as COPY writes and reads it."""


class UnknownType(TypeError):
    """A column has a type that archives have no exact form for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name and PostgreSQL's name of its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as an archive sees it: its columns in order, and its encrypted fields by name."""

    name: str
    columns: tuple[Column, ...]
    personal: Mapping[str, Encrypted] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()
    sealed: Mapping[str, str] = field(default_factory=dict)

    @property
    def made(self) -> frozenset[str]:
        """The columns that are made from an encrypted field's text."""
        ends = ("cipher", "index", "tail")
        return frozenset(f"{name}_{end}" for name in self.personal for end in ends)

    @property
    def plain(self) -> tuple[Column, ...]:
        """The columns that stand in the archive as they are."""
        return tuple(column for column in self.columns if column.name not in self.made)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a line, in order."""
        return (*(column.name for column in self.plain), *self.personal)


def carried_tables(metadata: MetaData) -> list[str]:
    """Return the names of the tables that archives hold, parents before children.

    Log-ins and one-time codes are not among them: they are worth nothing anywhere else.
    """
    transient = {
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in TenantModel.registry.mappers
        if getattr(mapper.class_, "transient", False)
    }
    return [table.name for table in metadata.sorted_tables if table.name not in transient]


def encrypted_fields() -> dict[str, dict[str, Encrypted]]:
    """Return the encrypted fields of every table of the tenant plane, by table and name."""
    found: dict[str, dict[str, Encrypted]] = {}
    for mapper in TenantModel.registry.mappers:
        for part in mapper.class_.__mro__:
            for name, value in vars(part).items():
                if isinstance(value, Encrypted):
                    found.setdefault(mapper.local_table.name, {})[name] = value  # type: ignore[attr-defined]
    return found


def secret_columns(metadata: MetaData) -> dict[str, frozenset[str]]:
    """Return the columns that hold the digest of a link's token, by table."""
    return {
        table.name: frozenset(column.name for column in table.columns if column.info.get("secret"))
        for table in metadata.sorted_tables
    }


def sealed_columns(metadata: MetaData, table: str) -> dict[str, str]:
    """Return the JSON columns of a table that may be sealed as a whole, with their labels."""
    return {
        column.name: column.info["sealed"]
        for column in metadata.tables[table].columns
        if "sealed" in column.info
    }


def tables_in(connection: Connection, schema: str, metadata: MetaData) -> list[Table]:
    """Return the tables of a schema that an archive holds, parents before children.

    RuntimeError for a table that this release does not know: it would be left out in silence.
    """
    columns: dict[str, list[Column]] = {}
    for row in connection.execute(_COLUMNS, {"schema": schema}):
        columns.setdefault(row.table, []).append(Column(row.column, row.type))
    unknown = columns.keys() - set(metadata.tables)
    if unknown:
        raise RuntimeError(f"tables that this release does not know: {sorted(unknown)}")
    return [
        describe(name, columns[name], metadata)
        for name in carried_tables(metadata)
        if name in columns
    ]


def describe(name: str, columns: list[Column], metadata: MetaData) -> Table:
    """Return a table of which the columns are known, with the fields that this release encrypts."""
    there = {column.name for column in columns}
    personal = {
        key: one
        for key, one in encrypted_fields().get(name, {}).items()
        if f"{key}_cipher" in there
    }
    secret = secret_columns(metadata).get(name, frozenset())
    return Table(name, tuple(columns), personal, secret, sealed_columns(metadata, name))


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _raw(value: str) -> str:
    return value


def _boolean(value: str) -> str:
    return "true" if value == "t" else "false"


def _instant(value: str) -> str:
    # The server writes 2026-08-01 04:00:00+00 and leaves out a fraction of nothing.
    day, _, rest = value.removesuffix("+00").partition(" ")
    whole, _, fraction = rest.partition(".")
    return f'"{day}T{whole}.{fraction:0<6}Z"'


def _bytes(value: str) -> str:
    return f'"{base64.b64encode(bytes.fromhex(value[2:])).decode()}"'


_WRITTEN: dict[str, Callable[[str], str]] = {
    "bigint": _raw,
    "integer": _raw,
    "smallint": _raw,
    "boolean": _boolean,
    "text": _quoted,
    "character varying": _quoted,
    "date": _quoted,
    "uuid": _quoted,
    "timestamp with time zone": _instant,
    "bytea": _bytes,
    "jsonb": _raw,
}
_ARRAYS = {f"{name}[]" for name in ("bigint", "integer", "text", "character varying")}


def selected(column: Column) -> str:
    """Return what is selected of a column so that COPY writes it as `line` expects."""
    if column.type in _ARRAYS:
        return f"to_json({column.name})"
    if column.type not in _WRITTEN:
        raise UnknownType(f"{column.name} is {column.type}")
    return column.name


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _cell(column: Column, value: Any) -> Cell:
    """Return a value of a line as COPY reads it; ValueError for one that cannot be."""
    if value is None:
        return None
    match column.type:
        case "bigint" | "integer" | "smallint" if _number(value):
            return str(value)
        case "boolean" if isinstance(value, bool):
            return "t" if value else "f"
        case "text" | "character varying" | "date" | "uuid" | "timestamp with time zone" if (
            isinstance(value, str) and "\x00" not in value
        ):
            return value
        case "bytea" if isinstance(value, str):
            return "\\x" + base64.b64decode(value, validate=True).hex()
        case "jsonb":
            return as_json(value)
        case kind if kind in _ARRAYS and isinstance(value, list):
            return "{" + ",".join(_element(one) for one in value) + "}"
    raise ValueError(f"{column.name} does not hold {column.type}")


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def as_json(value: Any) -> str:
    """Return JSON of what `parse` read, numbers with all the digits they came with."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except TypeError:
        pass
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        inside = ", ".join(f"{_quoted(key)}: {as_json(one)}" for key, one in value.items())
        return f"{{{inside}}}"
    return f"[{', '.join(as_json(one) for one in value)}]"


def parse(line: bytes) -> Any:
    """Return the value of a line; ValueError when it is no JSON."""
    return json.loads(line, parse_float=Decimal, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise ValueError(name)


class Lines:
    """Writes the rows of one table as lines; the workspace's keys must be at hand."""

    def __init__(self, table: Table) -> None:
        self._table = table
        picked = [column.name for column in table.plain]
        ciphers = [f"{name}_cipher" for name in table.personal]
        by_name = {column.name: column for column in table.columns}
        wanted = [by_name[name] for name in (*picked, *ciphers)]
        # Every name comes from the catalogs of a schema that our own revisions built.
        self.select = (
            f"SELECT {', '.join(selected(one) for one in wanted)} FROM {table.name}"  # noqa: S608
            f" ORDER BY {picked[0]}"
        )
        self._plain = [
            (f'"{one.name}": ', _WRITTEN.get(one.type, _raw), one.name in table.secret)
            for one in table.plain
        ]
        self._place = picked.index("public_id") if "public_id" in picked else -1
        self._sealed = [(picked.index(name), label) for name, label in table.sealed.items()]

    def line(self, row: tuple[Cell, ...]) -> bytes:
        """Return the line of a row that `select` gave, as COPY wrote it."""
        if self._sealed:
            row = self._opened(row)
        parts = [
            f"{key}{'null' if cell is None or hidden else written(cell)}"
            for (key, written, hidden), cell in zip(self._plain, row, strict=False)
        ]
        sealed = row[len(self._plain) :]
        for (name, one), cell in zip(self._table.personal.items(), sealed, strict=True):
            value = "null"
            if cell is not None:
                stored = bytes.fromhex(cell[2:])
                public_id = row[self._place] or ""
                value = _quoted(crypto.decrypt(stored, label=one.label, public_id=public_id))
            parts.append(f'"{name}": {value}')
        return f"{{{', '.join(parts)}}}\n".encode()

    def _opened(self, row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        cells = list(row)
        for place, label in self._sealed:
            value = json.loads(cells[place] or "null")
            if isinstance(value, dict) and set(value) == {SEALED}:
                stored = base64.b64decode(value[SEALED])
                text = crypto.decrypt(stored, label=label, public_id=row[self._place] or "")
                cells[place] = f'{{"{UNSEALED}": {text}}}'
        return tuple(cells)


def _seal(value: Any, label: str, public_id: str) -> Any:
    """Return a sealed column's value with this workspace's key; one that was never sealed as is."""
    if not isinstance(value, dict) or set(value) != {UNSEALED}:
        return value
    sealed = crypto.encrypt(as_json(value[UNSEALED]), label=label, public_id=public_id)
    return {SEALED: base64.b64encode(sealed).decode()}


def checked(table: Table, line: bytes) -> dict[str, Any]:
    """Return the values of a line; ValueError unless it has this table's keys and types."""
    values = parse(line)
    if not isinstance(values, dict) or tuple(values) != table.keys:
        raise ValueError("not this table's columns")
    for column in table.plain:
        _cell(column, values[column.name])
    for name in table.personal:
        if not isinstance(values[name], str | None):
            raise ValueError(f"{name} does not hold text")  # noqa: TRY004 - the archive is wrong
    return values


def stored_columns(table: Table) -> list[str]:
    """Return the columns that `stored` fills, in order."""
    return [column.name for column in table.columns]


def stored(table: Table, values: Mapping[str, Any]) -> list[Cell]:
    """Return a line's values as COPY reads them, encrypted for the open workspace."""
    cells: dict[str, Cell] = {
        column.name: _cell(column, values[column.name]) for column in table.plain
    }
    for name, label in table.sealed.items():
        cells[name] = as_json(_seal(values[name], label, str(values["public_id"])))
    for name in table.secret:
        cells[name] = crypto.digest(ids.secret())
    for name, one in table.personal.items():
        for column, value in one.stored(str(values["public_id"]), values[name] or "").items():
            cells[column] = "\\x" + value.hex() if isinstance(value, bytes) else value
    return [cells[name] for name in stored_columns(table)]


@dataclass(slots=True)
class Tally:
    """What is counted of a file: rows, bytes, SHA-256, and a hash that no order changes."""

    rows: int = 0
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    total: int = 0

    def add(self, line: bytes) -> None:
        """Count a line."""
        self.rows += 1
        self.size += len(line)
        self.digest.update(line)
        self.total += int.from_bytes(hashlib.sha256(line).digest(), "big")

    @property
    def fingerprint(self) -> str:
        """The sum of the lines' hashes: equal for equal rows in whatever order."""
        return f"{self.total % _MODULUS:064x}"

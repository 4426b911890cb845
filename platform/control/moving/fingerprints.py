"""Compare two copies of a workspace: rows, contents and sums of money, table by table."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from control.moving.copying import columns_of
from control.moving.plan import tables_of

_AMOUNTS = ("amount", "balance")
# A row's text depends on these.
_SETTINGS = (
    "SET LOCAL TimeZone TO 'UTC'; SET LOCAL DateStyle TO 'ISO, YMD';"
    " SET LOCAL IntervalStyle TO 'iso_8601'; SET LOCAL bytea_output TO 'hex';"
    " SET LOCAL extra_float_digits TO 1"
)


class Different(Exception):
    """The two copies differ; the message names the tables."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a table holds: how many rows, a number made of them all, and the sums of its money."""

    rows: int
    content: str
    sums: dict[str, int]


def fingerprints(connection: Connection, schema: str) -> dict[str, Fingerprint]:
    """Return the fingerprint of every table of a schema and of its background work."""
    for setting in _SETTINGS.split(";"):
        connection.execute(text(setting))
    found = {
        table: _of(connection, f"{schema}.{table}", columns_of(connection, schema, table))
        for table in tables_of(connection, schema)
    }
    found["cell.effects"] = _of(
        connection,
        f"(SELECT * FROM cell.effects WHERE workspace = '{schema}')",  # noqa: S608 - ours
        ["workspace", "outbox_id", "step", "created_at"],
    )
    found["cell.seals"] = _of(
        connection,
        f"(SELECT * FROM cell.seals WHERE workspace = '{schema}')",  # noqa: S608 - ours
        ["workspace", "number", "digest"],
    )
    found["cell.outbox"] = _of(
        connection,
        f"(SELECT * FROM cell.outbox WHERE workspace = '{schema}')",  # noqa: S608 - ours
        # How it stands may still be written in the source, by a worker that puts it off.
        ["workspace", "id", "kind", "body", "created_at"],
    )
    return found


def _of(connection: Connection, source: str, columns: list[str]) -> Fingerprint:
    amounts = [name for name in columns if name.endswith(_AMOUNTS)]
    sums = "".join(f', coalesce(sum("{name}"), 0) AS "{name}"' for name in amounts)
    whole = ", ".join(f'"{name}"' for name in columns)
    # Added up and not chained, so that no order is needed and nothing is sorted.
    row: Any = connection.execute(
        text(
            f"SELECT count(*) AS rows, coalesce(sum(('x' || substr(md5(ROW({whole})::text), 1, 15))"  # noqa: S608 - names of ours
            f"::bit(60)::bigint), 0)::text AS content{sums} FROM {source} t"
        )
    ).one()
    return Fingerprint(
        row.rows,
        row.content,
        {name: int(row._mapping[name]) for name in amounts},  # noqa: SLF001 - SQLAlchemy's public way
    )


def compare(here: Engine, there: Engine, schema: str) -> dict[str, Fingerprint]:
    """Return the fingerprints that both copies have; Different when they are not the same."""

    def take(engine: Engine) -> dict[str, Fingerprint]:
        with engine.connect() as connection, connection.begin():
            return fingerprints(connection, schema)

    with ThreadPoolExecutor(max_workers=2) as threads:
        one, other = threads.map(take, (here, there))
    wrong = sorted(
        table for table in one.keys() | other.keys() if one.get(table) != other.get(table)
    )
    if wrong:
        raise Different(", ".join(wrong))
    return one

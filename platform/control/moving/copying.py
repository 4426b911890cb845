"""Copy a workspace's rows from one cell to another: binary COPY, table after table."""

from collections.abc import Callable

from psycopg import sql
from sqlalchemy import Connection, text

from control.moving.plan import tables_of
from kit.db.pipes import pipe

_COLUMNS = text("""
    SELECT a.attname FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = cast(:table AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' ORDER BY a.attname
""")
_SEQUENCES = text("""
    SELECT sequencename, last_value FROM pg_catalog.pg_sequences
    WHERE schemaname = :schema AND last_value IS NOT NULL
""")
_JOBS = (
    (
        "outbox",
        (
            "workspace, id, kind, body, run_at, created_at, state, attempts, error, done, total,"
            " key, person, deadline_at, batch, follows, step, sends, begun_at, begun_done,"
            " ended_at, cancel_asked_at"
        ),
        # What was on its way there is sent anew from here; its effects tell what is done.
        (
            "workspace, id, kind, body, run_at, created_at,"
            " CASE WHEN state IN ('sent', 'running') THEN 'waiting' ELSE state END,"
            " attempts, error, done, total,"
            " key, person, deadline_at, batch, follows, step, sends, begun_at, begun_done,"
            " ended_at, cancel_asked_at"
        ),
    ),
    ("effects", "workspace, outbox_id, step, created_at", None),
    ("wishes", "workspace, outbox_id, wish, created_at", None),
    (
        "shares",
        "workspace, kind, weight, in_flight, per_minute, paused_at, reason",
        None,
    ),
    # The clock goes on from here: what was due and not written is written there.
    ("schedules", "workspace, name, next_at, last_at, job_id", None),
    ("work_days", "workspace, day, kind, state, count, seconds", None),
    (
        "seals",
        (
            "workspace, number, sealed_at, newest_at, first_id, last_id, row_ids, row_digests,"
            " previous, digest"
        ),
        None,
    ),
)


def columns_of(connection: Connection, schema: str, table: str) -> list[str]:
    """Return a table's columns that hold something of their own, by name."""
    return list(connection.scalars(_COLUMNS, {"table": f"{schema}.{table}"}))


def copy_tables(
    source: Connection,
    target: Connection,
    schema: str,
    *,
    told: Callable[[int, int], None],
    alive: Callable[[], None],
) -> None:
    """Copy every table, in the snapshot of the source's open transaction."""
    tables = tables_of(source, schema)
    for number, table in enumerate(tables):
        told(number, len(tables))
        columns = sql.SQL(", ").join(map(sql.Identifier, columns_of(source, schema, table)))
        whole = sql.SQL("{}.{} ({})").format(sql.Identifier(schema), sql.Identifier(table), columns)
        pipe(source, target, out=whole, into=whole, alive=alive)
    told(len(tables), len(tables))


def copy_jobs(
    source: Connection, target: Connection, schema: str, *, alive: Callable[[], None]
) -> None:
    """Copy what the workspace has in the cell's outbox, effects and seals; safe to repeat."""
    for table, columns, chosen in _JOBS:
        target.execute(
            text(f"DELETE FROM cell.{table} WHERE workspace = :schema"),  # noqa: S608 - ours
            {"schema": schema},
        )
        rows = sql.SQL("(SELECT {} FROM cell.{} WHERE workspace = {})").format(
            sql.SQL(chosen or columns), sql.Identifier(table), sql.Literal(schema)
        )
        into = sql.SQL("cell.{} ({})").format(sql.Identifier(table), sql.SQL(columns))
        pipe(source, target, out=rows, into=into, alive=alive)


def copy_sequences(source: Connection, target: Connection, schema: str) -> None:
    """Have the target's numbers go on where the source's have stopped."""
    for name, last in source.execute(_SEQUENCES, {"schema": schema}).all():
        target.execute(
            text("SELECT setval(cast(:name AS regclass), :last)"),
            {"name": f"{schema}.{name}", "last": last},
        )

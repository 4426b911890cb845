"""Taking rows in by the thousand: all of them or none, with what is wrong row by row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Table, Text, any_, cast, column, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.types import TypeEngine

from kit.db import session
from kit.errors import Refused
from kit.i18n import ngettext

CHUNK = 10_000
_Row = TypeVar("_Row")


class RowsRefused(Refused):
    """Rows of a set-based verb are wrong: `problems` has a sentence by the row's place."""

    def __init__(self, problems: Mapping[int, str]) -> None:
        first = next(iter(problems.values()))
        count = len(problems)
        super().__init__(
            first
            if count == 1
            else ngettext(
                "%(num)s row is wrong; nothing was saved. The first: %(problem)s",
                "%(num)s rows are wrong; nothing was saved. The first: %(problem)s",
                count,
                problem=first,
            )
        )
        self.problems = dict(problems)


def refuse_rows(problems: Sequence[str]) -> None:
    """Raise RowsRefused when any row has a problem."""
    found = {place: problem for place, problem in enumerate(problems) if problem}
    if found:
        raise RowsRefused(found)


def in_chunks(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """Yield rows ten thousand at a time."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def among(tested: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a text column is one of many values, sent as one array."""
    return tested == any_(cast(list(values), ARRAY(Text)))  # type: ignore[no-any-return]


def insert_columns(
    table: Table, columns: Mapping[str, Sequence[Any]], constants: Mapping[str, Any]
) -> int:
    """Insert rows given column by column, in chunks; return how many were new.

    One array for each column travels to the server, not one statement for each row: 100,000 rows
    take seconds. Rows that a unique index refuses are left out, so that the caller can tell. An
    array column is given as texts joined by commas.
    """
    size = len(next(iter(columns.values())))
    made = 0
    for start in range(0, size, CHUNK):
        part = {name: list(values[start : start + CHUNK]) for name, values in columns.items()}
        made += _insert_chunk(table, part, constants)
    return made


def _insert_chunk(
    table: Table, columns: Mapping[str, list[Any]], constants: Mapping[str, Any]
) -> int:
    def sent_as(name: str) -> TypeEngine[Any]:
        kind = table.c[name].type
        return kind.item_type if isinstance(kind, ARRAY) else kind

    arrays = [cast(values, ARRAY(sent_as(name))) for name, values in columns.items()]
    named = [column(name, sent_as(name)) for name in columns]
    source = func.unnest(*arrays).table_valued(*named, name="given").render_derived()
    picked = [
        func.string_to_array(source.c[name], ",")
        if isinstance(table.c[name].type, ARRAY)
        else source.c[name]
        for name in columns
    ]
    fixed = [literal(value, table.c[name].type) for name, value in constants.items()]
    statement = (
        upsert(table)
        .from_select([*columns, *constants], select(*picked, *fixed), include_defaults=False)
        .on_conflict_do_nothing()
        .execution_options(preserve_rowcount=True)
    )
    return session().execute(statement).rowcount  # type: ignore[attr-defined, no-any-return]

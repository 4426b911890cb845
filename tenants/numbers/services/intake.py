"""Taking rows in by the thousand: all of them or none, with what is wrong row by row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Table, Text, any_, cast, column, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.types import TypeEngine

from kit.db import affected, session
from kit.errors import Refused
from kit.i18n import ngettext

CHUNK = 10_000
_BETWEEN = "\x1f"
_NULL = "\x1e"
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
    table: Table, columns: Mapping[str, Sequence[str | None]], constants: Mapping[str, Any]
) -> int:
    """Insert rows given column by column as texts, in chunks; return how many were new.

    One joined text for each column travels to the server and is taken apart there, so 100,000
    rows cost seconds: sent as statements or as arrays, writing them out would cost most of the
    time. Rows that a unique index refuses are left out, so that the caller can tell. Flags are "t"
    or "f", arrays are joined by commas, what is None becomes NULL.
    """
    size = len(next(iter(columns.values())))
    made = 0
    for start in range(0, size, CHUNK):
        part = {name: values[start : start + CHUNK] for name, values in columns.items()}
        made += _insert_chunk(table, part, constants)
    return made


def _insert_chunk(
    table: Table, columns: Mapping[str, Sequence[str | None]], constants: Mapping[str, Any]
) -> int:
    sent = [
        # The text ends with one more separator, as an empty text would be no value at all.
        func.trim_array(func.string_to_array(literal(_joined(values), Text), _BETWEEN, _NULL), 1)
        for values in columns.values()
    ]
    named = [column(name, Text) for name in columns]
    source = func.unnest(*sent).table_valued(*named, name="given").render_derived()
    picked = [_read(source.c[name], table.c[name].type) for name in columns]
    fixed = [literal(value, table.c[name].type) for name, value in constants.items()]
    statement = (
        upsert(table)
        .from_select([*columns, *constants], select(*picked, *fixed), include_defaults=False)
        .on_conflict_do_nothing()
        .execution_options(preserve_rowcount=True)
    )
    return affected(session().execute(statement))


def _joined(values: Sequence[str | None]) -> str:
    joined = _BETWEEN.join(_NULL if value is None else value for value in values) + _BETWEEN
    if joined.count(_BETWEEN) != len(values):
        raise ValueError("a value holds the character that stands between values")
    return joined


def _read(text: ColumnElement[str], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    if isinstance(kind, ARRAY):
        return func.string_to_array(text, ",")
    return text if isinstance(kind, Text) else cast(text, kind)

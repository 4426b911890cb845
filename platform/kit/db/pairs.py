"""Text that holds other text, by an index on its pairs of characters.

`LIKE '%x%'` reads every row; a GIN index on the pairs (bigrams) of a column finds the few that can
hold two or more characters, and the LIKE then decides. The pairs are an expression of functions
that PostgreSQL itself has, so no column must be kept in step and the embedded server, which has no
extensions, can do it too.
"""

from typing import Any

from sqlalchemy import Index, and_, cast, literal_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import Text


def pairs_sql(column: str) -> str:
    """Return the SQL of a column's pairs: those that begin at odd places, then the others."""
    cut = "regexp_replace({}, '(..)', '\\1' || chr(31), 'g')"
    odd, even = cut.format(column), cut.format(f"substr({column}, 2)")
    return f"string_to_array(({odd} || chr(31)) || {even}, chr(31))"


def pairs_index(name: str, column: str) -> Index:
    """Return the index that `holds` uses, for the arguments of a model's table."""
    return Index(name, literal_column(pairs_sql(column)), postgresql_using="gin")


def pairs_of(text: str) -> list[str]:
    """Return the pairs of characters of a text, each once."""
    return list(dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1)))


def holds(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a column with such an index holds a text, letter by letter."""
    matches: ColumnElement[bool] = column.contains(text, autoescape=True)
    pairs = pairs_of(text)
    if not pairs:
        return matches
    # Word for word the index's expression: a parameter within it would be another one.
    of_column: Any = literal_column(pairs_sql(f"{column.table.name}.{column.name}"), ARRAY(Text))
    return and_(of_column.op("@>", is_comparison=True)(cast(pairs, ARRAY(Text))), matches)

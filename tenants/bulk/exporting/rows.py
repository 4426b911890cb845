"""The rows of a list as cells, as a person may see them at this moment."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from werkzeug.datastructures import MultiDict

from kit.db import session
from kit.errors import Forbidden, Refused
from kit.i18n import gettext as _
from kit.web import Column, Formula, Source
from kit.web.listing.columns import Cell
from tenants.accounts.models import User

AT_ONCE = 2_000
MOST = 200_000
_PART = 1_000
Args = MultiDict[str, str]
Row = list[Cell]


@dataclass(frozen=True)
class Selection:
    """What leaves: the list's rows under its filters, and the columns in their order."""

    source: Source
    statement: Select[Any]
    columns: Sequence[Column]
    cells: Sequence[Callable[[Sequence[Any]], list[Cell]]]
    """For each column what gives the cells of many rows."""

    def count(self) -> int:
        """Return how many rows there are; stops beyond the most that may leave."""
        ordered = self.statement.order_by(None)
        identity = self.source.listing.ordering(self.statement, "").identity
        inner = ordered.with_only_columns(identity).limit(MOST + 1).subquery()
        return session().scalar(select(func.count()).select_from(inner)) or 0

    def rows(self) -> Iterator[tuple[Any, Row]]:
        """Yield each row with its cells, a thousand from the server at a time."""
        cells = self.cells
        result = session().execute(
            self.statement.limit(MOST), execution_options={"yield_per": _PART}
        )
        described = self.statement.column_descriptions
        only = described[0] if len(described) == 1 else {}
        is_entity = isinstance(only.get("entity"), type) and only["expr"] is only["entity"]
        for rows in (result.scalars() if is_entity else result).partitions():
            columns = [many(rows) for many in cells]
            yield from zip(rows, map(list, zip(*columns, strict=True)), strict=True)


def as_args(filters: Mapping[str, Sequence[str]]) -> Args:
    """Return the parameters of a list's address from how an export keeps them."""
    return MultiDict([(name, value) for name, values in filters.items() for value in values])


def kept_args(args: Args) -> dict[str, list[str]]:
    """Return what an export keeps of a list's address: filters, tab and order, no pages."""
    passing = {"page", "size", "after", "before", "export", "csrf_token"}
    return {name: values for name, values in args.lists() if name not in passing and any(values)}


def refuse_stranger(source: Source, person: User, *, revealed: bool) -> None:
    """Raise Forbidden when a person may not see a list, or not its personal data in full."""
    if source.permission is not None and not person.can(source.permission):
        raise Forbidden(str(source.permission))
    if revealed and (source.reveal is None or not person.can(source.reveal)):
        raise Forbidden(str(source.reveal))


def select_rows(
    source: Source, args: Args, fields: Sequence[str], *, person: User, revealed: bool
) -> Selection:
    """Return what leaves of a list for a person, with his rights and reach of this moment.

    Refused names a filter that makes no sense: without it, too much would leave.
    """
    refuse_stranger(source, person, revealed=revealed)
    listing = source.listing
    values, errors = listing.read(args)
    if errors:
        raise Refused(_("The list's filters make no sense: %(why)s", why=" ".join(errors.values())))
    chosen = listing.narrow(source.statement(person, args), values)
    if listing.tabs is not None:
        chosen = listing.tabs.apply(chosen, listing.tabs.read(args))
    ordering = listing.ordering(chosen, args.get("sort", ""))
    known = {column.name: column for column in source.columns}
    columns = [known[name] for name in fields if name in known]
    if not columns:
        raise Refused(_("Choose at least one field."), field="fields")
    return Selection(
        source,
        ordering.sort(chosen),
        columns,
        [_cells_of(source, column, revealed=revealed) for column in columns],
    )


def _cells_of(
    source: Source, column: Column, *, revealed: bool
) -> Callable[[Sequence[Any]], list[Cell]]:
    full = source.full.get(column.name) if revealed else None
    if full is None:
        return column.many_writer()
    return lambda rows: [None if value is None else str(value) for value in map(full, rows)]


def default_fields(source: Source) -> list[str]:
    """Return the fields that leave unless somebody chooses: those that the list shows."""
    extra = {column.name for column in source.extra}
    return [one.name for one in source.columns if not one.hidden and one.name not in extra]


def categories(source: Source) -> list[Column]:
    """Return the columns by whose values a workbook may have its sheets."""
    return [one for one in source.columns if one.kind == "tag"]


def is_formula(column: Column) -> bool:
    """Tell whether a column is reckoned from others."""
    return isinstance(column, Formula) and bool(column.formula)

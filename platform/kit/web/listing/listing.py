"""The declaration of a list, and how it answers a request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from flask import request
from sqlalchemy import Select, func, literal, select, union_all
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from kit.i18n import gettext as _
from kit.web import answers
from kit.web.listing.columns import BulkAction, Column, RowAction
from kit.web.listing.export import OnExport, send_sheet, sent_by_centre
from kit.web.listing.filters import Args, BadFilter, Filter, StatusTabs
from kit.web.listing.order import Ordering
from kit.web.listing.page import ListingPage

COUNTED = 10_000
"""Matches are counted, and pages numbered, up to here."""
TAB_COUNTED = 999
SIZES = (20, 50, 100)
_RESERVED = frozenset({"page", "size", "sort", "after", "before", "export"})


@dataclass(frozen=True)
class Listing:
    """A list, declared once.

    `key` is the path to a row's public id; `identity` the numeric id that breaks ties, taken
    from the statement's column `id` unless given. `row_url` opens a row, in the drawer unless
    `drawer` is off.
    """

    name: str
    columns: Sequence[Column]
    _: KW_ONLY
    filters: Sequence[Filter] = ()
    tabs: StatusTabs | None = None
    page_size: int = 20
    default_sort: str = "-id"
    row_url: Callable[[Any], str] | None = None
    drawer: bool = True
    actions: Sequence[RowAction] = ()
    bulk: Sequence[BulkAction] | Callable[[], Sequence[BulkAction]] = ()
    exportable: bool = True
    key: str = "public_id"
    key_column: Any = None
    identity: Any = None
    row_class: Callable[[Any], str] | None = None
    empty_title: object = ""
    empty_hint: object = ""
    empty_icon: str = "inbox"

    def __post_init__(self) -> None:
        names = [name for one in self.filters for name in one.names]
        names += [self.tabs.name] if self.tabs else []
        clash = {name for name in names if names.count(name) > 1} | (_RESERVED & set(names))
        if clash:
            raise ValueError(f"list {self.name}: parameters used twice or reserved: {clash}")

    def asked(self, args: Mapping[str, str]) -> str:
        """Return the filters that an address sets, in the words of the query form."""
        words = [one.words(args) for one in self.filters]
        if self.tabs and args.get(self.tabs.name):
            label = dict(self.tabs.options).get(args[self.tabs.name], args[self.tabs.name])
            words.append(str(label))
        return str(_("; ")).join(one for one in words if one)

    def respond(
        self,
        statement: Select[Any],
        session: Any,
        template: str,
        *,
        on_export: OnExport | None = None,
        **context: Any,
    ) -> Response:
        """Answer the request: the page as `listing` in the template, or the spreadsheet.

        `on_export(count, args)` logs an export before a byte leaves; it may refuse.
        """
        if request.args.get("export") == "xlsx" and self.exportable:
            sent = sent_by_centre(self, request.args)
            if sent is not None:
                return sent
            return self.export(statement, session, args=request.args, on_export=on_export)
        return answers.page(
            template, listing=self.page(statement, session, args=request.args), **context
        )

    def page(self, statement: Select[Any], session: Any, *, args: Args) -> ListingPage:
        """Return one page of what the filters in the address select."""
        values, errors = self.read(args)
        filtered = self.narrow(statement, values)
        tab = self.tabs.read(args) if self.tabs else ""
        chosen = self.tabs.apply(filtered, tab) if self.tabs else filtered
        ordering = self.ordering(chosen, args.get("sort", ""))
        size = _number(args.get("size"), self.page_size)
        size = size if size in {*SIZES, self.page_size} else self.page_size
        total = session.scalar(_capped_count(chosen, ordering, COUNTED + 1))
        number = _number(args.get("page"), 1)
        window = _Window(self, chosen, ordering, size, session)
        if total > COUNTED:
            rows, before, after = window.by_key(args)
        else:
            number = min(max(number, 1), max(1, -(-total // size)))
            rows, before, after = window.by_number(number, total)
        return ListingPage(
            listing=self,
            rows=rows,
            total=total,
            counted=COUNTED,
            number=number,
            size=size,
            has_previous=before,
            has_next=after,
            ordering=ordering,
            values=values,
            errors=errors,
            tab=tab,
            tab_counts=self._tab_counts(filtered, ordering, session),
            args=MultiDict(args),
        )

    def export(
        self,
        statement: Select[Any],
        session: Any,
        *,
        args: Args,
        on_export: OnExport | None = None,
    ) -> Response:
        """Send what the filters select as a spreadsheet, at most 10,000 rows."""
        values, _errors = self.read(args)
        chosen = self.narrow(statement, values)
        if self.tabs:
            chosen = self.tabs.apply(chosen, self.tabs.read(args))
        ordering = self.ordering(chosen, args.get("sort", ""))
        rows = fetch(ordering.sort(chosen).limit(COUNTED), session)
        return send_sheet(self.name, self.columns, rows, args=args, on_export=on_export)

    def read(self, args: Args) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the filters' values, and the sentences for those that make no sense."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for one in self.filters:
            try:
                value = one.read(args)
            except BadFilter as error:
                errors[one.name] = str(error)
                continue
            if value is not None:
                values[one.name] = value
        return values, errors

    def narrow(self, statement: Select[Any], values: dict[str, Any]) -> Select[Any]:
        """Return the statement with every filter applied; the tab is not a filter."""
        for one in self.filters:
            if one.name in values:
                statement = one.apply(statement, values[one.name])
        return statement

    def ordering(self, statement: Select[Any], wanted: str) -> Ordering:
        """Return the order asked for if a column declares it, else the default."""
        sortable = {column.name: column.sort for column in self.columns if column.sort is not None}
        sortable.setdefault("id", self._identity(statement))
        if wanted.removeprefix("-") not in sortable:
            wanted = self.default_sort
        name = wanted.removeprefix("-")
        column = sortable[name]
        if isinstance(column, str):
            column = statement.selected_columns[column]
        return Ordering(name, column, self._identity(statement), wanted.startswith("-"))

    def _identity(self, statement: Select[Any]) -> Any:
        return statement.selected_columns["id"] if self.identity is None else self.identity

    def bulk_actions(self) -> Sequence[BulkAction]:
        """Return what can be done with selected rows, now, by this person."""
        return self.bulk() if callable(self.bulk) else self.bulk

    def _tab_counts(
        self, filtered: Select[Any], ordering: Ordering, session: Any
    ) -> dict[str, int]:
        if self.tabs is None or not self.tabs.counts:
            return {}
        # One statement of capped counts, not one GROUP BY: grouping a million rows reads them
        # all, and grouping the first few thousand would tell lies about the rest.
        parts = []
        for value in ("", *(value for value, _label in self.tabs.options)):
            inner = _only(self.tabs.apply(filtered, value), ordering).limit(TAB_COUNTED + 1)
            counted = select(func.count()).select_from(inner.subquery()).scalar_subquery()
            parts.append(select(literal(value), counted))
        return {value: count for value, count in session.execute(union_all(*parts))}  # noqa: C416 - rows, not pairs


@dataclass(frozen=True)
class _Window:
    """The rows of one page, by number or by the row to go on from."""

    listing: Listing
    statement: Select[Any]
    ordering: Ordering
    size: int
    session: Any

    def by_number(self, number: int, total: int) -> tuple[list[Any], bool, bool]:
        ordered = self.ordering.sort(self.statement)
        rows = fetch(ordered.limit(self.size).offset((number - 1) * self.size), self.session)
        return rows, number > 1, number * self.size < total

    def by_key(self, args: Args) -> tuple[list[Any], bool, bool]:
        after, before = args.get("after"), args.get("before")
        backwards = bool(before) and not after
        mark = self._mark(before if backwards else after)
        backwards = backwards and mark is not None
        statement = self.statement
        if mark is not None:
            statement = self.ordering.beyond(statement, *mark, backwards=backwards)
        ordered = self.ordering.sort(statement, backwards=backwards)
        rows = fetch(ordered.limit(self.size + 1), self.session)
        more = len(rows) > self.size
        rows = rows[: self.size]
        if backwards:
            # Going back to the start shows a full first page, not what happens to be left.
            if not more and len(rows) < self.size:
                return self.by_key(MultiDict())
            return rows[::-1], more, True
        return rows, mark is not None, more

    def _mark(self, key: str | None) -> tuple[Any, Any] | None:
        """Look up a row by its public id: the address carries neither its values nor its id."""
        if not key:
            return None
        column = self.listing.key_column
        if column is None:
            column = self.statement.selected_columns[self.listing.key.rpartition(".")[2]]
        found = self.session.execute(
            self.statement.where(column == key)
            .with_only_columns(self.ordering.column, self.ordering.identity)
            .order_by(None)
            .limit(1)
        ).first()
        return None if found is None else (found[0], found[1])


def fetch(statement: Select[Any], session: Any) -> list[Any]:
    """Return the rows: objects when one entity is selected, else rows with names."""
    described = statement.column_descriptions
    result = session.execute(statement)
    only = described[0] if len(described) == 1 else {}
    if isinstance(only.get("entity"), type) and only["expr"] is only["entity"]:
        return list(result.scalars())
    return list(result)


def _only(statement: Select[Any], ordering: Ordering) -> Select[Any]:
    return statement.with_only_columns(ordering.identity).order_by(None)


def _capped_count(statement: Select[Any], ordering: Ordering, limit: int) -> Select[Any]:
    return select(func.count()).select_from(_only(statement, ordering).limit(limit).subquery())


def _number(text: str | None, default: int) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 6:
        return default
    return int(text)

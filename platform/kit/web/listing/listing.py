"""The declaration of a list, and how it answers a request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

from flask import request
from sqlalchemy import Select, func, literal, select, union_all
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from kit.errors import Refused
from kit.i18n import gettext as _
from kit.web import answers
from kit.web.desk import NOTHING, Arrangement
from kit.web.frame import current_frame
from kit.web.listing import asked as asking
from kit.web.listing import bulk, sums
from kit.web.listing.asked import Asked
from kit.web.listing.bulk import MOST_SELECTED
from kit.web.listing.columns import BulkAction, Column, RowAction
from kit.web.listing.export import OnExport, noted_by_centre, send_sheet, sent_by_centre
from kit.web.listing.filters import Args, BadFilter, Filter, StatusTabs
from kit.web.listing.order import Ordering
from kit.web.listing.page import ListingPage
from kit.web.listing.sums import Grouping
from kit.web.listing.window import Jump, Window, fetch

COUNTED = 10_000
"""Matches are counted, and pages numbered, up to here."""
TAB_COUNTED = 999
PRINTED = 1_000
"""At most so many rows stand on paper."""
SIZES = (20, 50, 100)
_WHOLE = "="
PRINT_LAYOUT = "kit/print.html"


@dataclass(frozen=True)
class Listing:
    """A list, declared once.

    `key` is the path to a row's public id; `identity` the numeric id that breaks ties, taken
    from the statement's column `id` unless given. `row_url` opens a row, in the drawer unless
    `drawer` is off. `also` are parameters of the address that the view itself reads. `jump` turns
    what a person types into the id to begin at, where a list that is sorted by its id has one
    that people know: a date, a number.
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
    groupings: Sequence[Grouping] = ()
    exportable: bool = True
    key: str = "public_id"
    key_column: Any = None
    identity: Any = None
    jump: Jump | None = None
    jump_hint: object = ""
    also: Sequence[str] = ()
    row_class: Callable[[Any], str] | None = None
    empty_title: object = ""
    empty_hint: object = ""
    empty_icon: str = "inbox"

    def __post_init__(self) -> None:
        names = [name for one in self.filters for name in one.names]
        names += [self.tabs.name] if self.tabs else []
        clash = {name for name in names if names.count(name) > 1} | (asking.RESERVED & set(names))
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

        `on_export(count, args)` logs an export or a print before a byte leaves; it may refuse.
        """
        args = request.args
        if args.get("export") == "xlsx" and self.exportable:
            return sent_by_centre(self, args) or self.export(
                statement, session, args=args, on_export=on_export
            )
        if args.get("print") == "yes":
            shown = self.paper(statement, session, args=args)
            if not noted_by_centre(self, args, len(shown.rows)) and on_export is not None:
                on_export(len(shown.rows), args)
            return answers.page(template, listing=shown, layout=PRINT_LAYOUT, **context)
        if args.get("part") == "totals":
            shown = self.page(statement, session, args=args, only_totals=True)
            return answers.page("kit/listing_totals.html", listing=shown)
        shown = replace(self.page(statement, session, args=args), answers_parts=True)
        return answers.page(template, listing=shown, **context)

    def page(
        self, statement: Select[Any], session: Any, *, args: Args, only_totals: bool = False
    ) -> ListingPage:
        """Return one page of what the filters in the address select."""
        arrangement = self.arrangement()
        asked = asking.read(self, args, arrangement)
        shown = self._bare(statement, asked, arrangement)
        if asked.is_wrong:
            return shown
        filtered = self.narrow(statement, asked.values)
        chosen = self.tabs.apply(filtered, asked.tab) if self.tabs else filtered
        if only_totals:
            return replace(shown, totals=sums.totals(chosen, self.columns, session))
        total, tab_counts = self._counts(filtered, chosen, shown.ordering, session)
        shown = replace(
            shown,
            total=total,
            tab_counts=tab_counts,
            keyed=total > COUNTED or any(asked.args.get(name) for name in asking.PLACES[1:]),
        )
        if grouping := self.grouping(asked.args):
            return replace(shown, groups=self._groups(chosen, grouping, session, asked.args))
        window = Window(self, statement, chosen, shown.ordering, shown.size, session)
        if not shown.keyed:
            number = min(max(_number(asked.args.get("page"), 1), 1), shown.pages)
            rows, before, after = window.by_number(number, total)
            return replace(shown, rows=rows, number=number, has_previous=before, has_next=after)
        try:
            rows, before, after = window.by_key(asked.args)
        except BadFilter as error:
            return replace(shown, faults=[str(error)], total=0, tab_counts={}, keyed=False)
        return replace(shown, rows=rows, has_previous=before, has_next=after)

    def paper(self, statement: Select[Any], session: Any, *, args: Args) -> ListingPage:
        """Return what the filters select for paper: no pages, at most PRINTED rows, the sums."""
        arrangement = self.arrangement()
        asked = asking.read(self, args, arrangement)
        shown = replace(self._bare(statement, asked, arrangement), on_paper=True)
        if asked.is_wrong:
            return shown
        chosen = self._chosen(statement, asked)
        if grouping := self.grouping(asked.args):
            found = self._groups(chosen, grouping, session, asked.args)
            return replace(shown, total=len(found.rows), groups=replace(found, chart="table"))
        rows = fetch(shown.ordering.sort(chosen).limit(PRINTED + 1), session)
        totals = sums.totals(chosen, self.columns, session) if self.has_totals and rows else None
        return replace(shown, rows=rows[:PRINTED], total=len(rows), totals=totals)

    def export(
        self,
        statement: Select[Any],
        session: Any,
        *,
        args: Args,
        on_export: OnExport | None = None,
    ) -> Response:
        """Send what the filters select as a spreadsheet, at most 10,000 rows.

        Refused where the address makes no sense: never the whole list instead of a part.
        """
        asked = self.understood(args)
        chosen = self._chosen(statement, asked)
        ordering = self.ordering(chosen, asked.args.get("sort", ""))
        rows = fetch(ordering.sort(chosen).limit(COUNTED), session)
        return send_sheet(self.name, self.columns, rows, args=asked.args, on_export=on_export)

    def selected(
        self,
        statement: Select[Any],
        session: Any,
        form: Any,
        *,
        most: int = MOST_SELECTED,
    ) -> list[str]:
        """Return the keys that a bulk action was sent: rows one by one, or all that match.

        `statement` is the list as its view gives it to `respond`. Refuses more than `most`, what
        one request can work through, and conditions that make no sense.
        """
        if form.get("all_matching") != "yes":
            return bulk.selected_keys(form, most=most)
        asked = self.understood(MultiDict(asking.parsed(form.get("query", ""))))
        chosen = self._chosen(statement, asked)
        ordering = self.ordering(chosen, asked.args.get("sort", ""))
        keys = ordering.sort(chosen).with_only_columns(self.key_of(chosen))
        found = list(session.scalars(keys.limit(most + 1)))
        bulk.refuse_too_many(len(found), most=most)
        return [str(key) for key in found]

    def understood(self, args: Args) -> Asked:
        """Return what an address asks; refuses one that makes no sense."""
        asked = asking.read(self, args, self.arrangement())
        if asked.is_wrong:
            raise Refused(asked.sentences[0])
        return asked

    def read(self, args: Args) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the filters' values, and the sentences for those that make no sense."""
        asked = asking.read(self, args, NOTHING)
        return asked.values, asked.errors

    def arrangement(self) -> Arrangement:
        """Return how the person of this request has this list."""
        desk = current_frame().desk
        return NOTHING if desk is None else desk.arrangement(self.name)

    def narrow(self, statement: Select[Any], values: dict[str, Any]) -> Select[Any]:
        """Return the statement with every filter applied; the tab is not a filter."""
        for one in self.filters:
            if one.name in values:
                statement = one.apply(statement, values[one.name])
        return statement

    def ordering(self, statement: Select[Any], wanted: str) -> Ordering:
        """Return the order asked for if a column declares it, else the default."""
        if not self._sorts_by(wanted):
            wanted = self.default_sort
        name = wanted.removeprefix("-")
        column = next((one.sort for one in self.columns if one.name == name), None)
        if column is None:
            column = self._identity(statement)
        if isinstance(column, str):
            column = statement.selected_columns[column]
        return Ordering(name, column, self._identity(statement), wanted.startswith("-"))

    def wrong_shapes(self, args: Args) -> list[str]:
        """Return a sentence for an order or a grouping that this list does not have."""
        found = []
        if (wanted := args.get("sort", "")) and not self._sorts_by(wanted):
            name = asking.readable(wanted.removeprefix("-"))
            found.append(_("This list cannot be sorted by “%(name)s”.", name=name))
        if (wanted := args.get("group", "")) and self.grouping(args) is None:
            name = asking.readable(wanted)
            found.append(_("This list cannot be grouped by “%(name)s”.", name=name))
        return found

    def grouping(self, args: Args) -> Grouping | None:
        """Return the grouping in the address."""
        return next((one for one in self.groupings if one.name == args.get("group")), None)

    @property
    def has_totals(self) -> bool:
        return any(column.total is not None for column in self.columns)

    def key_of(self, statement: Select[Any]) -> Any:
        """Return the column of the public id."""
        if self.key_column is not None:
            return self.key_column
        return statement.selected_columns[self.key.rpartition(".")[2]]

    def bulk_actions(self) -> Sequence[BulkAction]:
        """Return what can be done with selected rows, now, by this person."""
        return self.bulk() if callable(self.bulk) else self.bulk

    def _bare(self, statement: Select[Any], asked: Asked, arrangement: Arrangement) -> ListingPage:
        size = _number(asked.args.get("size"), self.page_size)
        return ListingPage(
            listing=self,
            asked=asked,
            arrangement=arrangement,
            counted=COUNTED,
            size=size if size in {*SIZES, self.page_size} else self.page_size,
            ordering=self.ordering(statement, asked.args.get("sort", "")),
            faults=list(asked.faults),
        )

    def _chosen(self, statement: Select[Any], asked: Asked) -> Select[Any]:
        chosen = self.narrow(statement, asked.values)
        return self.tabs.apply(chosen, asked.tab) if self.tabs else chosen

    def _groups(
        self, chosen: Select[Any], grouping: Grouping, session: Any, args: Args
    ) -> sums.Groups:
        chart = args.get("chart", "")
        return sums.groups(
            chosen,
            self.columns,
            grouping,
            session,
            chart=chart if chart in sums.CHARTS else sums.CHARTS[0],
            measure=args.get("measure", ""),
        )

    def _sorts_by(self, wanted: str) -> bool:
        name = wanted.removeprefix("-")
        return name == "id" or any(
            column.name == name and column.sort is not None for column in self.columns
        )

    def _identity(self, statement: Select[Any]) -> Any:
        return statement.selected_columns["id"] if self.identity is None else self.identity

    def _counts(
        self, filtered: Select[Any], chosen: Select[Any], ordering: Ordering, session: Any
    ) -> tuple[int, dict[str, int]]:
        """Return how many match, and how many on each tab, in one statement; all are capped."""
        if self.tabs is None or not self.tabs.counts:
            return session.scalar(_counted(chosen, ordering, COUNTED + 1)), {}
        # Capped counts one by one, not one GROUP BY: grouping a million rows reads them all, and
        # grouping the first few thousand would tell lies about the rest.
        whole = _counted(chosen, ordering, COUNTED + 1)
        parts = [select(literal(_WHOLE), whole.scalar_subquery())]
        for value in ("", *(value for value, _label in self.tabs.options)):
            counted = _counted(self.tabs.apply(filtered, value), ordering, TAB_COUNTED + 1)
            parts.append(select(literal(value), counted.scalar_subquery()))
        found = {value: count for value, count in session.execute(union_all(*parts))}  # noqa: C416 - rows, not pairs
        return found.pop(_WHOLE), found


def _only(statement: Select[Any], ordering: Ordering) -> Select[Any]:
    return statement.with_only_columns(ordering.identity).order_by(None)


def _counted(statement: Select[Any], ordering: Ordering, limit: int) -> Select[Any]:
    return select(func.count()).select_from(_only(statement, ordering).limit(limit).subquery())


def _number(text: str | None, default: int) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 6:
        return default
    return int(text)

"""One page of a list, with everything its template asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Date, DateTime, Integer, String
from werkzeug.datastructures import MultiDict

from kit.web.desk import DENSITIES, Arrangement, SavedList
from kit.web.frame import current_frame
from kit.web.listing.asked import (
    NO_VIEW,
    PARTS,
    PLACES,
    Asked,
    conditions,
    density,
    parsed,
)
from kit.web.listing.columns import BulkAction, Column, look_up
from kit.web.listing.days import QUICK, DayRange, quick_range
from kit.web.listing.export import dialog_address
from kit.web.listing.filters import Args, Filter
from kit.web.listing.order import Ordering
from kit.web.listing.sums import Group, Grouping, Groups, Totals

if TYPE_CHECKING:
    from kit.web.listing.listing import Listing


@dataclass(frozen=True)
class QuickRange:
    """A quick range as a button: its name, its words, and the days it stands for now."""

    name: str
    label: object
    days: DayRange


@dataclass(frozen=True)
class ListingPage:
    """The rows and what surrounds them: total, pages, filters, tabs."""

    listing: "Listing"
    asked: Asked
    arrangement: Arrangement
    counted: int
    size: int
    ordering: Ordering
    faults: list[str] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    total: int = 0
    number: int = 1
    keyed: bool = False
    """Pages have no numbers: one goes on from a row."""
    has_previous: bool = False
    has_next: bool = False
    tab_counts: dict[str, int] = field(default_factory=dict)
    totals: Totals | None = None
    groups: Groups | None = None
    on_paper: bool = False
    answers_parts: bool = False
    """Whether its address also answers with totals, groups and paper, as `respond` does."""

    @property
    def id(self) -> str:
        return f"list-{self.listing.name}"

    @property
    def may_leave(self) -> bool:
        """Whether it is offered as a file to whoever is looking."""
        return self.listing.exportable and self.may_print

    @property
    def may_print(self) -> bool:
        """Whether it is offered on paper."""
        return current_frame().may_export

    @property
    def args(self) -> Args:
        return self.asked.args

    @property
    def values(self) -> dict[str, Any]:
        return self.asked.values

    @property
    def errors(self) -> dict[str, str]:
        return self.asked.errors

    @property
    def tab(self) -> str:
        return self.asked.tab

    @property
    def state(self) -> str:
        """What stands where the rows stand: rows, groups, wrong, unmatched or empty."""
        if self.faults or self.errors:
            return "wrong"
        if self.rows or (self.groups and self.groups.rows):
            return "groups" if self.groups else "rows"
        return "unmatched" if self.filtered or self.keyed else "empty"

    @property
    def by_key(self) -> bool:
        """Whether there are too many matches to number the pages, or one went on from a row."""
        return self.keyed

    @property
    def total_text(self) -> str:
        return f"{self.counted:,}+" if self.total > self.counted else f"{self.total:,}"

    @property
    def columns(self) -> list[Column]:
        """The columns to show, in the person's order: the address, his own, or the usual ones."""
        return [column for column, is_shown in self.all_columns if is_shown]

    @property
    def all_columns(self) -> list[tuple[Column, bool]]:
        """Every column with whether it is shown, shown ones first where an order was chosen."""
        known = {column.name: column for column in self.listing.columns}
        wanted = [name for part in self.args.getlist("cols") for name in part.split(",")]
        names = dict.fromkeys(name for name in wanted if name in known)
        names = names or dict.fromkeys(name for name in self.arrangement.columns if name in known)
        if not names:
            return [(column, not column.hidden) for column in self.listing.columns]
        rest = [column for column in self.listing.columns if column.name not in names]
        return [*((known[name], True) for name in names), *((column, False) for column in rest)]

    @property
    def density(self) -> str:
        return density(self.args, self.arrangement)

    @property
    def densities(self) -> Mapping[str, object]:
        return DENSITIES

    @property
    def summary(self) -> set[str]:
        """The columns that stay beside the details in the split view."""
        marked = {column.name for column in self.columns if column.summary}
        return marked or {column.name for column in self.columns[:4]}

    @property
    def conditions(self) -> str:
        """What is asked, as a saved view or the history keeps it."""
        return conditions(self.args)

    @property
    def in_words(self) -> str:
        return self.listing.asked(self.args)

    @property
    def view(self) -> SavedList | None:
        """The saved view that is shown, changed or not."""
        return self.arrangement.view(self.args.get("view"))

    @property
    def view_is_changed(self) -> bool:
        return self.view is not None and self.view.query != self.conditions

    def view_url(self, view: SavedList) -> str:
        """Return the address of a saved view of this list."""
        return f"{request.path}?{_encode(MultiDict([*parsed(view.query), ('view', view.key)]))}"

    @property
    def path(self) -> str:
        return request.path

    @property
    def print_url(self) -> str:
        return self.turn(print="yes")

    @property
    def totals_url(self) -> str:
        return self.turn(part="totals")

    @property
    def has_totals(self) -> bool:
        return self.listing.has_totals and self.answers_parts

    def totalled(self) -> list[Column]:
        """Return the shown columns that have a sum."""
        return [column for column in self.columns if column.total is not None]

    @property
    def grouping(self) -> Grouping | None:
        return self.listing.grouping(self.args)

    def group_url(self, group: Group) -> str | None:
        """Return the address that shows the rows of one group, if a filter can say it."""
        if not group.parameters:
            return None
        return self.turn(group=None, chart=None, measure=None, **group.parameters)

    @property
    def jumps(self) -> bool:
        """Whether one can go to a value: of the sort column, or what the list knows its ids by."""
        if not self.ordering.is_identity:
            return isinstance(self.ordering.column.type, DateTime | Date | String | Integer)
        return self.listing.jump is not None

    @property
    def jump_kind(self) -> str:
        """The kind of field that takes such a value."""
        if self.ordering.is_identity:
            return "text"
        return "date" if isinstance(self.ordering.column.type, DateTime | Date) else "text"

    @property
    def jump_hint(self) -> str:
        if self.ordering.is_identity:
            return str(self.listing.jump_hint)
        return next(
            (str(one.label) for one in self.listing.columns if one.name == self.ordering.name), ""
        )

    @property
    def pages(self) -> int:
        return max(1, -(-min(self.total, self.counted) // self.size))

    @property
    def filtered(self) -> bool:
        """Whether anything but the list itself was asked for."""
        return bool(self.values or self.errors or self.tab)

    @property
    def bulk(self) -> list[BulkAction]:
        return list(self.listing.bulk_actions())

    @property
    def folded_active(self) -> bool:
        """Whether a folded filter is in use, so that the form starts unfolded."""
        return any(
            one.folded and (one.name in self.values or one.name in self.errors)
            for one in self.listing.filters
        )

    @property
    def foldable(self) -> bool:
        return any(one.folded for one in self.listing.filters)

    def url(self, **changes: object) -> str:
        """Return this page's address with some parameters changed; None takes one away."""
        kept = MultiDict(self.args)
        for name, value in changes.items():
            kept.poplist(name)
            if value is not None:
                kept[name] = str(value)
        for name in [name for name, values in kept.lists() if not any(values)]:
            kept.poplist(name)
        query = _encode(kept)
        return f"{request.path}?{query}" if query else request.path

    def turn(self, **changes: object) -> str:
        """Return the address of another page of the same selection."""
        moved: dict[str, object] = dict.fromkeys((*PLACES, *PARTS))
        return self.url(**{**moved, **changes})

    @property
    def reset_url(self) -> str:
        """Return the address without conditions; of a list with a default view, without that."""
        kept = [(name, self.args[name]) for name in self.listing.also if self.args.get(name)]
        if self.arrangement.default:
            kept.append(("view", NO_VIEW))
        return f"{request.path}?{_encode(MultiDict(kept))}" if kept else request.path

    @property
    def export_url(self) -> str:
        return self.turn(export="xlsx")

    @property
    def export_dialog(self) -> str | None:
        """The address of the dialog that exports this selection, where the list has one."""
        return dialog_address(self.listing, self.args)

    @property
    def here(self) -> str:
        return self.url(**dict.fromkeys(PARTS))

    @property
    def next_url(self) -> str:
        if self.by_key:
            return self.turn(after=self.key(self.rows[-1])) if self.rows else self.turn()
        return self.turn(page=self.number + 1)

    @property
    def previous_url(self) -> str:
        if self.by_key:
            return self.turn(before=self.key(self.rows[0])) if self.rows else self.turn()
        return self.turn(page=self.number - 1)

    def sort_url(self, column: Column) -> str:
        """Return the address that sorts by a column, or turns its direction around."""
        down = self.ordering.name == column.name and not self.ordering.descending
        return self.turn(sort=f"-{column.name}" if down else column.name)

    def sorted(self, column: Column) -> str | None:
        """Return "ascending" or "descending" when the list is sorted by a column."""
        if column.sort is None or self.ordering.name != column.name:
            return None
        return "descending" if self.ordering.descending else "ascending"

    def key(self, row: Any) -> str:
        return str(look_up(row, self.listing.key))

    def row_url(self, row: Any) -> str | None:
        return self.listing.row_url(row) if self.listing.row_url else None

    def row_class(self, row: Any) -> str:
        return self.listing.row_class(row) if self.listing.row_class else ""

    def typed(self, name: str) -> str:
        """Return what stands in the address, so that nonsense can be corrected in place."""
        return self.args.get(name, "")

    def typed_list(self, name: str) -> list[str]:
        return self.args.getlist(name)

    def days(self, one: Filter) -> DayRange:
        found = self.values.get(one.name)
        return found if isinstance(found, DayRange) else DayRange()

    def quick(self) -> list[QuickRange]:
        return [QuickRange(name, label, quick_range(name)) for name, label in QUICK.items()]

    def tab_count(self, value: str) -> str | None:
        """Return the count on a tab; more than 999 reads 999+."""
        count = self.tab_counts.get(value)
        if count is None:
            return None
        return "999+" if count > 999 else str(count)

    def page_numbers(self) -> Iterator[int | None]:
        """Yield the page numbers to show; None is a gap."""
        last = 0
        for number in range(1, self.pages + 1):
            near = abs(number - self.number) <= 2
            if near or number in {1, self.pages}:
                if number - last > 1:
                    yield None
                yield number
                last = number


def _encode(args: Args) -> str:
    return urlencode([(name, value) for name, value in args.items(multi=True) if value])

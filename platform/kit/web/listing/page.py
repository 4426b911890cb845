"""One page of a list, with everything its template asks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from kit.web.listing.columns import BulkAction, Column, look_up
from kit.web.listing.days import QUICK, DayRange, quick_range
from kit.web.listing.export import dialog_address
from kit.web.listing.filters import Args, Filter
from kit.web.listing.order import Ordering

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
    rows: list[Any]
    total: int
    counted: int
    number: int
    size: int
    has_previous: bool
    has_next: bool
    ordering: Ordering
    values: dict[str, Any]
    errors: dict[str, str]
    tab: str
    tab_counts: dict[str, int]
    args: Args = field(repr=False)

    @property
    def id(self) -> str:
        return f"list-{self.listing.name}"

    @property
    def by_key(self) -> bool:
        """Whether there are too many matches to number the pages."""
        return self.total > self.counted

    @property
    def total_text(self) -> str:
        return f"{self.counted:,}+" if self.by_key else f"{self.total:,}"

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
        moved: dict[str, object] = {"page": None, "after": None, "before": None, "export": None}
        return self.url(**{**moved, **changes})

    @property
    def reset_url(self) -> str:
        return request.path

    @property
    def export_url(self) -> str:
        return self.turn(export="xlsx")

    @property
    def export_dialog(self) -> str | None:
        """The address of the dialog that exports this selection, where the list has one."""
        return dialog_address(self.listing, self.args)

    @property
    def here(self) -> str:
        return self.url(export=None)

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

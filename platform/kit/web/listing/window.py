"""The rows of one page: by number, or by the row or value to go on from. Never a deep OFFSET."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Date, DateTime, Select, String, Uuid
from sqlalchemy.types import Integer
from werkzeug.datastructures import MultiDict

from kit.i18n import gettext as _
from kit.web.listing.days import DayRange
from kit.web.listing.filters import LIMIT, Args, BadFilter, day
from kit.web.listing.order import Ordering

if TYPE_CHECKING:
    from kit.web.listing.listing import Listing

Jump = Callable[[str], Any]
_KEY = 64


@dataclass(frozen=True)
class Window:
    """One page of a selection; `base` is the list without its filters."""

    listing: "Listing"
    base: Select[Any]
    statement: Select[Any]
    ordering: Ordering
    size: int
    session: Any

    def by_number(self, number: int, total: int) -> tuple[list[Any], bool, bool]:
        """Return the rows of a numbered page, and whether there are any before and after."""
        ordered = self.ordering.sort(self.statement)
        rows = fetch(ordered.limit(self.size).offset((number - 1) * self.size), self.session)
        return rows, number > 1, number * self.size < total

    def by_key(self, args: Args) -> tuple[list[Any], bool, bool]:
        """Return the rows after or before a row, or from a value on; BadFilter for a strange one.

        A row that has left the selection meanwhile is still a place to go on from.
        """
        if args.get("goto"):
            return self._at(args["goto"])
        after, before = args.get("after"), args.get("before")
        backwards = bool(before) and not after
        mark = self._mark(before if backwards else after)
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

    def _at(self, typed: str) -> tuple[list[Any], bool, bool]:
        start = landing(self.listing, self.ordering, typed, self.session)
        ordered = self.ordering.sort(self.ordering.since(self.statement, start))
        rows = fetch(ordered.limit(self.size + 1), self.session)
        return rows[: self.size], True, len(rows) > self.size

    def _mark(self, key: str | None) -> tuple[Any, Any] | None:
        """Look up a row by its public id: the address carries neither its values nor its id."""
        if not key:
            return None
        found = None
        column = self.listing.key_of(self.base)
        if len(key) <= _KEY and key.isprintable() and _may_be(column, key):
            found = self.session.execute(
                self.base.where(column == key)
                .with_only_columns(self.ordering.column, self.ordering.identity)
                .order_by(None)
                .limit(1)
            ).first()
        if found is None:
            raise BadFilter(_("The row to go on from is not in this list. Start from its top."))
        return found[0], found[1]


def _may_be(column: ColumnElement[Any], key: str) -> bool:
    """Tell whether a column can hold a key at all: the server refuses what is no UUID."""
    if not isinstance(column.type, Uuid):
        return True
    try:
        uuid.UUID(key)
    except ValueError:
        return False
    return True


def landing(listing: "Listing", ordering: Ordering, typed: str, session: Any) -> Any:
    """Return the value of the sort column at which rows begin; BadFilter when it is nonsense."""
    typed = typed.strip()
    if not typed or len(typed) > LIMIT:
        raise BadFilter(_("At most %(count)s characters.", count=LIMIT))
    if ordering.is_identity:
        if listing.jump is None:
            raise BadFilter(_("Sort by a column first, to go to a value of it."))
        found = listing.jump(typed)
        if isinstance(found, Select):
            found = session.scalar(found)
        if found is None:
            raise BadFilter(_("There is nothing at or before “%(typed)s”.", typed=typed[:40]))
        return found
    kind = ordering.column.type
    if isinstance(kind, DateTime | Date):
        return _instant(kind, typed, ordering)
    if isinstance(kind, Integer):
        if not typed.isascii() or not typed.lstrip("-").isdigit() or len(typed) > 18:
            raise BadFilter(_("This is not a whole number: %(text)s", text=typed[:20]))
        return int(typed)
    if isinstance(kind, String):
        return typed
    raise BadFilter(_("Sort by a column first, to go to a value of it."))


def _instant(kind: Any, typed: str, ordering: Ordering) -> dt.datetime | dt.date:
    asked = day(typed)
    if asked is None or isinstance(kind, Date):
        return asked or dt.date.min
    span = DayRange(asked, asked)
    # Going down, the day's last record comes first.
    found = span.end if ordering.descending else span.start
    assert found is not None
    return found


def fetch(statement: Select[Any], session: Any) -> list[Any]:
    """Return the rows: objects when one entity is selected, else rows with names."""
    described = statement.column_descriptions
    result = session.execute(statement)
    only = described[0] if len(described) == 1 else {}
    if isinstance(only.get("entity"), type) and only["expr"] is only["entity"]:
        return list(result.scalars())
    return list(result)

"""Filters of a list: each reads its part of the address and narrows the statement."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import g, has_request_context
from sqlalchemy import Date, Select
from werkzeug.datastructures import MultiDict

from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web.listing.days import QUICK, DayRange, quick_range

Choices = Sequence[tuple[str, object]] | Callable[[], Sequence[tuple[str, object]]]
Apply = Callable[[Select[Any], Any], Select[Any]]
Args = MultiDict[str, str]
LIMIT = 200
_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(9000, 1, 1)


def offered(choices: Choices) -> list[tuple[str, object]]:
    """Return what is offered, asked once in a request: by reading the address and by the form."""
    if not callable(choices):
        return [(str(value), label) for value, label in choices]
    asked = g.setdefault("kit_choices", {}) if has_request_context() else {}
    if choices not in asked:
        asked[choices] = [(str(value), label) for value, label in choices()]
    found: list[tuple[str, object]] = asked[choices]
    return found


class BadFilter(ValueError):
    """What stands in the address makes no sense; the sentence is shown beside the field."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One field of the query form. Build it with `text`, `choice`, `date_range`, `search`, `flag`.

    `apply(statement, value)` narrows; the default compares with `column`. The value is a text, a
    list of texts (`multiple`), or a DayRange.
    """

    kind: Literal["text", "choice", "date_range", "search", "flag"]
    name: str
    label: object
    column: Any = None
    custom: Apply | None = None
    choices: Choices = ()
    multiple: bool = False
    match: Literal["exact", "prefix", "contains"] = "exact"
    placeholder: object = ""
    folded: bool = False
    """Shown only when the query form is unfolded."""

    @classmethod
    def text(
        cls,
        name: str,
        label: object,
        *,
        column: Any = None,
        match: Literal["exact", "prefix", "contains"] = "exact",
        apply: Apply | None = None,
        **more: Any,
    ) -> "Filter":
        """Return a filter on what is typed."""
        return cls(
            kind="text", name=name, label=label, column=column, match=match, custom=apply, **more
        )

    @classmethod
    def choice(
        cls,
        name: str,
        label: object,
        choices: Choices,
        *,
        column: Any = None,
        multiple: bool = False,
        apply: Apply | None = None,
        **more: Any,
    ) -> "Filter":
        """Return a filter that offers values; `choices` may be a callable, asked each time."""
        return cls(
            kind="choice",
            name=name,
            label=label,
            choices=choices,
            column=column,
            multiple=multiple,
            custom=apply,
            **more,
        )

    @classmethod
    def date_range(
        cls,
        name: str,
        label: object,
        *,
        column: Any = None,
        apply: Apply | None = None,
        **more: Any,
    ) -> "Filter":
        """Return a filter from a day to a day, in the workspace's zone, with quick ranges."""
        return cls(kind="date_range", name=name, label=label, column=column, custom=apply, **more)

    @classmethod
    def search(
        cls, apply: Apply, *, name: str = "q", label: object = _l("Keyword"), **more: Any
    ) -> "Filter":
        """Return the list's own search box; how it searches is the caller's."""
        return cls(kind="search", name=name, label=label, custom=apply, **more)

    @classmethod
    def flag(
        cls,
        name: str,
        label: object,
        *,
        column: Any = None,
        apply: Apply | None = None,
        **more: Any,
    ) -> "Filter":
        """Return a yes-or-no filter."""
        options = (("yes", _l("Yes")), ("no", _l("No")))
        return cls(
            kind="flag",
            name=name,
            label=label,
            column=column,
            custom=apply,
            choices=options,
            **more,
        )

    @property
    def options(self) -> list[tuple[str, object]]:
        return offered(self.choices)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters of the address that belong to this filter."""
        if self.kind == "date_range":
            return (self.name, f"{self.name}_from", f"{self.name}_to")
        return (self.name,)

    def words(self, args: Mapping[str, str]) -> str:
        """Return what an address asks of this filter as people read it, "" for nothing."""
        if self.kind == "date_range":
            quick = QUICK.get(args.get(self.name, ""), "")
            days = [args.get(f"{self.name}_{end}", "") for end in ("from", "to")]
            value = str(quick) or (" – ".join(days) if any(days) else "")
        else:
            value = args.get(self.name, "")
            value = str(dict(self.options).get(value, value)) if self.choices else value
        return f"{self.label} {value}" if value else ""

    def read(self, args: Args) -> Any:
        """Return the value in the address, None when it is empty; BadFilter when it is nonsense."""
        match self.kind:
            case "date_range":
                return self._read_days(args)
            case "choice" if self.multiple:
                return self._known(args.getlist(self.name)) or None
            case "choice" | "flag":
                found = self._known([args.get(self.name, "")])
                return found[0] if found else None
        text = args.get(self.name, "").strip()
        if len(text) > LIMIT or "\x00" in text:
            raise BadFilter(_("At most %(count)s characters.", count=LIMIT))
        return text or None

    def _known(self, values: Iterable[str]) -> list[str]:
        wanted = [value for value in values if value]
        if not wanted:
            return []
        known = {value for value, _label in self.options}
        if any(value not in known for value in wanted):
            raise BadFilter(_("This choice does not exist any more."))
        return wanted

    def _read_days(self, args: Args) -> DayRange | None:
        quick = args.get(self.name, "")
        if quick:
            if quick not in QUICK:
                raise BadFilter(_("This choice does not exist any more."))
            return quick_range(quick)
        first = day(args.get(f"{self.name}_from", ""))
        last = day(args.get(f"{self.name}_to", ""))
        if first and last and first > last:
            raise BadFilter(_("The first day is after the last."))
        return DayRange(first, last) or None

    def apply(self, statement: Select[Any], value: Any) -> Select[Any]:
        """Return the statement narrowed to the value."""
        if self.custom is not None:
            return self.custom(statement, value)
        column = self.column
        if column is None:
            column = statement.selected_columns[self.name]
        match self.kind:
            case "date_range":
                return _between(statement, column, value)
            case "flag":
                return statement.where(column.is_(value == "yes"))
            case "choice" if self.multiple:
                return statement.where(column.in_(value))
        return statement.where(self._matches(column, value))

    def _matches(self, column: Any, value: str) -> Any:
        if self.match == "prefix":
            return column.startswith(value, autoescape=True)
        if self.match == "contains":
            return column.contains(value, autoescape=True)
        return column == value


@dataclass(frozen=True)
class StatusTabs:
    """Tabs above the table with a count on each; the first shows everything.

    `choices` are (value, label) pairs; `apply` says how a value narrows the statement when a tab
    is more than one value of `column`.
    """

    choices: Choices
    column: Any = None
    name: str = "status"
    all_label: object = _l("All")
    custom: Mapping[str, Callable[[Select[Any]], Select[Any]]] = field(default_factory=dict)
    counts: bool = True

    @property
    def options(self) -> list[tuple[str, object]]:
        return offered(self.choices)

    def read(self, args: Args) -> str:
        """Return the tab in the address; an unknown one is the first."""
        wanted = args.get(self.name, "")
        return wanted if wanted in {value for value, _label in self.options} else ""

    def apply(self, statement: Select[Any], value: str) -> Select[Any]:
        """Return the statement narrowed to one tab."""
        if not value:
            return statement
        if value in self.custom:
            return self.custom[value](statement)
        column = statement.selected_columns[self.name] if self.column is None else self.column
        return statement.where(column == value)


def _between(statement: Select[Any], column: Any, days: DayRange) -> Select[Any]:
    if isinstance(column.type, Date):
        if days.first is not None:
            statement = statement.where(column >= days.first)
        return statement if days.last is None else statement.where(column <= days.last)
    if days.start is not None:
        statement = statement.where(column >= days.start)
    return statement if days.end is None else statement.where(column < days.end)


def day(text: str) -> dt.date | None:
    """Return the day a text names, None for an empty one; BadFilter when it is none."""
    text = text.strip()
    if not text:
        return None
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        raise BadFilter(_("This is not a date: %(text)s", text=text[:20])) from None
    if not _EARLIEST <= found <= _LATEST:
        raise BadFilter(_("This is not a date: %(text)s", text=text[:20]))
    return found

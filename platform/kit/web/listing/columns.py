"""Columns of a list: where a value comes from, how it reads, how it is exported."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from operator import attrgetter
from typing import Any, Literal

from markupsafe import Markup, escape

from kit import i18n
from kit.money import Money, decimals
from kit.tenancy import current_or_none
from kit.web import filters as words

Kind = Literal[
    "text", "number", "money", "datetime", "date", "tag", "bool", "mask", "phone", "code"
]
Value = Callable[[Any], Any]
Cell = str | int | float | dt.datetime | dt.date | None


def look_up(row: Any, path: str) -> Any:
    """Follow a dotted path through attributes or mapping keys; None as soon as one is None."""
    value = row
    for part in path.split("."):
        if value is None:
            return None
        value = value.get(part) if isinstance(value, dict) else getattr(value, part)
    return value


@dataclass(frozen=True)
class Column:
    """One column; `value` is an attribute path (the column's name by default) or a callable.

    Whatever comes out is escaped. Only `markup`, a callable that returns Markup, renders itself.
    """

    name: str
    label: object
    _: KW_ONLY
    value: str | Value | None = None
    kind: Kind = "text"
    sort: Any = None
    """A column of the statement by name, or a column expression; only indexed ones."""
    align: Literal["start", "center", "end"] | None = None
    width: str | None = None
    """One of the widths of simtree.css: xs, sm, md, lg, xl."""
    copy: bool = False
    tags: Any = None
    """Mapping or callable from the value to a Tag or a text, for kind="tag"."""
    second: str | Value | None = None
    """A muted second line in the same cell."""
    currency: str | Value | None = None
    """Where the row holds the currency of its money; the workspace's when there is none."""
    markup: Callable[[Any], Markup] | None = None
    wrap: bool = False
    """Long text may take several lines instead of being cut at the column's end."""
    hidden: bool = False
    """Off until the person switches it on in the column chooser."""
    export: bool = True
    text: bool = False
    """Written to spreadsheets as text, so that long digits survive."""
    exported: str | Value | None = None
    """Another value for the spreadsheet, when the cell shows less."""
    help: object = ""
    total: Any = None
    """An expression that is summed over all matches, below the rows and in groups."""
    total_currency: Any = None
    """The expression of the currency of a sum of money; the workspace's when there is none."""
    summary: bool = False
    """Stays beside the details in the split view; without any the first four columns do."""

    @property
    def placed(self) -> str:
        """Where its text stands: numbers and money at the end, unless told otherwise."""
        return self.align or ("end" if self.kind in {"money", "number"} else "start")

    def raw(self, row: Any) -> Any:
        """Return the value as the row holds it."""
        return _resolve(row, self.value or self.name)

    def cell(self, row: Any) -> Markup:
        """Return the cell's content, escaped."""
        if self.markup is not None:
            return escape(self.markup(row))
        value = self.raw(row)
        # What comes out of the row is text even if it claims to be markup.
        shown = self._shown(row, str(value) if isinstance(value, Markup) else value)
        return escape(shown if isinstance(shown, Markup | words.Tag) else str(shown))

    def second_line(self, row: Any) -> Markup:
        """Return the muted second line, escaped; empty when there is none."""
        if self.second is None:
            return Markup("")
        value = _resolve(row, self.second)
        return Markup("") if value is None else escape(str(value))

    def copied(self, row: Any) -> str | None:
        """Return what the copy button puts on the clipboard."""
        value = self.raw(row) if self.copy else None
        return None if value is None or value == "" else str(value)

    def _shown(self, row: Any, value: Any) -> Any:
        if value is None or value == "":
            return words.DASH
        if self.kind == "money":
            return words.money(value, self._currency(row))
        if self.kind == "tag":
            return words.tag(value, self.tags)
        read = _READ.get(self.kind)
        return read(value) if read else value

    def _currency(self, row: Any) -> str | None:
        return None if self.currency is None else str(_resolve(row, self.currency))

    def for_sheet(self, row: Any) -> Cell:
        """Return the value for a spreadsheet cell; text wherever a number could be bent."""
        return self.writer()(row)

    def writer(self) -> Callable[[Any], Cell]:
        """Return what gives a row's value for a spreadsheet, prepared once for many rows."""
        read = _reader(self.exported or self.value or self.name)
        if self.kind == "money":
            return self._money_writer(read)
        write = self._value_writer()

        def cell(row: Any) -> Cell:
            value = read(row)
            return None if value is None else write(value)

        return cell

    def many_writer(self) -> Callable[[Sequence[Any]], list[Cell]]:
        """Return what gives the values of many rows, as `writer` does one by one."""
        source = self.exported or self.value or self.name
        if self.kind == "money":
            one = self.writer()
            return lambda rows: [one(row) for row in rows]
        read, write = _many_reader(source), self._value_writer()
        if write is str:
            return lambda rows: [
                value if value is None or value.__class__ is str else str(value)
                for value in read(rows)
            ]
        return lambda rows: [None if value is None else write(value) for value in read(rows)]

    def _value_writer(self) -> Callable[[Any], Cell]:
        match self.kind:
            case "tag":
                return _tag_writer(self.tags)
            case "datetime":
                zone = i18n.timezone()
                return lambda value: value.astimezone(zone).replace(tzinfo=None)
            case "bool":
                yes, no = _yes_no(value=True), _yes_no(value=False)
                return lambda value: yes if value else no
            case "number" if self.text:
                return str
        return _WRITTEN.get(self.kind, str)

    def _money_writer(self, read: Value) -> Callable[[Any], Cell]:
        workspace = current_or_none()
        usual = workspace.currency if workspace else "CNY"

        def cell(row: Any) -> Cell:
            value = read(row)
            if value is None:
                return None
            if not isinstance(value, Money):
                value = Money(int(value), self._currency(row) or usual)
            # A spreadsheet knows no other number; up to 15 digits survive exactly.
            return float(value.major)

        return cell

    def sheet_format(self) -> str:
        """Return the spreadsheet's number format of this column."""
        if self.text or self.kind not in {"money", "datetime", "date", "number"}:
            return "@"
        workspace = current_or_none()
        places = decimals(workspace.currency if workspace else "CNY")
        return {
            "money": "#,##0" + ("." + "0" * places if places else ""),
            "datetime": "yyyy-mm-dd hh:mm:ss",
            "date": "yyyy-mm-dd",
            "number": "#,##0",
        }[self.kind]


@dataclass(frozen=True)
class RowAction:
    """Something to do with one row, in the fixed column at the end.

    A `post` action sends a form with the CSRF token; `confirm` is asked first and should name
    the record.
    """

    label: object
    url: Callable[[Any], str]
    icon: str | None = None
    drawer: bool = False
    post: bool = False
    confirm: Callable[[Any], object] | None = None
    visible: Callable[[Any], bool] | None = None
    danger: bool = False

    def shown(self, row: Any) -> bool:
        return self.visible is None or bool(self.visible(row))


@dataclass(frozen=True)
class BulkAction:
    """Something to do with the selected rows: their public ids are posted as `ids`."""

    label: object
    url: str | Callable[[], str]
    icon: str | None = None
    confirm: object = ""
    danger: bool = False

    @property
    def address(self) -> str:
        return self.url() if callable(self.url) else self.url


def _resolve(row: Any, source: str | Value) -> Any:
    return source(row) if callable(source) else look_up(row, source)


def _reader(source: str | Value) -> Value:
    """Return what reads a value of a row; a path is taken apart once."""
    if callable(source):
        return source
    first, *further = source.split(".")
    if further:
        return lambda row: look_up(row, source)

    def read(row: Any) -> Any:
        return row.get(first) if row.__class__ is dict else getattr(row, first)

    return read


def _many_reader(source: str | Value) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """Return what reads a value of many rows."""
    if callable(source):
        return lambda rows: map(source, rows)
    if "." in source:
        return lambda rows: [look_up(row, source) for row in rows]
    attribute = attrgetter(source)
    return lambda rows: (
        [row.get(source) for row in rows]
        if rows and rows[0].__class__ is dict
        else map(attribute, rows)
    )


def _tag_writer(tags: Any) -> Callable[[Any], Cell]:
    """Return what writes a tag's words; those of a plain value are looked up once."""
    known: dict[str, str] = {}

    def write(value: Any) -> Cell:
        if not isinstance(value, str):
            return str(words.tag(value, tags))
        found = known.get(value)
        if found is None:
            found = known[value] = str(words.tag(value, tags))
        return found

    return write


def _local(value: dt.datetime) -> dt.datetime:
    return value.astimezone(i18n.timezone()).replace(tzinfo=None)


def _yes_no(value: object) -> str:
    return str(i18n.gettext("Yes") if value else i18n.gettext("No"))


def _grouped(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _day(value: dt.date) -> dt.date:
    return _local(value).date() if isinstance(value, dt.datetime) else value


_READ: dict[str, Callable[[Any], object]] = {
    "datetime": words.time_element,
    "date": words.date_text,
    "bool": _yes_no,
    "mask": words.mask,
    "phone": words.number_344,
    "number": _grouped,
}
_WRITTEN: dict[str, Callable[[Any], Cell]] = {
    "date": _day,
    "mask": words.mask,
    "number": lambda value: value if isinstance(value, int) else str(value),
}

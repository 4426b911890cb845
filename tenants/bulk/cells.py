"""What a cell's text means, by the kind of its column."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.i18n import gettext as _
from kit.money import Money
from kit.tenancy import current
from tenants.bulk.headers import in_every_language, plain
from tenants.bulk.reading import FLAWS, Cell
from tenants.bulk.registry import CellKind, ImportColumn, ImportKind

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+")
_DAY = re.compile(r"([0-9]{4})\D{0,2}([0-9]{1,2})\D{0,2}([0-9]{1,2})日?(?: 00:00(?::00)?)?")
_COMPACT_DAY = re.compile(r"[0-9]{8}")


class BadCell(ValueError):
    """A cell makes no sense; the sentence says why."""


@dataclass(slots=True)  # Not frozen: an import makes them by the hundred thousand.
class ReadRow:
    """A row's filled cells, their values, and what is wrong by column key."""

    cells: Mapping[str, Cell]
    values: dict[str, Any]
    problems: Mapping[str, str]


class RowReader:
    """Reads the rows of one kind: cells to values, or what is wrong with them.

    Made once for a file: labels of choices are looked up in every language only then.
    """

    def __init__(self, kind: ImportKind) -> None:
        self._required = [column for column in kind.columns if column.required]
        self._defaults = {
            column.key: Cell(column.default) for column in kind.columns if column.default
        }
        self._labels = {column.key: column.label for column in kind.columns}
        self._readers: dict[str, Callable[[Cell], Any]] = {
            column.key: _reader(column) for column in kind.columns
        }

    def cells(self, places: Mapping[str, int], row: Sequence[Cell]) -> dict[str, Cell]:
        """Return a row's filled cells by column key, and what stands for empty ones."""
        size = len(row)
        found = {
            key: row[place] for key, place in places.items() if place < size and row[place].text
        }
        return self._defaults | found if self._defaults else found

    def read(self, cells: Mapping[str, Cell]) -> ReadRow:
        """Return a row's values, and a sentence for each cell that is wrong."""
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        readers = self._readers
        for key, cell in cells.items():
            text = cell.text
            if text[0] == "#" and text in FLAWS:
                problems[key] = self._named(key, FLAWS[text])
                continue
            try:
                values[key] = readers[key](cell)
            except BadCell as bad:
                problems[key] = self._named(key, bad)
        return ReadRow(cells, values, problems)

    def missing(self, cells: Mapping[str, Cell]) -> dict[str, str]:
        """Return a sentence for each required cell that is empty."""
        return {
            column.key: _("%(column)s is missing.", column=column.label)
            for column in self._required
            if column.key not in cells
        }

    def _named(self, key: str, problem: object) -> str:
        text: str = _("%(column)s: %(problem)s", column=self._labels[key], problem=problem)
        return text


def _reader(column: ImportColumn) -> Callable[[Cell], Any]:
    read = _reader_of_kind(column)
    shape = shape_pattern(column.shape) if column.shape else None

    if shape is None:
        return read

    def checked(cell: Cell) -> Any:
        if not shape.fullmatch(plain_width(cell.text)):
            raise BadCell(_("it must look like %(shape)s.", shape=column.shape))
        return read(cell)

    return checked


def shape_pattern(shape: str) -> re.Pattern[str]:
    """Return what a shape asks for: 0 is a digit, A a letter, * anything, the rest itself."""
    asked = {"0": "[0-9]", "A": "[A-Za-z]", "*": ".*"}
    return re.compile("".join(asked.get(sign, re.escape(sign)) for sign in shape))


def plain_width(text: str) -> str:
    """Return a text with digits, letters and signs in their usual width."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _reader_of_kind(column: ImportColumn) -> Callable[[Cell], Any]:
    match column.kind:
        case CellKind.DIGITS:
            return lambda cell: _digits(column, cell)
        case CellKind.DATE:
            return _day
        case CellKind.MONEY:
            currency = current().currency
            return lambda cell: _money(cell, currency)
        case CellKind.CHOICE:
            known = {
                plain(word): value
                for value, label in column.choices.items()
                for word in (value, *in_every_language(label))
            }
            offered = _("; ").join(str(label) for label in column.choices.values())
            return lambda cell: _choice(cell, known, offered)
    return lambda cell: _text(column, cell)


def _text(column: ImportColumn, cell: Cell) -> str:
    text = cell.text
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if len(text) <= column.length and text.isprintable():
        return text
    if len(text) > column.length:
        raise BadCell(_("at most %(count)s characters.", count=column.length))
    if not text.isprintable() and any(ord(one) < 32 and one not in "\n\r\t" for one in text):
        raise BadCell(_("it contains characters that cannot be seen."))
    return text


def is_bent(column: ImportColumn, cell: Cell) -> bool:
    """Tell whether a spreadsheet has made a number of digits that are a name."""
    if cell.is_number and len(cell.text) > column.numeric_up_to:
        return True
    return "+" in cell.text and _SCIENTIFIC.fullmatch(cell.text) is not None


def _digits(column: ImportColumn, cell: Cell) -> str:
    if is_bent(column, cell):
        raise BadCell(_("Excel has turned this into a number; format the column as text."))
    text = plain_width(_text(column, cell))
    if column.normalise is None:
        return text
    try:
        return column.normalise(text)
    except ValueError:
        # The module that owns the rows has a better sentence for it.
        return text


def _day(cell: Cell) -> dt.date:
    text = plain_width(cell.text)
    found = _DAY.fullmatch(text)
    parts = found.groups() if found else ()
    if _COMPACT_DAY.fullmatch(text):
        parts = (text[:4], text[4:6], text[6:])
    try:
        year, month, day = (int(part) for part in parts)
        return dt.date(year, month, day)
    except ValueError:
        raise BadCell(_("“%(text)s” is not a date such as 2026-08-01.", text=text)) from None


def _money(cell: Cell, currency: str) -> int:
    try:
        amount = Money.parse(plain_width(cell.text).lstrip("¥$"), currency).minor
    except ValueError:
        raise BadCell(_("“%(text)s” is not an amount such as 12.50.", text=cell.text)) from None
    if amount < 0:
        raise BadCell(_("an amount cannot be negative."))
    return amount


def _choice(cell: Cell, known: Mapping[str, str], offered: str) -> str:
    found = known.get(plain(cell.text))
    if found is None:
        raise BadCell(_("“%(text)s” is none of: %(offered)s.", text=cell.text, offered=offered))
    return found

"""What a cell's text means, by the kind of its column."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kit.i18n import gettext as _
from kit.money import Money
from kit.tenancy import current
from tenants.bulk.headers import in_every_language, plain
from tenants.bulk.reading import Cell
from tenants.bulk.registry import CellKind, ImportColumn, ImportKind

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+")
_DAY = re.compile(r"([0-9]{4})\D{0,2}([0-9]{1,2})\D{0,2}([0-9]{1,2})日?(?: 00:00(?::00)?)?")
_COMPACT_DAY = re.compile(r"[0-9]{8}")


class BadCell(ValueError):
    """A cell makes no sense; the sentence says why."""


class RowReader:
    """Reads the rows of one kind: cells to values, or what is wrong with them.

    Made once for a file: labels of choices are looked up in every language only then.
    """

    def __init__(self, kind: ImportKind) -> None:
        self._required = [column for column in kind.columns if column.required]
        self._labels = {column.key: column.label for column in kind.columns}
        self._readers: dict[str, Callable[[Cell], Any]] = {
            column.key: _reader(column) for column in kind.columns
        }

    def cells(self, places: Mapping[str, int], row: Sequence[Cell]) -> dict[str, Cell]:
        """Return a row's filled cells by column key."""
        size = len(row)
        return {
            key: row[place] for key, place in places.items() if place < size and row[place].text
        }

    def values(self, cells: Mapping[str, Cell]) -> tuple[dict[str, Any], list[str]]:
        """Return a row's values, and a sentence for each cell that is wrong."""
        values: dict[str, Any] = {}
        problems = [
            _("%(column)s is missing.", column=column.label)
            for column in self._required
            if column.key not in cells
        ]
        for key, cell in cells.items():
            try:
                values[key] = self._readers[key](cell)
            except BadCell as bad:
                label = self._labels[key]
                problems.append(_("%(column)s: %(problem)s", column=label, problem=bad))
        return values, problems


def _reader(column: ImportColumn) -> Callable[[Cell], Any]:
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
    if len(text) > column.length:
        raise BadCell(_("at most %(count)s characters.", count=column.length))
    if not text.isprintable() and any(ord(one) < 32 and one not in "\n\r\t" for one in text):
        raise BadCell(_("it contains characters that cannot be seen."))
    return text


def _digits(column: ImportColumn, cell: Cell) -> str:
    bent = cell.is_number and len(cell.text) > column.numeric_up_to
    if bent or ("+" in cell.text and _SCIENTIFIC.fullmatch(cell.text)):
        raise BadCell(_("Excel has turned this into a number; format the column as text."))
    text = _text(column, cell)
    if column.normalise is None:
        return text
    try:
        return column.normalise(text)
    except ValueError:
        # The module that owns the rows has a better sentence for it.
        return text


def _day(cell: Cell) -> dt.date:
    text = cell.text
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
        amount = Money.parse(cell.text.lstrip("¥￥$"), currency).minor
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

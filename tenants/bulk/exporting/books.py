"""A list as a workbook: true dates and numbers, no formula but ours, sheets by category."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from kit.i18n import gettext as _
from kit.web import Column, Formula
from tenants.bulk.exporting.rows import Row

_CELL = 32_767
_SHEETS = 50
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_FIELD = re.compile(r"\{(\w+)\}")


class Book:
    """A workbook that is written row by row; `place` is the column whose values name the sheets."""

    def __init__(
        self, path: Path, columns: Sequence[Column], *, mark: str, place: int | None = None
    ) -> None:
        # A file has 10,000 rows at most: they fit in memory, and a text that repeats stands once.
        self._book = xlsxwriter.Workbook(path)
        self._book.set_properties({"author": mark, "comments": mark})
        self._columns = columns
        self._mark = mark
        self._place = place
        self._heading = self._book.add_format({"bold": True, "bg_color": "#EEF2F3", "border": 1})
        self._formats = [
            self._book.add_format({"num_format": column.sheet_format()}) for column in columns
        ]
        self._formulas = [_formula(column, columns) for column in columns]
        self._sheets: dict[str, _Sheet] = {}

    def add(self, row: Row) -> None:
        """Write one row into its sheet."""
        name = "" if self._place is None else str(row[self._place] or "–")
        sheet = self._sheets.get(name)
        if sheet is None:
            sheet = self._sheets[name] = self._sheet(name)
        sheet.add(row)

    def _sheet(self, name: str) -> "_Sheet":
        if len(self._sheets) >= _SHEETS:
            rest = _("Others")
            return self._sheets.get(rest) or self._made(rest, rest)
        return self._made(name, name)

    def _made(self, key: str, name: str) -> "_Sheet":
        made = _Sheet(self._book.add_worksheet(self._free(name)), self._formats, self._formulas)
        made.begin(self._columns, self._heading, self._mark)
        self._sheets[key] = made
        return made

    def _free(self, name: str) -> str | None:
        """Return a name that no other sheet has, of the signs and length that Excel takes."""
        if not name:
            return None
        clean = _SHEET_NAME.sub(" ", name).strip()[:28] or "–"
        taken = {sheet.get_name().casefold() for sheet in self._book.worksheets()}
        free, number = clean, 1
        while free.casefold() in taken:
            number += 1
            free = f"{clean}~{number}"
        return free

    def close(self) -> None:
        """Finish the workbook."""
        if not self._sheets:
            self._sheet("")
        for sheet in self._sheets.values():
            sheet.end(len(self._columns))
        self._book.close()


class _Sheet:
    def __init__(
        self,
        sheet: Any,
        formats: Sequence[Any],
        formulas: Sequence[Callable[[int], str] | None],
    ) -> None:
        self._sheet = sheet
        self._writers = list(enumerate(formats))
        self._formulas = [(place, one) for place, one in enumerate(formulas) if one is not None]
        self._formats = formats
        self._line = 0

    def begin(self, columns: Sequence[Column], heading: Any, mark: str) -> None:
        sheet = self._sheet
        for place, column in enumerate(columns):
            label = str(column.label)
            # The format is the column's own too: empty cells need not be written to have it.
            width = max(12, min(32, 2 * len(label) + 6))
            sheet.set_column(place, place, width, self._formats[place])
            sheet.write_string(0, place, label, heading)
        sheet.freeze_panes(1, 0)
        # An ampersand begins a code in headers.
        sheet.set_header("&R&8" + mark.replace("&", "&&")[:200])
        sheet.set_footer("&C&P / &N")

    def add(self, row: Row) -> None:
        self._line += 1
        line, sheet = self._line, self._sheet
        text, number = sheet.write_string, sheet.write_number
        for place, style in self._writers:
            value = row[place]
            if value.__class__ is str:
                # Always a string: a text that starts with "=" must not become a formula.
                text(line, place, value if len(value) <= _CELL else value[:_CELL], style)
            elif value is None:
                continue
            elif isinstance(value, dt.date):
                sheet.write_datetime(line, place, value, style)
            elif isinstance(value, int | float):
                number(line, place, value, style)
            else:
                text(line, place, str(value)[:_CELL], style)
        for place, made in self._formulas:
            sheet.write_formula(line, place, made(line), self._formats[place], row[place])

    def end(self, width: int) -> None:
        if self._line:
            self._sheet.autofilter(0, 0, self._line, width - 1)


def _formula(column: Column, columns: Sequence[Column]) -> Callable[[int], str] | None:
    """Return what makes the formula of a line; None when a column that it needs is not there."""
    if not isinstance(column, Formula) or not column.formula:
        return None
    places = {one.name: place for place, one in enumerate(columns)}
    if any(name not in places for name in _FIELD.findall(column.formula)):
        return None
    formula = column.formula

    def made(line: int) -> str:
        return "=" + _FIELD.sub(lambda found: xl_rowcol_to_cell(line, places[found[1]]), formula)

    return made

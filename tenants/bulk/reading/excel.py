"""Spreadsheets: what stands in their cells, and what must not stand in them."""

import datetime as dt
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.bulk.reading import sheet as common
from tenants.bulk.reading.sheet import EMPTY, FAULTY, MERGED, UNCOUNTED, Cell, Sheet, bare

MOST_UNPACKED = 1 << 30
# A sheet of text shrinks to a tenth; what shrinks to a five-hundredth was made to hurt.
_LARGE, _TIGHTEST = 1 << 26, 500
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_EXACT = 10.0**15
"""From here on a spreadsheet's number is no longer what was typed."""

_SIGNS = (b't="e"', b"</f></c>", b"</f><v></v></c>", b"</f><v/></c>")
_FLAWED = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"(?P<head>[^>]*)>(?P<body>(?:(?!</c>).)*)</c>', re.DOTALL
)
_NO_VALUE = re.compile(rb"</f>(?:<v></v>|<v/>)?\Z")
Place = tuple[int, int]


def refuse_archive(path: Path) -> None:
    """Raise Refused for a zip bomb, a workbook with macros, and a zip that is no workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        raise common.damaged() from None
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if size > MOST_UNPACKED or (size > _LARGE and size > packed * _TIGHTEST):
        raise Refused(_("The spreadsheet is too large when unpacked."), field="file")
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise Refused(
            _("The file contains macros. Save it as .xlsx without them and try again."),
            field="file",
        )


def refuse_password(path: Path) -> None:
    """Raise Refused for a workbook that only a password opens."""
    if _ENCRYPTED in path.read_bytes():
        raise _protected()


def _protected() -> Refused:
    return Refused(
        _("The file is protected with a password. Save it without one and try again."),
        field="file",
    )


def shown_sheets(path: Path) -> list[str]:
    """Return the names of the sheets that are shown and hold anything, in their order."""
    book = _open(path)
    return [
        about.name
        for place, about in enumerate(book.sheets_metadata)
        if _is_shown(about) and book.get_sheet_by_index(place).end is not None
    ]


def open_excel(path: Path, name: str = "") -> Sheet:
    """Return a workbook's sheet: the one of that name, or the first that is shown."""
    book = _open(path)
    place = _place(book, name)
    try:
        sheet = book.get_sheet_by_index(place)
    except (CalamineError, OSError, ValueError):
        raise common.damaged() from None
    last = sheet.end[0] + 1 if sheet.end else 0
    rows = enumerate(sheet.iter_rows(), start=1)
    at, header = next(((line, found) for line, row in rows if any(found := _texts(row))), (0, []))
    total = last - at
    if not header or total == 0:
        raise common.empty()
    if total > common.MOST_ROWS:
        raise common.too_many(total)
    return Sheet(header, total, _rows(rows, _flaws(path, place, sheet)))


def _open(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        raise _protected() from None
    except (CalamineError, OSError, ValueError):
        raise common.damaged() from None


def _is_shown(about: Any) -> bool:
    return bool(about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible)


def _place(book: CalamineWorkbook, name: str) -> int:
    shown = [
        (place, about.name) for place, about in enumerate(book.sheets_metadata) if _is_shown(about)
    ]
    named = [place for place, known in shown if known == name]
    if name and not named:
        raise Refused(_("The file has no sheet “%(name)s”.", name=name), field="sheet")
    if not shown:
        raise common.empty()
    return named[0] if named else shown[0][0]


def _texts(values: Sequence[Any]) -> list[str]:
    return [cell_of(value).text for value in values]


def _rows(
    rows: Iterator[tuple[int, list[Any]]], flaws: Mapping[Place, str]
) -> Iterator[tuple[int, Sequence[Cell]]]:
    for line, values in rows:
        cells = [cell_of(value) for value in values]
        if flaws:
            cells = [
                Cell(flaws[line, place]) if not cell.text and (line, place) in flaws else cell
                for place, cell in enumerate(cells)
            ]
        for cell in cells:
            if cell.text:
                yield line, cells
                break


def cell_of(value: Any) -> Cell:
    """Return what a spreadsheet's cell holds as text."""
    if isinstance(value, str):
        return Cell(bare(value)) if value else EMPTY
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE")
    if isinstance(value, float):
        if not value.is_integer():
            return Cell(repr(value), is_number=True)
        # Digits that Excel has made up must not look as if somebody had typed them.
        return Cell(f"{value:.0f}" if abs(value) < _EXACT else f"{value:.14E}", is_number=True)
    if isinstance(value, int):
        return Cell(str(value), is_number=True)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return Cell(value.date().isoformat() if midnight else value.isoformat(sep=" "))
    return Cell(str(value))


def _flaws(path: Path, place: int, sheet: CalamineSheet) -> dict[Place, str]:
    """Return by line and place the cells that look empty and are not.

    The reader leaves out errors, formulas without a result and what a merged cell covers: taken
    for empty, they would be lost without a word.
    """
    found = _formulas(path, place)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if (bottom - top + 1) * (right - left + 1) > 1_000_000:
            continue
        for line in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (line, column) != (top, left):
                    found[line + 1, column] = MERGED
    return found


def _formulas(path: Path, place: int) -> dict[Place, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            data = archive.read(f"xl/worksheets/sheet{place + 1}.xml")
    except (zipfile.BadZipFile, KeyError):
        # An old .xls, or a workbook that names its parts otherwise.
        return {}
    if not any(sign in data for sign in _SIGNS):
        return {}
    found: dict[Place, str] = {}
    for match in _FLAWED.finditer(data):
        if b't="e"' in match["head"]:
            found[int(match[2]), _column(match[1])] = FAULTY
        elif _NO_VALUE.search(match["body"]):
            found[int(match[2]), _column(match[1])] = UNCOUNTED
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1

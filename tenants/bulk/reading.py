"""Open a spreadsheet or a CSV file and read it row by row, or say in one sentence why not."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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

MOST_ROWS = 200_000
MOST_UNPACKED = 1 << 30
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAMPLE = 1 << 16


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as text; `is_number` tells that the spreadsheet held a number."""

    text: str
    is_number: bool = False


EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's first row, how many rows may follow, and those rows with their line numbers."""

    header: Sequence[str]
    total: int
    rows: Iterator[tuple[int, Sequence[Cell]]]


def refuse_unreadable(path: Path) -> None:
    """Raise Refused for a file that cannot be an import, without reading all of it."""
    size = path.stat().st_size
    if size == 0:
        raise Refused(_("The file is empty: it has 0 bytes."), field="file")
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ZIP):
        _refuse_bomb(path)
    elif head.startswith(_OLE):
        _refuse_password(path)
    else:
        _encoding(path)


def open_sheet(path: Path) -> Sheet:
    """Open a file of any kind we read; Refused says what is wrong with it."""
    refuse_unreadable(path)
    with path.open("rb") as file:
        head = file.read(8)
    return _excel(path) if head.startswith((_ZIP, _OLE)) else _csv(path)


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise _damaged() from None
    if size > MOST_UNPACKED:
        raise Refused(_("The spreadsheet is too large when unpacked."), field="file")


def _refuse_password(path: Path) -> None:
    if _ENCRYPTED in path.read_bytes():
        raise _protected()


def _protected() -> Refused:
    return Refused(
        _("The file is protected with a password. Save it without one and try again."),
        field="file",
    )


def _damaged() -> Refused:
    return Refused(
        _("This is not a spreadsheet we can read. Save it as .xlsx or .csv and try again."),
        field="file",
    )


def _empty() -> Refused:
    return Refused(_("The file has no rows below its header."), field="file")


def _too_many(rows: int) -> Refused:
    return Refused(
        _(
            "The file has %(rows)s rows; at most %(most)s fit. Split it.",
            rows=f"{rows:,}",
            most=f"{MOST_ROWS:,}",
        ),
        field="file",
    )


def _excel(path: Path) -> Sheet:
    try:
        book = CalamineWorkbook.from_path(path)
        sheet = _first_sheet(book)
    except PasswordError:
        raise _protected() from None
    except (CalamineError, OSError, ValueError):
        raise _damaged() from None
    last = sheet.end[0] + 1 if sheet.end else 0
    rows = enumerate(sheet.iter_rows(), start=1)
    at, header = next(((line, found) for line, row in rows if any(found := _texts(row))), (0, []))
    total = last - at
    if not header or total == 0:
        raise _empty()
    if total > MOST_ROWS:
        raise _too_many(total)
    return Sheet(header, total, _excel_rows(rows))


def _texts(values: Sequence[Any]) -> list[str]:
    return [_excel_cell(value).text for value in values]


def _excel_rows(rows: Iterator[tuple[int, list[Any]]]) -> Iterator[tuple[int, Sequence[Cell]]]:
    for line, values in rows:
        cells = [_excel_cell(value) for value in values]
        if any(cell.text for cell in cells):
            yield line, cells


def _first_sheet(book: CalamineWorkbook) -> CalamineSheet:
    for place, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
            return book.get_sheet_by_index(place)
    raise _empty()


def _excel_cell(value: Any) -> Cell:
    if isinstance(value, str):
        return Cell(value.strip()) if value else EMPTY
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE")
    if isinstance(value, float):
        return Cell(f"{value:.0f}" if value.is_integer() else repr(value), is_number=True)
    if isinstance(value, int):
        return Cell(str(value), is_number=True)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return Cell(value.date().isoformat() if midnight else value.isoformat(sep=" "))
    return Cell(str(value))


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in head:
        raise _damaged()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as text:
                while text.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise _damaged()


def _csv(path: Path) -> Sheet:
    encoding = _encoding(path)
    text = path.read_text(encoding=encoding)
    first = text[:_SAMPLE].splitlines()[0] if text.strip() else ""
    delimiter = max(",\t;", key=first.count)
    if not first.count(delimiter) and len(first) > 200:
        raise _damaged()
    total = sum(1 for _line in io.StringIO(text)) - 1
    if total > MOST_ROWS:
        # Quoted cells may hold line breaks, so only a real count may refuse.
        total = sum(1 for _row in _csv_rows(text, delimiter)) - 1
        if total > MOST_ROWS:
            raise _too_many(total)
    rows = _csv_rows(text, delimiter)
    _line, header = next(rows, (0, []))
    if not header or total < 1:
        raise _empty()
    return Sheet([cell.text for cell in header], total, rows)


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for values in reader:
            cells = [Cell(_unwrapped(value)) for value in values]
            if any(cell.text for cell in cells):
                yield reader.line_num, cells
    except csv.Error:
        raise _damaged() from None


def _unwrapped(value: str) -> str:
    """Return a cell without the tricks that keep Excel from bending digits: ="…", '…, a tab."""
    value = value.strip()
    if value.startswith('="') and value.endswith('"'):
        return value[2:-1]
    return value.removeprefix("'")

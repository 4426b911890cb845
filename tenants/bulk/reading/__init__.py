"""Open a spreadsheet or a CSV file and read it row by row, or say in one sentence why not."""

from pathlib import Path

from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.bulk.reading import excel, text
from tenants.bulk.reading.sheet import EMPTY, FLAWS, Cell, Sheet

__all__ = ["EMPTY", "FLAWS", "Cell", "Sheet", "open_sheet", "refuse_unreadable", "sheet_names"]

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refuse_unreadable(path: Path) -> None:
    """Raise Refused for a file that cannot be an import, without reading all of it."""
    size = path.stat().st_size
    if size == 0:
        raise Refused(_("The file is empty: it has 0 bytes."), field="file")
    head = _head(path)
    if head.startswith(_ZIP):
        excel.refuse_archive(path)
    elif head.startswith(_OLE):
        excel.refuse_password(path)
    else:
        text.encoding_of(path)


def open_sheet(path: Path, name: str = "") -> Sheet:
    """Open a file of any kind we read; Refused says what is wrong with it.

    `name` chooses one of a spreadsheet's sheets; the first that is shown otherwise.
    """
    refuse_unreadable(path)
    is_excel = _head(path).startswith((_ZIP, _OLE))
    return excel.open_excel(path, name) if is_excel else text.open_text(path)


def sheet_names(path: Path) -> list[str]:
    """Return the names of a spreadsheet's sheets that are shown; none for a CSV file."""
    return excel.shown_sheets(path) if _head(path).startswith((_ZIP, _OLE)) else []


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)

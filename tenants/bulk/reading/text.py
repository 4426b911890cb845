"""CSV files in the encodings that Chinese offices use."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.bulk.reading import sheet as common
from tenants.bulk.reading.sheet import Cell, Sheet, bare

_SAMPLE = 1 << 16
_HAN = re.compile(r"[\u4e00-\u9fff]{3}")


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file; Refused names the line that is in another one."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in head:
        raise common.damaged()
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gb18030":
            _refuse_mixture(data)
        return encoding
    _refuse_mixture(data)
    raise common.damaged()


def _refuse_mixture(data: bytes) -> None:
    """Raise Refused when some lines are UTF-8 and others are not: all would read as rubbish."""
    of_utf8, of_other = 0, 0
    for number, line in enumerate(data.splitlines(), start=1):
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8-sig")
        except UnicodeDecodeError:
            of_other = of_other or number
        else:
            # Two characters of GBK may happen to be UTF-8; three Chinese ones in a row do not.
            of_utf8 = of_utf8 or (number if _HAN.search(text) else 0)
        if of_utf8 and of_other:
            raise Refused(
                _(
                    "Row %(row)s is in another encoding than the rows before it. Save the whole"
                    " file as UTF-8 or GB18030.",
                    row=max(of_utf8, of_other),
                ),
                field="file",
            )


def open_text(path: Path) -> Sheet:
    """Return the rows of a CSV file: commas, tabs or semicolons, quoted or not."""
    encoding = encoding_of(path)
    try:
        text = path.read_bytes().decode(encoding)
    except UnicodeDecodeError:
        raise common.damaged() from None
    first = text[:_SAMPLE].splitlines()[0] if text.strip() else ""
    delimiter = max(",\t;", key=first.count)
    if not first.count(delimiter) and len(first) > 200:
        raise common.damaged()
    total = sum(1 for _line in io.StringIO(text)) - 1
    if total > common.MOST_ROWS:
        # Quoted cells may hold line breaks, so only a real count may refuse.
        total = sum(1 for _row in _rows(text, delimiter)) - 1
        if total > common.MOST_ROWS:
            raise common.too_many(total)
    rows = _rows(text, delimiter)
    _line, header = next(rows, (0, []))
    if not header or total < 1:
        raise common.empty()
    return Sheet([cell.text for cell in header], total, rows)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for values in reader:
            cells = [Cell(_unwrapped(value)) for value in values]
            if any(cell.text for cell in cells):
                yield reader.line_num, cells
    except csv.Error:
        raise common.damaged() from None


def _unwrapped(value: str) -> str:
    """Return a cell without the tricks that keep Excel from bending digits: ="…", '…, a tab."""
    value = bare(value)
    if value.startswith('="') and value.endswith('"'):
        return value[2:-1]
    return value.removeprefix("'")

"""A list as CSV, in the encodings that Excel and Chinese offices read."""

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kit.web import Column
from tenants.bulk.exporting.rows import Row

ENCODINGS = {"utf-8": "utf-8-sig", "gb18030": "gb18030"}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class TextFile:
    """A CSV file that is written row by row."""

    def __init__(self, path: Path, columns: Sequence[Column], *, encoding: str) -> None:
        # Excel takes a file without a mark for the encoding of the machine.
        self._file = path.open("w", encoding=ENCODINGS[encoding], newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([written(str(column.label)) for column in columns])

    def add(self, row: Row) -> None:
        """Write one row."""
        self._writer.writerow([written(value) for value in row])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def written(value: Any) -> str:
    """Return a cell as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, int | float | dt.date):
        return str(value)
    text = str(value)
    # The apostrophe is what Excel itself uses for "text"; our own import takes it off again.
    return f"'{text}" if text.startswith(_DANGEROUS) else text

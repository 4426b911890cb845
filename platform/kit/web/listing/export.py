"""A list as a spreadsheet; long digits stay text, nothing becomes a formula."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import xlsxwriter
from flask import send_file
from werkzeug.wrappers import Response

from kit.web.listing.columns import Column
from kit.web.listing.days import today
from kit.web.listing.filters import Args

OnExport = Callable[[int, Args], object]
_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_IN_MEMORY = 4 * 1024 * 1024
_CELL = 32_767


def send_sheet(
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    args: Args,
    on_export: OnExport | None = None,
) -> Response:
    """Send rows as an .xlsx file; the export is logged before a byte leaves."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    try:
        count = write_sheet(file, columns, rows)
        if on_export is not None:
            on_export(count, args)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = send_file(
        file,
        mimetype=_MIME,
        as_attachment=True,
        download_name=f"{name}-{today():%Y%m%d}.xlsx",
        max_age=0,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def write_sheet(file: Any, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write rows to a file and return how many there were."""
    shown = [column for column in columns if column.export]
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False})
    sheet = book.add_worksheet()
    heading = book.add_format({"bold": True, "bg_color": "#EEF2F3", "border": 1})
    formats = [book.add_format({"num_format": column.sheet_format()}) for column in shown]
    for index, column in enumerate(shown):
        label = str(column.label)
        sheet.set_column(index, index, max(12, min(32, 2 * len(label) + 6)))
        sheet.write_string(0, index, label, heading)
    sheet.freeze_panes(1, 0)
    count = 0
    for row in rows:
        count += 1
        for index, column in enumerate(shown):
            _write(sheet, count, index, column.for_sheet(row), formats[index])
    if shown and count:
        sheet.autofilter(0, 0, count, len(shown) - 1)
    book.close()
    return count


def _write(sheet: Any, row: int, index: int, value: object, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, index, None, style)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, index, value, style)
    elif isinstance(value, int | float):
        sheet.write_number(row, index, value, style)
    else:
        # Always a string: a text that starts with "=" must not become a formula.
        sheet.write_string(row, index, str(value)[:_CELL], style)

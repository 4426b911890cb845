"""A list as a file: what a list says of itself so that it can leave, and the plain spreadsheet.

A list that is registered as a `Source` leaves through the one dialog and log of the application,
also in the background; any other as a spreadsheet at once. Long digits stay text, nothing that
came from people becomes a formula.
"""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import xlsxwriter
from flask import send_file
from sqlalchemy import Select
from werkzeug.wrappers import Response

from kit.web.listing.columns import Column, Value
from kit.web.listing.days import today
from kit.web.listing.filters import Args

if TYPE_CHECKING:
    from kit.web.listing.listing import Listing

OnExport = Callable[[int, Args], object]
Statement = Callable[[Any, Args], Select[Any]]
Log = Callable[[int, Args, Any], object]
_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_IN_MEMORY = 4 * 1024 * 1024
_CELL = 32_767


@dataclass(frozen=True)
class Formula(Column):
    """A column that is reckoned from others, such as how long a customer has been one (D067).

    `value` gives the result. In a spreadsheet it is a living formula if every column it names in
    braces is there too: `DATEDIF({created_at},TODAY(),"M")`.
    """

    formula: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A list that can leave as a file, now or in the background, as a person may see it then.

    `statement(person, args)` is the list's statement within the person's rights and reach at that
    moment; it may refuse. `log(count, args, person)` writes the audit row. `full` has the values
    of masked columns in full, for who has the right `reveal`. `extra` columns stand only in files.
    """

    listing: "Listing"
    label: object
    permission: StrEnum | None
    statement: Statement
    log: Log
    full: Mapping[str, Value] = field(default_factory=dict)
    reveal: StrEnum | None = None
    extra: Sequence[Column] = ()

    @property
    def name(self) -> str:
        return self.listing.name

    @property
    def columns(self) -> list[Column]:
        """Every column that may stand in a file, in the order of the list."""
        return [one for one in (*self.listing.columns, *self.extra) if one.export]


_sources: dict[str, Source] = {}
_centre: dict[str, Callable[..., Any]] = {}


def register_source(source: Source) -> Source:
    """Let a list leave through the export centre."""
    if _sources.setdefault(source.name, source) is not source:
        raise ValueError(f"the list {source.name} is registered twice")
    return source


def find_source(name: str) -> Source | None:
    """Return a registered list by its name, or None."""
    return _sources.get(name)


def sources() -> Mapping[str, Source]:
    """Return every registered list by its name."""
    return dict(_sources)


def use_centre(
    *,
    send: Callable[[Source, Args], Response],
    dialog: Callable[[Source, Args], str],
    note: Callable[[Source, Args, int], object],
) -> None:
    """Say who sends registered lists: `send` at once, `dialog` is the address of the choices.

    `note` writes to the log what left otherwise, on paper.
    """
    _centre.update(send=send, dialog=dialog, note=note)


def sent_by_centre(listing: "Listing", args: Args) -> Response | None:
    """Return a registered list as a file, None when the list sends itself."""
    source = _registered(listing)
    return _centre["send"](source, args) if source else None


def noted_by_centre(listing: "Listing", args: Args, count: int) -> bool:
    """Log that so many rows of a registered list leave on paper; False when the list does it."""
    source = _registered(listing)
    if source:
        _centre["note"](source, args, count)
    return source is not None


def dialog_address(listing: "Listing", args: Args) -> str | None:
    """Return the address of the dialog that exports a registered list, None for any other."""
    source = _registered(listing)
    return _centre["dialog"](source, args) if source else None


def _registered(listing: "Listing") -> Source | None:
    source = find_source(listing.name)
    return source if source is not None and source.listing is listing and _centre else None


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
    cells = [column.writer() for column in shown]
    for index, column in enumerate(shown):
        label = str(column.label)
        sheet.set_column(index, index, max(12, min(32, 2 * len(label) + 6)))
        sheet.write_string(0, index, label, heading)
    sheet.freeze_panes(1, 0)
    count = 0
    for row in rows:
        count += 1
        for index, cell in enumerate(cells):
            _write(sheet, count, index, cell(row), formats[index])
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

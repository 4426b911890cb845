"""Spreadsheets we hand out: the template of a kind, and the wrong rows of an import."""

import tempfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

import xlsxwriter
from sqlalchemy import select

from kit.db import session
from kit.i18n import gettext as _
from tenants.bulk.models import Import, ImportRow
from tenants.bulk.registry import CellKind, ImportColumn, ImportKind
from tenants.bulk.staging import open_cells

_IN_MEMORY = 4 << 20
_TEMPLATE_ROWS = 5_000
_AT_ONCE = 5_000


def template(kind: ImportKind) -> IO[bytes]:
    """Return an empty spreadsheet with the kind's columns, text where digits must survive."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    _headings(book, sheet, kind.columns, ())
    for place, column in enumerate(kind.columns):
        if column.kind == CellKind.CHOICE:
            offered = [str(label) for label in column.choices.values()]
            sheet.data_validation(
                1, place, _TEMPLATE_ROWS, place, {"validate": "list", "source": offered}
            )
    notes = book.add_worksheet(_("How to fill it in"))
    notes.set_column(0, 0, 24)
    notes.set_column(1, 1, 70)
    for line, column in enumerate(kind.columns):
        notes.write_string(line, 0, _marked(column))
        notes.write_string(line, 1, _explained(column))
    book.close()
    file.seek(0)
    return file


def wrong_rows(brought: Import, kind: ImportKind) -> IO[bytes]:
    """Return an import's wrong rows as they were, each with its line and the reason."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    _headings(book, sheet, kind.columns, (_("Row"), _("Reason")))
    at = len(kind.columns)
    for line, (row, cells, problem) in enumerate(_wrong(brought), start=1):
        for place, column in enumerate(kind.columns):
            if text := cells.get(column.key):
                # Always a string: a text that starts with "=" must not become a formula.
                sheet.write_string(line, place, text)
        sheet.write_number(line, at, row)
        sheet.write_string(line, at + 1, problem)
    book.close()
    file.seek(0)
    return file


def _wrong(brought: Import) -> Iterable[tuple[int, dict[str, str], str]]:
    last = 0
    while True:
        part = (
            session()
            .execute(
                select(ImportRow.line, ImportRow.cells, ImportRow.problem, ImportRow.public_id)
                .where(
                    ImportRow.import_id == brought.id,
                    ImportRow.problem != "",
                    ImportRow.line > last,
                )
                .order_by(ImportRow.line)
                .limit(_AT_ONCE)
            )
            .all()
        )
        for line, cells, problem, public_id in part:
            yield line, open_cells(cells, public_id), problem
            last = line
        if len(part) < _AT_ONCE:
            return


def _headings(book: Any, sheet: Any, columns: Sequence[ImportColumn], more: Sequence[str]) -> None:
    usual = book.add_format({"bold": True, "bg_color": "#EEF2F3", "border": 1})
    needed = book.add_format({"bold": True, "bg_color": "#FBE9D7", "border": 1})
    as_text = book.add_format({"num_format": "@"})
    for place, column in enumerate(columns):
        heading = _marked(column)
        width = max(12, min(32, 2 * len(heading) + 6), len(column.example) + 2)
        is_plain = column.kind in {CellKind.TEXT, CellKind.DIGITS, CellKind.CHOICE}
        sheet.set_column(place, place, width, as_text if is_plain else None)
        sheet.write_string(0, place, heading, needed if column.required else usual)
    for place, heading in enumerate(more, start=len(columns)):
        sheet.set_column(place, place, 40 if place > len(columns) else 8)
        sheet.write_string(0, place, heading, usual)
    sheet.freeze_panes(1, 0)


def _marked(column: ImportColumn) -> str:
    return f"{column.label}*" if column.required else str(column.label)


def _explained(column: ImportColumn) -> str:
    parts = [_("Required.")] if column.required else []
    if column.note:
        parts.append(str(column.note))
    if column.choices:
        offered = _("; ").join(str(label) for label in column.choices.values())
        parts.append(_("One of: %(offered)s.", offered=offered))
    if column.kind == CellKind.DATE:
        parts.append(_("A date such as 2026-08-01."))
    if column.example:
        parts.append(_("Example: %(example)s", example=column.example))
    return " ".join(parts)

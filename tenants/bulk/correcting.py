"""Correcting a wrong row in the page: its cells are read, checked and staged anew."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kit import audit
from kit.db import session, transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from tenants.bulk import events, layouts, services
from tenants.bulk.cells import RowReader
from tenants.bulk.models import Import, ImportRow, ImportState
from tenants.bulk.reading import Cell
from tenants.bulk.registry import ImportColumn, ImportKind
from tenants.bulk.staging import (
    Line,
    Twice,
    count_rows,
    judge,
    open_cells,
    read_texts,
    staged_lines,
    stored_cells,
)


class WrongRow:
    """A staged row as a person corrects it: each column with its text and what is wrong there."""

    def __init__(self, kind: ImportKind, row: ImportRow, used: Sequence[str]) -> None:
        self.line = row.line
        self.problem = row.problem
        self.texts = open_cells(row.cells, row.public_id)
        reader = RowReader(kind)
        cells = {key: Cell(text) for key, text in self.texts.items()}
        self.problems = {**reader.missing(cells), **reader.read(cells).problems}
        shown = set(used) | set(self.texts) | set(self.problems)
        self.columns = [column for column in kind.columns if column.key in shown]

    @property
    def at_fault(self) -> Sequence[ImportColumn]:
        """The columns to be corrected: the wrong ones, else those that tell records apart."""
        wrong = [one for one in self.columns if one.key in self.problems]
        # What only the database knows is not of one cell: it lies in what identifies the record.
        telling = [one for one in self.columns if one.required or one.unique]
        return wrong or [one for one in telling if one.key in self.texts] or self.columns[:1]


def find_row(brought: Import, line: int) -> ImportRow:
    """Return a staged row that is wrong; Missing when it is not there or not wrong."""
    found = session().scalars(
        select(ImportRow).where(
            ImportRow.import_id == brought.id, ImportRow.line == line, ImportRow.problem != ""
        )
    )
    row = found.one_or_none()
    if row is None:
        raise Missing(str(line))
    return row


def correct_row(
    brought: Import, line: int, texts: Mapping[str, str], *, kind: ImportKind, by: audit.Actor
) -> str:
    """Put texts into a wrong row's cells and check it again; return what is still wrong.

    Cells that are not named keep what they have. Refuses once the import is confirmed.
    """
    kind = layouts.shaped(kind, brought.options)
    with transaction():
        brought = services.lock_import(brought)
        if brought.state != ImportState.CHECKED:
            raise Refused(_("The rows of this import cannot be changed any more."))
        row = find_row(brought, line)
        known = {column.key for column in kind.columns}
        merged = open_cells(row.cells, row.public_id)
        merged |= {key: text.strip() for key, text in texts.items() if key in known}
        reader = RowReader(kind)
        read = read_texts(reader, {key: text for key, text in merged.items() if text})
        found = Line(line, read.cells, read.values, list(read.problems.values()))
        if any(column.unique and column.key in read.values for column in kind.columns):
            found.problems += _same_elsewhere(brought, kind, line, read.values)
        judge(kind, brought.options, [found], by)
        row.cells = stored_cells(kind, read.cells, row.public_id)
        row.problem = " ".join(found.problems)
        row.target_id = found.target
        session().flush()
        count_rows(brought)
        audit.record(events.CORRECTED, brought, by=by, kind=brought.kind, line=line)
        return row.problem


def _same_elsewhere(
    brought: Import, kind: ImportKind, line: int, values: Mapping[str, Any]
) -> list[str]:
    twice = Twice(kind)
    for part in staged_lines(brought.id, kind):
        for other in part:
            if other.line != line:
                twice.problems(other.line, other.values)
    return twice.problems(line, values)

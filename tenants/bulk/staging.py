"""The dry run: a file is read once, each row checked and staged, ten thousand at a time."""

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from sqlalchemy import func, select

from kit import audit, clock, crypto, files, ids
from kit.crash import crash_point
from kit.db import copy_columns, session
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import JobRun
from tenants.accounts import room
from tenants.bulk import acting, headers, layouts, reading, services, telling
from tenants.bulk.cells import ReadRow, RowReader, is_bent
from tenants.bulk.models import SEAL, Import, ImportRow, ImportState
from tenants.bulk.options import IGNORED, KEY, LOCALE, MODE, SHEET
from tenants.bulk.reading import Cell
from tenants.bulk.registry import CellKind, ImportKind, Mode, Options, Row, find_kind

BATCH = 10_000
_SEALED = "sealed"


@dataclass(slots=True)
class Line:
    """A row on its way: its cells, its values, and what is wrong with it so far."""

    line: int
    cells: Mapping[str, Cell]
    values: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)
    target: int | None = None

    @property
    def row(self) -> Row:
        return Row(self.line, self.values, self.target)


def check_file(run: JobRun, import_id: str) -> None:
    """Read, check and stage an import's file; each batch is a step that is done once."""
    brought = find_import(import_id)
    if brought is None:
        return
    if brought.state not in {ImportState.UPLOADED, ImportState.CHECKING}:
        # Checked by a run that died before it could do this.
        room.remove(brought.file_key)
        return
    kind = find_kind(brought.kind)
    if kind is None:
        raise LookupError(brought.kind)
    options = dict(brought.options)
    number, key = brought.id, brought.file_key
    kind = layouts.shaped(kind, options)
    with force_locale(options[LOCALE]):
        run.once("begin", lambda: _begin(number))
        try:
            ignored = _stage_file(run, number, kind, options, key)
        except Refused as refusal:
            sentence = str(refusal)
            run.once("refused", lambda: _refuse(number, sentence))
        else:
            run.once("end", lambda: _end(number, ignored))
        crash_point("import.checked")
        room.remove(key)


def _stage_file(
    run: JobRun, number: int, kind: ImportKind, options: Mapping[str, Any], key: str
) -> Sequence[str]:
    """Stage every row of a file; return the headers that were not used."""
    with files.local(key) as path:
        return _stage_sheet(run, number, kind, options, path)


def _stage_sheet(
    run: JobRun, number: int, kind: ImportKind, options: Mapping[str, Any], path: Path
) -> Sequence[str]:
    sheet = reading.open_sheet(path, options.get(SHEET, ""))
    header = headers.read_header(kind, sheet.header, options)
    lines = read_lines(kind, header, sheet)
    done = 0
    while part := list(islice(lines, BATCH)):
        run.once(f"stage {part[0].line}", partial(_stage, number, kind, options, part))
        crash_point("import.part_staged")
        done += len(part)
        run.progress(done, max(done, sheet.total))
    if not done:
        raise Refused(_("The file has no rows below its header."))
    return header.ignored


def find_import(public_id: str) -> Import | None:
    """Return an import by public id, or None."""
    return session().scalars(select(Import).where(Import.public_id == public_id)).one_or_none()


def read_lines(kind: ImportKind, header: headers.Header, sheet: reading.Sheet) -> Iterator[Line]:
    """Yield a sheet's rows with what is wrong in each by itself, or twice in the file."""
    reader = RowReader(kind)
    names = [headers.plain(name) for name in sheet.header]
    twice = Twice(kind)
    for line, row in sheet.rows:
        read = reader.read(reader.cells(header.places, row))
        found = Line(line, read.cells, read.values, list(read.problems.values()))
        if repeats(names, row):
            found.problems = [_("The row repeats the header; leave it out.")]
        found.problems += twice.problems(line, read.values)
        yield found


def repeats(names: Sequence[str], row: Sequence[Cell]) -> bool:
    """Tell whether a row is the header once more, as where sheets were put together."""
    if len(names) < 2 or headers.plain(row[0].text) != names[0]:
        return False
    return [headers.plain(cell.text) for cell in row[: len(names)]] == names


class Twice:
    """Remembers what stands in unique columns, to name the row that had the same before."""

    def __init__(self, kind: ImportKind) -> None:
        self._columns = [(column.key, column.label) for column in kind.columns if column.unique]
        self._seen: dict[str, dict[str, int]] = {key: {} for key, _label in self._columns}

    def problems(self, line: int, values: Mapping[str, Any]) -> list[str]:
        """Return a sentence for each unique value that an earlier row has."""
        found = []
        for key, label in self._columns:
            value = values.get(key)
            if value is None:
                continue
            first = self._seen[key].setdefault(str(value), line)
            if first != line:
                found.append(
                    _("%(column)s is the same as in row %(line)s.", column=label, line=first)
                )
        return found


def _begin(number: int) -> None:
    brought = session().get_one(Import, number)
    brought.state = ImportState.CHECKING
    brought.begun_at = clock.now()


def _stage(number: int, kind: ImportKind, options: Options, part: Sequence[Line]) -> None:
    by = acting.person(session().get_one(Import, number))
    judge(kind, options, part, by)
    # Nobody sees these ids outside: one drawn at random for the batch, then the line.
    drawn = ids.new()[:16]
    public_ids = [f"{drawn}{line.line:010}" for line in part]
    copy_columns(
        ImportRow.__table__,  # type: ignore[arg-type]
        {
            "public_id": public_ids,
            "line": [str(line.line) for line in part],
            "cells": _written(kind, [line.cells for line in part], public_ids),
            "problem": [" ".join(line.problems) for line in part],
            "target_id": [None if line.target is None else str(line.target) for line in part],
        },
        {"created_at": clock.now(), "import_id": number},
    )


def judge(kind: ImportKind, options: Options, part: Sequence[Line], by: audit.Actor) -> None:
    """Find the records that rows change, and add what is wrong with rows beyond their cells."""
    reader = RowReader(kind)
    _find_targets(kind, options, part, by)
    for line in part:
        # Of a record that is there, only what the row names is touched.
        if line.target is None and options.get(MODE) != Mode.UPDATE:
            line.problems += reader.missing(line.cells).values()
    for found in (
        _asked(kind.check, [one for one in part if one.target is None], options),
        _asked(
            kind.changes.check if kind.changes else kind.check,
            [one for one in part if one.target is not None],
            options,
        ),
    ):
        if found:
            for line in part:
                if line.line in found:
                    line.problems.append(found[line.line])


def _asked(check: Any, lines: Sequence[Line], options: Options) -> Mapping[int, str]:
    good = [line.row for line in lines if not line.problems]
    found: Mapping[int, str] = check(good, options) if good else {}
    return found


def _find_targets(
    kind: ImportKind, options: Options, part: Sequence[Line], by: audit.Actor
) -> None:
    mode, key = options.get(MODE, Mode.CREATE), options.get(KEY, "")
    if mode == Mode.CREATE or kind.changes is None:
        return
    label = kind.column(key).label
    rows = [line.row for line in part if key in line.values]
    found = kind.changes.find(rows, key, by) if rows else {}
    for line in part:
        line.target = found.get(line.line)
        if line.target is None and mode == Mode.UPDATE and key in line.values:
            line.problems.append(_("No record that you may change has this %(key)s.", key=label))
        elif key not in line.cells and mode == Mode.UPDATE:
            line.problems.append(_("%(column)s is missing.", column=label))


def _written(
    kind: ImportKind, rows: Sequence[Mapping[str, Cell]], public_ids: Sequence[str]
) -> list[str]:
    """Return rows' cells as the column holds them: sealed where they are a person's."""
    digits = [column for column in kind.columns if column.kind == CellKind.DIGITS]
    dumps = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode

    def texts(cells: Mapping[str, Cell]) -> str:
        found = {key: cell.text for key, cell in cells.items()}
        for column in digits:
            cell = cells.get(column.key)
            if cell is not None and cell.is_number and is_bent(column, cell):
                # As Excel would show it: nobody must take the made-up digits for typed ones.
                found[column.key] = f"{float(cell.text):.14E}"
        return dumps(found)

    plain = [texts(cells) for cells in rows]
    if not kind.is_personal:
        return plain
    # Staged rows of persons are at rest like the persons themselves.
    sealed = crypto.encrypt_many(plain, label=SEAL, public_ids=public_ids)
    return [f'{{"{_SEALED}": "{base64.b64encode(one).decode()}"}}' for one in sealed]


def stored_cells(kind: ImportKind, cells: Mapping[str, Cell], public_id: str) -> dict[str, Any]:
    """Return cells as the column of a staged row holds them."""
    (written,) = _written(kind, [cells], [public_id])
    found: dict[str, Any] = json.loads(written)
    return found


def open_cells(cells: Mapping[str, Any], public_id: str) -> dict[str, str]:
    """Return staged cells as text by column key."""
    sealed = cells.get(_SEALED)
    return dict(cells) if sealed is None else _unsealed([sealed], [public_id])[0]


def _unsealed(rows: Sequence[str], public_ids: Sequence[str]) -> list[dict[str, str]]:
    """Return many rows' sealed cells as text."""
    sealed = [base64.b64decode(row) for row in rows]
    loads = json.JSONDecoder().decode
    return [loads(text) for text in crypto.decrypt_many(sealed, label=SEAL, public_ids=public_ids)]


def _refuse(number: int, sentence: str) -> None:
    brought = session().get_one(Import, number)
    services.drop_rows(brought, only_good=False)
    services.end(brought, ImportState.REFUSED, sentence)
    telling.tell(telling.REFUSED, brought)


def _end(number: int, ignored: Collection[str]) -> None:
    brought = session().get_one(Import, number)
    brought.options[IGNORED] = list(ignored)[:20]
    count_rows(brought)
    brought.state = ImportState.CHECKED
    telling.tell(
        telling.CHECKED, brought, good=f"{brought.good_count:,}", bad=f"{brought.bad_count:,}"
    )


def count_rows(brought: Import) -> None:
    """Write an import's counts as its staged rows now are."""
    is_good = ImportRow.problem == ""
    total, good, changed = (
        session()
        .execute(
            select(
                func.count(),
                func.count().filter(is_good),
                func.count(ImportRow.target_id).filter(is_good),
            ).where(ImportRow.import_id == brought.id)
        )
        .one()
    )
    brought.row_count, brought.good_count, brought.bad_count = total, good, total - good
    brought.created_count, brought.changed_count = good - changed, changed


def staged_lines(
    number: int, kind: ImportKind, *, only_good: bool = True, below: int | None = None
) -> Iterator[list[Line]]:
    """Yield an import's staged rows, parsed again, in batches by line."""
    reader = RowReader(kind)
    last = 0
    while True:
        statement = select(
            ImportRow.line,
            # What is sealed is one long text: it needs no reading as JSON first.
            (ImportRow.cells[_SEALED].astext if kind.is_personal else ImportRow.cells).label(
                "cells"
            ),
            ImportRow.public_id,
            ImportRow.target_id,
        ).where(ImportRow.import_id == number, ImportRow.line > last)
        if only_good:
            statement = statement.where(ImportRow.problem == "")
        if below is not None:
            statement = statement.where(ImportRow.line < below)
        staged = session().execute(statement.order_by(ImportRow.line).limit(BATCH)).all()
        if not staged:
            return
        opened = [row.cells for row in staged]
        if kind.is_personal:
            opened = _unsealed(opened, [row.public_id for row in staged])
        part = []
        for row, texts in zip(staged, opened, strict=True):
            read = read_texts(reader, texts)
            problems = list(read.problems.values())
            part.append(Line(row.line, read.cells, read.values, problems, row.target_id))
        yield part
        last = part[-1].line


def read_texts(reader: RowReader, texts: Mapping[str, str]) -> ReadRow:
    """Return what staged or typed texts mean."""
    return reader.read({key: Cell(text) for key, text in texts.items()})

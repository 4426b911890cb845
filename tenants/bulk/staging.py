"""The dry run: a file is read once, each row checked and staged, ten thousand at a time."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from flask_babel import force_locale
from sqlalchemy import func, select, update

from kit import audit, clock, crypto, files, ids
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import JobRun
from tenants.bulk import events, headers, reading, services, telling
from tenants.bulk.cells import RowReader
from tenants.bulk.models import SEAL, Import, ImportRow, ImportState
from tenants.bulk.reading import Cell
from tenants.bulk.registry import ImportKind, Row, find_kind
from tenants.numbers.services.intake import insert_columns

BATCH = 10_000
_SEALED = "sealed"


@dataclass(slots=True)
class Line:
    """A row on its way: its cells, its values, and what is wrong with it so far."""

    line: int
    cells: Mapping[str, Cell]
    values: Mapping[str, Any]
    problem: str


def check_file(run: JobRun, import_id: str) -> None:
    """Read, check and stage an import's file; each batch is a step that is done once."""
    brought = find_import(import_id)
    if brought is None or brought.state not in {ImportState.UPLOADED, ImportState.CHECKING}:
        return
    kind = find_kind(brought.kind)
    options = dict(brought.options)
    number, key = brought.id, brought.file_key
    if kind is None:
        raise LookupError(brought.kind)
    with force_locale(options[services.LOCALE]):
        run.once("begin", lambda: _begin(number))
        try:
            ignored = _stage_file(run, number, kind, options, key)
        except Refused as refusal:
            sentence = str(refusal)
            run.once("refused", lambda: _refuse(number, sentence))
        else:
            run.once("end", lambda: _end(number, ignored))
        files.remove(key)


def _stage_file(
    run: JobRun, number: int, kind: ImportKind, options: Mapping[str, Any], key: str
) -> Sequence[str]:
    """Stage every row of a file; return the headers that were not used."""
    sheet = reading.open_sheet(files.path_of(key))
    header = headers.read_header(kind, sheet.header, options)
    lines = read_lines(kind, header, sheet)
    done = 0
    while part := list(islice(lines, BATCH)):
        run.once(f"stage {part[0].line}", partial(_stage, number, kind, options, part))
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
    unique = [column for column in kind.columns if column.unique]
    seen: dict[tuple[str, str], int] = {}
    for line, row in sheet.rows:
        cells = reader.cells(header.places, row)
        values, problems = reader.values(cells)
        for column in unique:
            value = values.get(column.key)
            if value is None:
                continue
            first = seen.setdefault((column.key, str(value)), line)
            if first != line:
                problems.append(
                    _("%(column)s is the same as in row %(line)s.", column=column.label, line=first)
                )
        yield Line(line, cells, values, " ".join(problems))


def _begin(number: int) -> None:
    session().get_one(Import, number).state = ImportState.CHECKING


def _stage(number: int, kind: ImportKind, options: Mapping[str, Any], part: Sequence[Line]) -> None:
    good = [Row(line.line, line.values) for line in part if not line.problem]
    found = kind.check(good, options) if good else {}
    # Nobody sees these ids outside: one drawn at random for the batch, then the line.
    drawn = ids.new()[:16]
    public_ids = [f"{drawn}{line.line:010}" for line in part]
    insert_columns(
        ImportRow.__table__,  # type: ignore[arg-type]
        {
            "public_id": public_ids,
            "line": [str(line.line) for line in part],
            "cells": [
                _seal(_texts(line), public_id) if kind.is_personal else _texts(line)
                for line, public_id in zip(part, public_ids, strict=True)
            ],
            "problem": [line.problem or found.get(line.line, "") for line in part],
        },
        {"created_at": clock.now(), "import_id": number},
    )


def _texts(line: Line) -> str:
    return json.dumps({key: cell.text for key, cell in line.cells.items()}, ensure_ascii=False)


def _seal(texts: str, public_id: str) -> str:
    """Return cells encrypted: staged rows of persons are at rest like the persons themselves."""
    sealed = crypto.encrypt(texts, label=SEAL, public_id=public_id)
    return json.dumps({_SEALED: base64.b64encode(sealed).decode()})


def open_cells(cells: Mapping[str, Any], public_id: str) -> dict[str, str]:
    """Return staged cells as text by column key."""
    if _SEALED not in cells:
        return dict(cells)
    sealed = base64.b64decode(cells[_SEALED])
    opened: dict[str, str] = json.loads(crypto.decrypt(sealed, label=SEAL, public_id=public_id))
    return opened


def _refuse(number: int, sentence: str) -> None:
    brought = session().get_one(Import, number)
    services.drop_rows(brought, only_good=False)
    services.end(brought, ImportState.REFUSED, sentence)
    telling.tell(telling.REFUSED, brought)


def _end(number: int, ignored: Sequence[str]) -> None:
    brought = session().get_one(Import, number)
    brought.options[services.IGNORED] = list(ignored)[:20]
    count_rows(brought)
    brought.state = ImportState.CHECKED
    telling.tell(
        telling.CHECKED, brought, good=f"{brought.good_count:,}", bad=f"{brought.bad_count:,}"
    )


def count_rows(brought: Import) -> None:
    """Write an import's counts as its staged rows now are."""
    total, bad = (
        session()
        .execute(
            select(func.count(), func.count().filter(ImportRow.problem != "")).where(
                ImportRow.import_id == brought.id
            )
        )
        .one()
    )
    brought.row_count, brought.bad_count, brought.good_count = total, bad, total - bad


def good_rows(number: int, kind: ImportKind) -> Iterator[list[Row]]:
    """Yield an import's good rows, parsed, in batches by line."""
    reader = RowReader(kind)
    last = 0
    while True:
        staged = session().execute(
            select(ImportRow.line, ImportRow.cells, ImportRow.public_id)
            .where(ImportRow.import_id == number, ImportRow.problem == "", ImportRow.line > last)
            .order_by(ImportRow.line)
            .limit(BATCH)
        )
        part = [
            Row(line, reader.values(_as_cells(open_cells(cells, public_id)))[0])
            for line, cells, public_id in staged
        ]
        if not part:
            return
        yield part
        last = part[-1].line


def _as_cells(cells: Mapping[str, str]) -> dict[str, Cell]:
    return {key: Cell(text) for key, text in cells.items()}


def apply_rows(run: JobRun, import_id: str) -> None:
    """Take an import's good rows in, in one transaction; when any is refused, check all again."""
    brought = find_import(import_id)
    if brought is None or brought.state != ImportState.APPLYING:
        return
    kind = find_kind(brought.kind)
    options = dict(brought.options)
    number = brought.id
    if kind is None:
        raise LookupError(brought.kind)
    with force_locale(options[services.LOCALE]):
        try:
            run.once("apply", lambda: _apply(run, number, kind, options))
        except Refused as refusal:
            sentence = str(refusal)
            run.once("check again", lambda: _check_again(number, kind, options, sentence))


def _apply(run: JobRun, number: int, kind: ImportKind, options: Mapping[str, Any]) -> None:
    brought = session().get_one(Import, number, with_for_update=True, populate_existing=True)
    by = Person(brought.actor_kind, brought.actor_id, brought.actor_name)
    total = brought.good_count
    done = 0
    for part in good_rows(number, kind):
        kind.apply(part, options, by)
        done += len(part)
        run.progress(done, total)
    services.drop_rows(brought)
    services.end(brought, ImportState.APPLIED)
    audit.record(events.APPLIED, brought, by=by, kind=kind.name, count=done)
    telling.tell(telling.APPLIED, brought, good=f"{done:,}")


def _check_again(number: int, kind: ImportKind, options: Mapping[str, Any], sentence: str) -> None:
    """Note what is wrong meanwhile: nothing was saved, and the person decides anew."""
    with transaction() as current:
        for part in good_rows(number, kind):
            found = kind.check(part, options)
            for line, problem in found.items():
                current.execute(
                    update(ImportRow)
                    .where(ImportRow.import_id == number, ImportRow.line == line)
                    .values(problem=problem)
                )
        brought = current.get_one(Import, number, populate_existing=True)
        count_rows(brought)
        brought.state = ImportState.CHECKED
        brought.problem = sentence


@dataclass(frozen=True, slots=True)
class Person:
    """Who brought the file in, as the audit log names them."""

    actor_kind: str
    actor_id: str
    actor_name: str

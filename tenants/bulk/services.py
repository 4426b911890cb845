"""Verbs on imports: receive, check, confirm, undo, discard; the jobs' part is elsewhere."""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import Any, BinaryIO

from sqlalchemy import delete, select

from kit import audit, clock, files, jobs
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import current_locale
from kit.i18n import gettext as _
from tenants.accounts import room
from tenants.bulk import events, headers, reading
from tenants.bulk.models import BulkRun, Import, ImportResult, ImportRow, ImportState
from tenants.bulk.options import (
    FILE_NAME,
    KEY,
    LOCALE,
    MAPPING,
    MODE,
    POLICY,
    SHEET,
    UNDO_BY,
    WORDS,
)
from tenants.bulk.registry import ErrorPolicy, ImportKind, Mode

KEPT_FOR = dt.timedelta(days=30)
LEFT_FOR = dt.timedelta(days=2)
_REMEMBERED = 5
_AT_ONCE = 5_000


def receive_import(
    stream: BinaryIO,
    *,
    kind: ImportKind,
    file_name: str,
    options: Mapping[str, Any],
    by: audit.Actor,
) -> Import:
    """Keep an uploaded file; what its columns mean is said next.

    Refuses at once what is no spreadsheet, is empty, has a password or macros.
    """
    name = PurePath(file_name).name[:200] or "file"
    stored = room.store(stream, field="file")
    try:
        with files.local(stored.key) as path:
            reading.refuse_unreadable(path)
        with transaction() as current:
            started = Import(
                kind=kind.name,
                file_name=name,
                file_key=stored.key,
                options={**options, LOCALE: current_locale(), FILE_NAME: name},
                actor_kind=by.actor_kind,
                actor_id=by.actor_id,
                actor_name=by.actor_name,
            )
            current.add(started)
            audit.record(
                events.STARTED, started, by=by, kind=kind.name, file_name=started.file_name
            )
            return started
    except BaseException:
        room.discard(stored.key)
        raise


def check_import(
    brought: Import,
    *,
    kind: ImportKind,
    mapping: Mapping[str, int] | None,
    words: Mapping[str, str] | None = None,
    mode: Mode = Mode.CREATE,
    key: str = "",
    sheet: str = "",
    by: audit.Actor,
) -> Import:
    """Have a received file checked in the background, its columns as mapped: the dry run.

    `mapping` is where each of our columns stands in the file, None to go by the headers' words;
    `words` is what is remembered of it. Refuses a mapping that lacks a column or a key.
    """
    from tenants.bulk.jobs import check_import as job

    if mode not in kind.modes:
        raise Refused(_("Rows of this kind can only be added."), field="mode")
    if mode != Mode.CREATE and (kind.changes is None or key not in kind.changes.keys):
        raise Refused(_("Choose the column that names the record."), field="key")
    with transaction():
        brought = lock_import(brought)
        if not waits_for_mapping(brought):
            raise Refused(_("This file is being checked already."))
        chosen: dict[str, Any] = {MODE: mode, KEY: key if mode != Mode.CREATE else "", SHEET: sheet}
        if mapping is not None:
            headers.refuse_missing(kind, mapping, brought.options | chosen)
            chosen[MAPPING] = dict(mapping)
        brought.options.update(chosen)
        brought.options[WORDS] = dict(words or {})
        audit.record(events.MAPPED, brought, by=by, kind=brought.kind, mode=mode)
        brought.job_id = jobs.enqueue(
            job, asked_by=by.actor_id or None, import_id=brought.public_id
        )
        return brought


def waits_for_mapping(brought: Import) -> bool:
    """Tell whether a file has come but nobody has said yet what its columns are."""
    return brought.state == ImportState.UPLOADED and brought.job_id is None


def remembered_words(kind: ImportKind, by: audit.Actor) -> dict[str, str]:
    """Return what a person's last files of a kind called which column, by plain header."""
    rows = session().scalars(
        select(Import.options)
        .where(Import.kind == kind.name, Import.actor_id == by.actor_id, Import.job_id.is_not(None))
        .order_by(Import.id.desc())
        .limit(_REMEMBERED)
    )
    found: dict[str, str] = {}
    for options in rows:
        found = options.get(WORDS, {}) | found
    return found


def confirm_import(brought: Import, *, policy: ErrorPolicy, by: audit.Actor) -> Import:
    """Have the checked rows taken in, in the background.

    Refuses an import with wrong rows unless the person says what becomes of them, and one without
    good rows.
    """
    from tenants.bulk.jobs import apply_import

    with transaction():
        brought = lock_import(brought)
        if brought.state != ImportState.CHECKED:
            raise Refused(_("This import cannot be confirmed any more."))
        if brought.good_count == 0:
            raise Refused(_("The file has no row that could be imported."))
        if brought.bad_count and policy == ErrorPolicy.ALL:
            raise Refused(
                _(
                    "%(count)s rows are wrong. Correct them, or leave them out.",
                    count=brought.bad_count,
                ),
                field="policy",
            )
        if brought.bad_count and policy == ErrorPolicy.STOP and _first_is_wrong(brought):
            raise Refused(_("The very first row is wrong; nothing would be taken in."))
        brought.state = ImportState.APPLYING
        brought.problem = ""
        brought.created_count = brought.changed_count = 0
        brought.options[POLICY] = policy
        audit.record(
            events.CONFIRMED,
            brought,
            by=by,
            kind=brought.kind,
            good=brought.good_count,
            bad_left_out=brought.bad_count,
        )
        brought.job_id = jobs.enqueue(
            apply_import, asked_by=by.actor_id or None, import_id=brought.public_id
        )
        return brought


def _first_is_wrong(brought: Import) -> bool:
    first = select(ImportRow.problem).where(ImportRow.import_id == brought.id)
    return bool(session().scalar(first.order_by(ImportRow.line).limit(1)))


def undo_import(brought: Import, *, kind: ImportKind, by: audit.Actor) -> Import:
    """Have the records that an import made taken away again, those with which nothing was done.

    Refuses what was undone already, makes nothing new, or is more than thirty days old.
    """
    from tenants.bulk.jobs import undo_import as job

    with transaction():
        brought = lock_import(brought)
        if not may_be_undone(brought, kind):
            raise Refused(_("This import cannot be undone any more."))
        brought.options[UNDO_BY] = by.actor_id
        brought.begun_at = clock.now()
        audit.record(events.UNDO_ASKED, brought, by=by, kind=brought.kind)
        brought.job_id = jobs.enqueue(
            job, asked_by=by.actor_id or None, import_id=brought.public_id
        )
        return brought


def may_be_undone(brought: Import, kind: ImportKind) -> bool:
    """Tell whether the records that an import made could still be taken away."""
    return (
        kind.undo is not None
        and brought.state == ImportState.APPLIED
        and brought.created_count > 0
        and UNDO_BY not in brought.options
        and brought.ended_at is not None
        and brought.ended_at > clock.now() - KEPT_FOR
    )


def is_undoing(brought: Import) -> bool:
    """Tell whether the records of an import are being taken away now."""
    return UNDO_BY in brought.options and brought.undone_at is None


def discard_import(brought: Import, *, by: audit.Actor) -> Import:
    """Throw a checked import away; its wrong rows stay to be downloaded.

    Refuses one that is at work or over.
    """
    with transaction():
        brought = lock_import(brought)
        stuck = brought.state in {ImportState.UPLOADED, ImportState.CHECKING} and (
            brought.job_id is None or _has_died(brought)
        )
        if brought.state != ImportState.CHECKED and not stuck:
            raise Refused(_("This import cannot be discarded any more."))
        drop_rows(brought, only_good=not stuck)
        room.remove(brought.file_key)
        end(brought, ImportState.DISCARDED)
        audit.record(events.DISCARDED, brought, by=by, kind=brought.kind)
        return brought


def purge_rows() -> None:
    """Delete what is kept of imports that ended a month ago, and files nobody said more about.

    So goes what was done with many rows a month ago.
    """
    with transaction() as current:
        current.execute(delete(BulkRun).where(BulkRun.created_at < clock.now() - KEPT_FOR))
        old = select(Import.id).where(Import.ended_at < clock.now() - KEPT_FOR)
        for table in (ImportRow, ImportResult):
            current.execute(delete(table).where(table.import_id.in_(old)))
        left = current.scalars(
            select(Import).where(
                Import.state == ImportState.UPLOADED,
                Import.job_id.is_(None),
                Import.created_at < clock.now() - LEFT_FOR,
            )
        )
        for brought in left:
            room.remove(brought.file_key)
            end(brought, ImportState.DISCARDED)


def erase_rows(texts: Collection[str]) -> int:
    """Delete staged rows that hold one of these texts in a cell; return how many.

    Part of erasing a person: phone and document number, as they may have been typed.
    """
    from tenants.bulk.staging import open_cells

    wanted = {_bare(text) for text in texts}
    gone: list[int] = []
    with transaction() as current:
        last = 0
        while part := current.execute(
            select(ImportRow.id, ImportRow.public_id, ImportRow.cells)
            .where(ImportRow.id > last)
            .order_by(ImportRow.id)
            .limit(_AT_ONCE)
        ).all():
            last = part[-1].id
            gone += [
                row.id
                for row in part
                if wanted & {_bare(text) for text in open_cells(row.cells, row.public_id).values()}
            ]
        current.execute(delete(ImportRow).where(ImportRow.id.in_(gone)))
    return len(gone)


def _bare(text: str) -> str:
    """Return a text without what people put between digits."""
    return re.sub(r"[\s-]", "", text).upper()


def lock_import(brought: Import) -> Import:
    """Return an import as it is now, locked until the transaction ends."""
    return session().get_one(Import, brought.id, with_for_update=True, populate_existing=True)


def drop_rows(brought: Import, *, only_good: bool = True) -> None:
    """Delete an import's staged rows, the wrong ones only when asked."""
    statement = delete(ImportRow).where(ImportRow.import_id == brought.id)
    session().execute(statement.where(ImportRow.problem == "") if only_good else statement)


def end(brought: Import, state: ImportState, problem: str = "") -> None:
    """Write how a locked import ended."""
    brought.state = state
    brought.problem = problem
    brought.ended_at = clock.now()


def _has_died(brought: Import) -> bool:
    status = jobs.find_job(brought.job_id) if brought.job_id else None
    return status is None or status.has_ended

"""Verbs on imports: begin, confirm, discard; what the jobs do is in staging and applying."""

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
from tenants.bulk import events, reading
from tenants.bulk.models import Import, ImportRow, ImportState
from tenants.bulk.registry import ImportKind

KEPT_FOR = dt.timedelta(days=30)
LOCALE = "locale"
FILE_NAME = "file_name"
IGNORED = "ignored"
WITHOUT_BAD = "without_bad"
_AT_ONCE = 5_000


def start_import(
    stream: BinaryIO,
    *,
    kind: ImportKind,
    file_name: str,
    options: Mapping[str, Any],
    by: audit.Actor,
) -> Import:
    """Keep an uploaded file and have it checked in the background: the dry run.

    Refuses at once what is no spreadsheet, is empty or has a password.
    """
    from tenants.bulk.jobs import check_import

    name = PurePath(file_name).name[:200] or "file"
    stored = files.store(stream)
    try:
        reading.refuse_unreadable(files.path_of(stored.key))
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
            started.job_id = jobs.enqueue(check_import, import_id=started.public_id)
            return started
    except BaseException:
        files.discard(stored.key)
        raise


def confirm_import(brought: Import, *, without_bad: bool, by: audit.Actor) -> Import:
    """Have the checked rows taken in, in the background and all at once.

    Refuses an import with wrong rows unless the person leaves them out, and one without good rows.
    """
    from tenants.bulk.jobs import apply_import

    with transaction():
        brought = lock_import(brought)
        if brought.state != ImportState.CHECKED:
            raise Refused(_("This import cannot be confirmed any more."))
        if brought.good_count == 0:
            raise Refused(_("The file has no row that could be imported."))
        if brought.bad_count and not without_bad:
            raise Refused(
                _(
                    "%(count)s rows are wrong. Correct the file, or leave them out.",
                    count=brought.bad_count,
                ),
                field="without_bad",
            )
        brought.state = ImportState.APPLYING
        brought.problem = ""
        brought.options[WITHOUT_BAD] = bool(brought.bad_count)
        audit.record(
            events.CONFIRMED,
            brought,
            by=by,
            kind=brought.kind,
            good=brought.good_count,
            bad_left_out=brought.bad_count,
        )
        brought.job_id = jobs.enqueue(apply_import, import_id=brought.public_id)
        return brought


def discard_import(brought: Import, *, by: audit.Actor) -> Import:
    """Throw a checked import away; its wrong rows stay to be downloaded.

    Refuses one that is at work or over.
    """
    with transaction():
        brought = lock_import(brought)
        stuck = brought.state in {ImportState.UPLOADED, ImportState.CHECKING} and _has_died(brought)
        if brought.state != ImportState.CHECKED and not stuck:
            raise Refused(_("This import cannot be discarded any more."))
        drop_rows(brought, only_good=not stuck)
        files.remove(brought.file_key)
        end(brought, ImportState.DISCARDED)
        audit.record(events.DISCARDED, brought, by=by, kind=brought.kind)
        return brought


def purge_rows() -> None:
    """Delete the wrong rows of imports that ended a month ago."""
    with transaction() as current:
        old = select(Import.id).where(Import.ended_at < clock.now() - KEPT_FOR)
        current.execute(delete(ImportRow).where(ImportRow.import_id.in_(old)))


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

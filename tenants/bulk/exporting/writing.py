"""Writing an export's file: in parts of ten thousand rows, as the person who asked for it."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from flask import current_app, g, has_request_context
from flask_babel import force_locale

from kit import clock, i18n, tenancy
from kit.crash import crash_point
from kit.db import session, transaction
from kit.errors import Forbidden, Refused
from kit.i18n import gettext as _
from kit.jobs import JobRun
from tenants.accounts import room
from tenants.accounts.letters import Letter, own_address, read_by, send_once
from tenants.accounts.models import User
from tenants.accounts.realm import ask_as
from tenants.bulk.exporting import asking
from tenants.bulk.exporting.books import Book
from tenants.bulk.exporting.prints import Print
from tenants.bulk.exporting.rows import Row, Selection, select_rows
from tenants.bulk.exporting.texts import TextFile
from tenants.bulk.models import Export, ExportState, FileFormat

PART = 10_000


class Writer(Protocol):
    """Something that rows are written into."""

    def add(self, row: Row) -> None: ...
    def close(self) -> None: ...


def write_file(made: Export, *, progress: Callable[[int, int], None] | None = None) -> Export:
    """Write an export's file and keep it; Refused or Forbidden when the person may not have it."""
    chosen = select_rows(
        asking.source_of(made),
        asking.args_of(made),
        made.fields,
        person=made.user,
        revealed=made.is_revealed,
    )
    total = made.row_count
    with tempfile.TemporaryDirectory(prefix="simtree-export-") as folder:
        paths, count = _write_parts(
            chosen, made, Path(folder), lambda done: progress and progress(done, max(done, total))
        )
        name = f"{_stem(made)}.{made.file_format}"
        path = paths[0]
        if len(paths) > 1:
            name = f"{_stem(made)}.zip"
            path = Path(folder) / name
            _zip(paths, path)
        with path.open("rb") as stream:
            # Under the export's own id: killed before the row names it, the next try replaces it.
            stored = room.keep(stream, made.public_id)
    crash_point("export.stored")
    # What was read is as old as the file; the row is written in a transaction of its own.
    session().rollback()
    try:
        with transaction(even_read_only=True) as work:
            found = work.get_one(Export, made.id, with_for_update=True, populate_existing=True)
            asking.finish(found, key=stored.key, size=stored.size, name=name, count=count)
    except BaseException:
        room.discard(stored.key)
        raise
    return found


def _write_parts(
    chosen: Selection, made: Export, folder: Path, told: Callable[[int], Any]
) -> tuple[list[Path], int]:
    paths: list[Path] = []
    writer: Writer | None = None
    count = 0
    for _row, cells in chosen.rows():
        if writer is None or (count % PART == 0 and count):
            if writer is not None:
                writer.close()
                crash_point("export.part_written")
            paths.append(folder / f"{_stem(made)}-{len(paths) + 1:02}.{made.file_format}")
            writer = _writer(made, paths[-1], chosen)
        writer.add(cells)
        count += 1
        if count % 500 == 0:
            told(count)
    if writer is None:
        paths.append(folder / f"{_stem(made)}.{made.file_format}")
        writer = _writer(made, paths[-1], chosen)
    writer.close()
    return paths, count


def _writer(made: Export, path: Path, chosen: Selection) -> Writer:
    mark = mark_of(made)
    match FileFormat(made.file_format):
        case FileFormat.CSV:
            return TextFile(path, chosen.columns, encoding=made.options["encoding"])
        case FileFormat.PDF:
            return Print(path, chosen.columns, title=str(chosen.source.label), mark=mark)
    names = [column.name for column in chosen.columns]
    category = made.options["category"]
    return Book(
        path,
        chosen.columns,
        mark=mark,
        place=names.index(category) if category in names else None,
    )


def mark_of(made: Export) -> str:
    """Return the watermark: who took the list from which workspace, and when."""
    when = made.created_at.astimezone(i18n.timezone())
    return f"{tenancy.current().name} · {made.user.name} · {when:%Y-%m-%d %H:%M}"


def _stem(made: Export) -> str:
    day = made.created_at.astimezone(i18n.timezone())
    return f"{made.source}-{day:%Y%m%d}"


def _zip(paths: list[Path], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in paths:
            # Workbooks are compressed already.
            stored = zipfile.ZIP_STORED if one.suffix == ".xlsx" else zipfile.ZIP_DEFLATED
            archive.write(one, one.name, compress_type=stored)


@contextmanager
def as_person(person: User, permission: StrEnum | None) -> Iterator[None]:
    """Let lists ask who is there, as they do in a request: it is the one who asked for the file."""
    if has_request_context():
        yield
        return
    with current_app.test_request_context(base_url=f"https://{tenancy.current().host}"):
        g._login_user = person  # noqa: SLF001 - where flask-login looks for him
        ask_as(permission)
        yield


def make_export(run: JobRun, export_id: str) -> None:
    """Write a large export's file in the background, then mail its link."""
    made = asking.find_export(export_id)
    if made is None:
        return
    asked_in = made.options["locale"]
    if made.state in {ExportState.WAITING, ExportState.WORKING}:
        with force_locale(asked_in):
            run.once("begin", lambda: _begin(export_id))
            try:
                _write(run, export_id)
            except (Refused, Forbidden) as refusal:
                sentence = (
                    str(refusal)
                    if isinstance(refusal, Refused)
                    else _("You may not see this list any more.")
                )
                session().rollback()
                run.once("failed", lambda: _fail(export_id, sentence))
                return
    send_once(run, lambda: _letter(export_id), step="told")


def _write(run: JobRun, export_id: str) -> None:
    made = _found(export_id)
    if not made.user.is_active:
        raise Forbidden(export_id)
    with as_person(made.user, asking.source_of(made).permission):
        write_file(_found(export_id), progress=run.progress)


def _begin(export_id: str) -> None:
    made = _found(export_id)
    made.state = ExportState.WORKING
    made.begun_at = clock.now()


def _fail(export_id: str, sentence: str) -> None:
    asking.fail(_found(export_id), sentence)


def _found(export_id: str) -> Export:
    found = asking.find_export(export_id)
    if found is None:
        raise LookupError(export_id)
    return found


def _letter(export_id: str) -> Letter | None:
    """Return the mail with the link; it opens for this person alone and until the file expires."""
    made = _found(export_id)
    if made.state != ExportState.READY:
        return None
    with read_by(made.user, otherwise=made.options["locale"]):
        return Letter(
            made.user.email or "",
            _(
                "The file %(name)s with %(count)s rows is ready.\n\n%(link)s\n\n"
                "Only you can open it, after logging in, until %(until)s.",
                name=made.file_name,
                count=made.row_count,
                link=address_of(made),
                until=i18n.format_datetime(made.expires_at),
            ),
            subject=_("Your export is ready: %(name)s", name=made.file_name),
        )


def address_of(made: Export) -> str:
    """Return the signed address of an export's file at the workspace's own host."""
    return own_address(f"/exports/{made.public_id}/file?key={asking.link_key(made)}")

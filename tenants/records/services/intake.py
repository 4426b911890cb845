"""Take a file in: judged by its content, kept, and handed to the scanner where there is one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from kit import audit, files
from kit.db import lock_row, transaction
from kit.errors import Refused
from kit.file_kinds import clean_name, extension_of, recognise
from kit.i18n import gettext as _
from kit.scanning import Verdict, scanner
from tenants.accounts import room
from tenants.records import events
from tenants.records.models import Attachment, Document, ScanState

LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is kept but belongs to nothing yet."""

    name: str
    media_type: str
    stored: files.Stored

    def columns(self) -> dict[str, Any]:
        """Return what a row says of it."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "size": self.stored.size,
            "sha256": self.stored.sha256,
            "file_key": self.stored.key,
            "scan_state": ScanState.WAITING if scanner() else ScanState.NOT_LOOKED,
        }


@contextmanager
def take_in(name: str, stream: BinaryIO) -> Iterator[Taken]:
    """Keep a file for the block that makes a row of it; thrown away when that refuses.

    Refuses a name that misleads, an empty file, one of more than 20 MB, and kinds not taken.
    """
    name = clean_name(name)
    size = stream.seek(0, 2)
    if size == 0:
        raise Refused(_("%(name)s is empty.", name=name), field="files")
    if size > LARGEST:
        raise Refused(
            _("%(name)s is larger than %(count)s MB.", name=name, count=LARGEST >> 20),
            field="files",
        )
    found = recognise(name, stream)
    stream.seek(0)
    stored = room.store(stream, field="files")
    try:
        yield Taken(name, found.media_type, stored)
    except BaseException:
        room.discard(stored.key)
        raise


def renamed(row: Attachment | Document, name: str) -> str:
    """Return a file's new name: what it is, its extension says, and that stays."""
    extension = extension_of(row.name)
    name = clean_name(name)
    if extension_of(name) != extension:
        name = clean_name(f"{name}.{extension}")
    return name


def set_scanned(row: Attachment | Document, verdict: Verdict) -> None:
    """Write down what the scanner said of a file; the second time changes nothing."""
    with transaction():
        row = lock_row(row)
        if row.scan_state != ScanState.WAITING:
            return
        row.scan_state = ScanState.CLEAN if verdict.is_clean else ScanState.INFECTED
        audit.record(
            events.FILE_SCANNED,
            row,
            by=audit.SYSTEM,
            file_kind="attachment" if isinstance(row, Attachment) else "document",
            result=row.scan_state if verdict.is_clean else verdict.found[:100],
        )

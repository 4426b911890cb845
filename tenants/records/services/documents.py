"""Documents of the library: add, rename, move, delete, restore, destroy."""

from kit import audit, clock
from kit.db import after_commit, lock_row, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from kit.sorting import sort_key
from tenants.accounts import room
from tenants.accounts.models import User
from tenants.records import events
from tenants.records.jobs import scan
from tenants.records.models import Document, FileKind, Folder, ScanState, TagUse
from tenants.records.services.intake import Taken, renamed


def add_document(folder: Folder, taken: Taken, *, by: User) -> Document:
    """Put a file into a folder; refuses one that has been removed meanwhile."""
    with transaction() as work:
        folder = _there(folder)
        added = Document(
            folder_id=folder.id,
            sort_key=sort_key(taken.name),
            uploaded_by_id=by.id,
            uploaded_by_name=by.name,
            deleted_at=None,
            **taken.columns(),
        )
        work.add(added)
        work.flush()
        audit.record(
            events.DOCUMENT_ADDED,
            added,
            by=by,
            name=added.name,
            folder=folder.name,
            media_type=added.media_type,
            size=added.size,
            sha256=added.sha256,
        )
        if added.scan_state == ScanState.WAITING:
            enqueue(scan, kind=FileKind.DOCUMENT.value, public_id=added.public_id)
        return added


def _there(folder: Folder) -> Folder:
    try:
        return lock_row(folder)
    except LookupError:
        raise Refused(_("This folder is not there any more."), field="folder") from None


def rename_document(row: Document, *, name: str, version: int, by: User) -> None:
    """Give a document another name; its extension stays. Refuses a stale copy."""
    with transaction():
        row = lock_row(row)
        refuse_stale(row, version)
        before, row.name = row.name, renamed(row, name)
        row.sort_key = sort_key(row.name)
        row.version += 1
        audit.record(events.DOCUMENT_RENAMED, row, by=by, before=before, after=row.name)


def move_document(row: Document, folder: Folder, *, version: int, by: User) -> None:
    """Put a document into another folder; refuses a stale copy."""
    with transaction():
        folder = _there(folder)
        row = lock_row(row)
        refuse_stale(row, version)
        before = session().get_one(Folder, row.folder_id).name
        row.folder_id = folder.id
        row.version += 1
        audit.record(
            events.DOCUMENT_MOVED, row, by=by, name=row.name, before=before, after=folder.name
        )


def delete_document(row: Document, *, by: User) -> None:
    """Put a document into the recycle bin. Twice is once."""
    with transaction():
        row = lock_row(row)
        if row.deleted_at is not None:
            return
        row.deleted_at = clock.now()
        row.deleted_by_name = by.name
        row.version += 1
        audit.record(events.DOCUMENT_DELETED, row, by=by, name=row.name, sha256=row.sha256)


def restore_document(row: Document, *, by: audit.Actor) -> None:
    """Take a document out of the recycle bin. Twice is once."""
    with transaction():
        row = lock_row(row)
        if row.deleted_at is None:
            return
        row.deleted_at = None
        row.deleted_by_name = ""
        row.version += 1
        audit.record(events.DOCUMENT_RESTORED, row, by=by, name=row.name)


def purge_document(row: Document, *, by: audit.Actor) -> None:
    """Destroy a document with its file and its tags."""
    with transaction() as work:
        row = lock_row(row)
        key = row.file_key
        audit.record(events.DOCUMENT_PURGED, row, by=by, name=row.name, sha256=row.sha256)
        work.query(TagUse).filter(TagUse.record_id == row.public_id).delete()
        work.delete(row)
        after_commit(lambda: room.remove(key))

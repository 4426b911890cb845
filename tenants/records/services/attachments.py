"""Attach files to a record; rename, delete, restore and destroy them."""

from kit import audit, clock
from kit.db import TenantModel, after_commit, lock_row, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from tenants.accounts import room
from tenants.accounts.models import User
from tenants.records import events, queries
from tenants.records.jobs import scan
from tenants.records.models import Attachment, FileKind, ScanState
from tenants.records.services.intake import Taken, renamed

MOST = 50


def attach(kind: str, record: TenantModel, taken: Taken, *, by: User) -> Attachment:
    """Attach a file to a record; refuses the fifty-first, and the same content twice."""
    with transaction() as work:
        # Two uploads at the limit wait for each other here.
        record = lock_row(record)
        _refuse_full(kind, record.public_id)
        same = queries.same_attachment(kind, record.public_id, taken.stored.sha256)
        if same is not None:
            raise Refused(
                _("%(name)s is here already, as %(other)s.", name=taken.name, other=same.name),
                field="files",
            )
        added = Attachment(
            record_kind=kind,
            record_id=record.public_id,
            uploaded_by_id=by.id,
            uploaded_by_name=by.name,
            deleted_at=None,
            **taken.columns(),
        )
        work.add(added)
        work.flush()
        audit.record(
            events.ATTACHED,
            added,
            by=by,
            record_kind=kind,
            record=record.public_id,
            media_type=added.media_type,
            size=added.size,
            sha256=added.sha256,
        )
        if added.scan_state == ScanState.WAITING:
            enqueue(scan, kind=FileKind.ATTACHMENT.value, public_id=added.public_id)
        return added


def _refuse_full(kind: str, public_id: str) -> None:
    if queries.count_attachments(kind, public_id) >= MOST:
        raise Refused(
            _("A record has at most %(count)s attachments; delete one first.", count=MOST),
            field="files",
        )


def rename_attachment(row: Attachment, *, name: str, version: int, by: User) -> None:
    """Give an attachment another name; its extension stays. Refuses a stale copy."""
    with transaction():
        row = lock_row(row)
        refuse_stale(row, version)
        row.name = renamed(row, name)
        row.version += 1
        audit.record(events.ATTACHMENT_RENAMED, row, by=by, **_of(row))


def delete_attachment(row: Attachment, *, by: User) -> None:
    """Put an attachment into the recycle bin. Twice is once."""
    with transaction():
        row = lock_row(row)
        if row.deleted_at is not None:
            return
        row.deleted_at = clock.now()
        row.deleted_by_name = by.name
        row.version += 1
        audit.record(events.ATTACHMENT_DELETED, row, by=by, sha256=row.sha256, **_of(row))


def restore_attachment(row: Attachment, record: TenantModel, *, by: audit.Actor) -> None:
    """Take an attachment out of the recycle bin; refuses where its record is full meanwhile."""
    with transaction():
        record = lock_row(record)
        row = lock_row(row)
        if row.deleted_at is None:
            return
        _refuse_full(row.record_kind, record.public_id)
        row.deleted_at = None
        row.deleted_by_name = ""
        row.version += 1
        audit.record(events.ATTACHMENT_RESTORED, row, by=by, **_of(row))


def purge_attachment(row: Attachment, *, by: audit.Actor) -> None:
    """Destroy an attachment with its file; who is reading it reads it to its end."""
    with transaction():
        row = lock_row(row)
        key = row.file_key
        audit.record(events.ATTACHMENT_PURGED, row, by=by, sha256=row.sha256, **_of(row))
        session().delete(row)
        after_commit(lambda: room.remove(key))


def _of(row: Attachment) -> dict[str, str]:
    return {"record_kind": row.record_kind, "record": row.record_id}

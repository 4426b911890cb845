"""Fetch records, their files, folders, comments and tags with the right to them."""

from typing import TypeVar

from sqlalchemy import select

from kit.db import TenantModel, session
from kit.errors import Forbidden, Missing
from tenants.accounts.kinds import RecordKind, find_kind
from tenants.accounts.models import User
from tenants.accounts.scopes import reach_of
from tenants.records import queries
from tenants.records.bins import Bin, every_bin, find_bin
from tenants.records.models import (
    Attachment,
    Comment,
    Document,
    FileLink,
    Folder,
    RecordTag,
)

_Row = TypeVar("_Row", bound=TenantModel)


def kind(code: str) -> RecordKind:
    """Return a kind of record that carries things; Missing for any other."""
    found = find_kind(code)
    if found is None or not found.carries:
        raise Missing(code)
    return found


def record(code: str, public_id: str, person: User) -> TenantModel:
    """Return a record that a person may see; Missing or Forbidden as its own page would answer."""
    wanted = kind(code)
    found: TenantModel = wanted.fetch(public_id, reach_of(person, wanted.view))
    if not person.can(wanted.view):
        raise Forbidden(public_id)
    return found


def editable(code: str, public_id: str, person: User) -> TenantModel:
    """Return a record that a person may attach to and put tags on; else as `record`."""
    wanted = kind(code)
    found: TenantModel = wanted.fetch(public_id, reach_of(person, wanted.edit))
    if not person.can(wanted.edit):
        raise Forbidden(public_id)
    return found


def may_see(code: str, public_id: str, person: User) -> bool:
    """Tell whether a person may see a record."""
    try:
        record(code, public_id, person)
    except (Missing, Forbidden):
        return False
    return True


def may_edit(code: str, public_id: str, person: User) -> bool:
    """Tell whether a person may attach to a record and put tags on it."""
    try:
        editable(code, public_id, person)
    except (Missing, Forbidden):
        return False
    return True


def _one(model: type[_Row], public_id: str) -> _Row:
    statement = select(model).where(model.public_id == public_id)
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise Missing(public_id)
    return found


def attachment(public_id: str, person: User, *, to_edit: bool = False) -> Attachment:
    """Return a live attachment of a record that a person may see, or (`to_edit`) may change."""
    found = _one(Attachment, public_id)
    (editable if to_edit else record)(found.record_kind, found.record_id, person)
    if found.deleted_at is not None:
        raise Missing(public_id)
    return found


def read_comment(public_id: str, person: User) -> Comment:
    """Return a comment on a record that one may see; Missing when it has been taken back."""
    found = _one(Comment, public_id)
    record(found.record_kind, found.record_id, person)
    if found.deleted_at is not None:
        raise Missing(public_id)
    return found


def comment(public_id: str, person: User) -> Comment:
    """Return one's own comment on a record that one may see; Forbidden for anybody else's."""
    found = read_comment(public_id, person)
    if found.author_id != person.id:
        raise Forbidden(public_id)
    return found


def tag(public_id: str) -> RecordTag:
    """Return a tag; Missing when there is none."""
    return _one(RecordTag, public_id)


def folder(public_id: str, person: User, *, to_write: bool = False) -> Folder:
    """Return a folder that a person may read, or (`to_write`) write in; else Forbidden."""
    found = _one(Folder, public_id)
    rights = queries.folder_rights(person)
    if found.id not in (rights.writable if to_write else rights.readable):
        raise Forbidden(public_id)
    return found


def document(public_id: str, person: User, *, to_write: bool = False) -> Document:
    """Return a live document in a folder that a person may read or write in; else Forbidden."""
    found = _one(Document, public_id)
    rights = queries.folder_rights(person)
    if found.folder_id not in (rights.writable if to_write else rights.readable):
        raise Forbidden(public_id)
    if found.deleted_at is not None:
        raise Missing(public_id)
    return found


def file_link(public_id: str, person: User) -> FileLink:
    """Return a link to a file that a person may share; Missing when there is none."""
    found = _one(FileLink, public_id)
    if found.file_kind == "attachment":
        attachment(found.file_id, person, to_edit=True)
    else:
        document(found.file_id, person, to_write=True)
    return found


def any_bin(person: User) -> None:
    """Refuse (Forbidden) who may restore nothing from the recycle bin."""
    if not may_restore(person):
        raise Forbidden("bin")


def may_restore(person: User) -> bool:
    """Tell whether a person may restore something: who deletes a kind brings it back, too."""
    return any(person.can(one.permission) for one in every_bin())


def bin_of(code: str, person: User) -> Bin:
    """Return a kind's recycle bin; Forbidden without the right to restore from it."""
    found = find_bin(code)
    if found is None:
        raise Missing(code)
    if not person.can(found.permission):
        raise Forbidden(code)
    return found


def binned(code: str, public_id: str, person: User) -> tuple[Bin, TenantModel]:
    """Return a deleted record with its bin; Missing for one that is not there."""
    found = find_bin(code)
    if found is None:
        raise Missing(code)
    row = found.fetch(public_id, person)
    bin_of(code, person)
    return found, row


def any_attachment(public_id: str, person: User | None) -> Attachment:
    """Return an attachment, also a deleted one, for who may change its record (None: for all)."""
    found = _one(Attachment, public_id)
    if person is not None:
        editable(found.record_kind, found.record_id, person)
    return found


def any_document(public_id: str, person: User | None) -> Document:
    """Return a document, also a deleted one, for who may write in its folder (None: for all)."""
    found = _one(Document, public_id)
    if person is not None and found.folder_id not in queries.folder_rights(person).writable:
        raise Forbidden(public_id)
    return found

"""This module's own kinds: documents of the library, and the bins of documents and attachments."""

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from kit import audit
from kit.i18n import lazy_gettext as _l
from tenants.accounts.kinds import RecordKind, kinds, register
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import Reach, of_people, reach_of
from tenants.records import access, queries, services
from tenants.records.bins import Bin, Binned, register_bin
from tenants.records.models import Attachment, Document, FileColumns


def _live() -> Select[Document]:
    statement = select(Document).where(Document.deleted_at.is_(None))
    return statement.options(joinedload(Document.folder))


def _matching(statement: Select[Document], text: str) -> Select[Document]:
    named = Document.name.icontains(text, autoescape=True)
    return statement.where(named).order_by(Document.id.desc())


def _readable(reach: Reach) -> ColumnElement[bool]:
    return Document.folder_id.in_(queries.folder_rights(reach.person).readable)


DOCUMENT = register(
    RecordKind(
        code="document",
        label=_l("Documents"),
        one=_l("Document"),
        icon="files",
        model=Document,
        endpoint="documents.show",
        view=Permission.Document.VIEW,
        edit=Permission.Document.EDIT,
        rows=_live,
        matching=_matching,
        show=lambda document: (document.name, document.folder.name),
        called=lambda document: document.name,
        fetch=lambda public_id, reach: access.document(public_id, reach.person),
        reached=_readable,
    )
)


def _columns(model: type[FileColumns]) -> Binned:
    return select(
        model.id,  # type: ignore[attr-defined]
        model.public_id,  # type: ignore[attr-defined]
        model.name,
        model.deleted_at,
        model.deleted_by_name.label("deleted_by"),
    ).where(model.deleted_at.is_not(None))


def _attachments(person: User | None) -> Binned:
    statement = _columns(Attachment)
    if person is None:
        return statement
    codes = [one.code for one in kinds() if one.carries and person.can(one.edit)]
    # Records of other modules cannot be joined here: who does not reach everything finds again
    # what he, or somebody of his units, has brought himself.
    within = of_people(reach_of(person, Permission.Bin.VIEW), Attachment.uploaded_by_id)
    return statement.where(Attachment.record_kind.in_(codes), within)


def _documents(person: User | None) -> Binned:
    statement = _columns(Document)
    if person is None:
        return statement
    return statement.where(Document.folder_id.in_(queries.folder_rights(person).writable))


def _restore_attachment(row: Attachment, by: audit.Actor) -> None:
    if isinstance(by, User):
        record = access.editable(row.record_kind, row.record_id, by)
        services.restore_attachment(row, record, by=by)


ATTACHMENT_BIN = register_bin(
    Bin(
        code="attachment",
        label=_l("Attachments"),
        icon="paperclip",
        permission=Permission.Bin.VIEW,
        deleted=_attachments,
        fetch=access.any_attachment,
        restore=_restore_attachment,
        purge=lambda row, by: services.purge_attachment(row, by=by),
    )
)
DOCUMENT_BIN = register_bin(
    Bin(
        code=DOCUMENT.code,
        label=DOCUMENT.label,
        icon=DOCUMENT.icon,
        permission=Permission.Bin.VIEW,
        deleted=_documents,
        fetch=access.any_document,
        restore=lambda row, by: services.restore_document(row, by=by),
        purge=lambda row, by: services.purge_document(row, by=by),
    )
)

"""The recycle bins of this module's own: attachments and documents."""

from sqlalchemy import select

from kit import audit
from kit.i18n import lazy_gettext as _l
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import of_people, reach_of
from tenants.records import access, queries, services
from tenants.records.kinds import Bin, Binned, every_kind, register_bin
from tenants.records.models import Attachment, Document, FileColumns


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
    kinds = [one.code for one in every_kind() if person.can(one.edit)]
    # Records of other modules cannot be joined here: who does not reach everything finds again
    # what he, or somebody of his units, has brought himself.
    within = of_people(reach_of(person, Permission.Bin.VIEW), Attachment.uploaded_by_id)
    return statement.where(Attachment.record_kind.in_(kinds), within)


def _documents(person: User | None) -> Binned:
    statement = _columns(Document)
    if person is None:
        return statement
    return statement.where(Document.folder_id.in_(queries.folder_rights(person).writable))


def _restore_attachment(row: Attachment, by: audit.Actor) -> None:
    if isinstance(by, User):
        record = access.editable(row.record_kind, row.record_id, by)
        services.restore_attachment(row, record, by=by)


ATTACHMENTS = register_bin(
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
DOCUMENTS = register_bin(
    Bin(
        code="document",
        label=_l("Documents"),
        icon="files",
        permission=Permission.Bin.VIEW,
        deleted=_documents,
        fetch=access.any_document,
        restore=lambda row, by: services.restore_document(row, by=by),
        purge=lambda row, by: services.purge_document(row, by=by),
    )
)

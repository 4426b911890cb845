"""Find documents of the library from everywhere, and let them be commented on and tagged."""

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import Select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.scopes import Reach
from tenants.records import access, queries
from tenants.records.kinds import RecordKind, register
from tenants.records.models import Document


def _readable() -> Select[Document]:
    return queries.documents_in(queries.folder_rights(signed_in_user()).readable)


def _find(text: str, limit: int) -> Iterable[Found]:
    chosen = _readable().where(Document.name.icontains(text, autoescape=True))
    return map(_found, session().scalars(chosen.order_by(Document.id.desc()).limit(limit)))


def _recall(keys: Collection[str]) -> Iterable[Found]:
    return map(_found, session().scalars(_readable().where(Document.public_id.in_(keys))))


def _found(document: Document) -> Found:
    url = url_for("documents.show", public_id=document.public_id)
    return Found(document.public_id, document.name, url, document.folder.name)


def _fetch(public_id: str, reach: Reach) -> Document:
    return access.document(public_id, reach.person)


FINDER = Finder(
    kind="document",
    label=_l("Documents"),
    icon="files",
    permission=Permission.Document.VIEW,
    find=_find,
    recall=_recall,
    endpoint="documents.show",
)
RECORD = register(RecordKind(finder=FINDER, fetch=_fetch, edit=Permission.Document.EDIT))

"""The document library: its folders beside the list, one document, and what is done with it."""

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from flask import Response, g, request, url_for
from markupsafe import Markup
from sqlalchemy import Select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session, transaction
from kit.file_kinds import type_of
from kit.i18n import format_size
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Column, Filter, Listing, RowAction, go, page
from kit.web.filters import icon
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import as_events, describe_export
from tenants.records import access, events, queries, services
from tenants.records.forms import DocumentForm, LinkForm
from tenants.records.labels import SCAN_STATES
from tenants.records.models import Document, Folder, ScanState
from tenants.records.queries import FolderRights
from tenants.records.timeline import together
from tenants.records.views import sending
from tenants.records.views.attachments import answer_upload
from tenants.records.views.blueprint import library as blueprint
from tenants.records.views.parts import tag_filter

KIND = "document"


def rights() -> FolderRights:
    """Return what the person of this request may do with each folder, asked once."""
    if "folder_rights" not in g:
        g.folder_rights = queries.folder_rights(signed_in_user())
    found: FolderRights = g.folder_rights
    return found


def folders() -> Sequence[Folder]:
    """Return the folders that the person of this request may read, asked once."""
    if "folders" not in g:
        seen = rights().readable
        g.folders = [one for one in rights().folders if one.id in seen]
    found: Sequence[Folder] = g.folders
    return found


def folder_options(*, writable: bool = False) -> list[tuple[str, str]]:
    """Return folders with their way from the top, for a choice."""
    known = folders()
    chosen = [one for one in known if not writable or one.id in rights().writable]
    named = [
        (one.public_id, " / ".join(each.name for each in queries.folder_path(one, known)))
        for one in chosen
    ]
    return sorted(named, key=lambda one: one[1])


def _in_folder(statement: Select[Any], public_id: str) -> Select[Any]:
    chosen = [one.id for one in folders() if one.public_id == public_id]
    return statement.where(Document.folder_id.in_(chosen))


def _may_write(row: Document) -> bool:
    return row.folder_id in rights().writable


def _marked(row: Document) -> Markup:
    """Return a document's name behind its small picture, or the icon of its kind."""
    kind = type_of(row.media_type)
    small = Markup("")
    if sending.has_thumbnail(row):
        picture = Markup('<img src="{}" alt="" loading="lazy" width="28" height="28">')
        small = picture.format(url_for("documents.thumbnail", public_id=row.public_id))
    mark = Markup('<span class="files-mark is-small">{}{}</span>')
    named = Markup('<span class="files-named">{}<span>{}</span></span>')
    return named.format(mark.format(icon(kind.icon if kind else "file"), small), row.name)


LISTING = Listing(
    name="documents",
    columns=[
        Column("name", _l("File name"), sort=Document.sort_key, width="lg", markup=_marked),
        Column("folder", _l("Folder"), value="folder.name"),
        Column("size", _l("Size"), value=lambda row: format_size(row.size), align="end"),
        Column("uploaded_by_name", _l("Added by")),
        Column("created_at", _l("Added at"), kind="datetime"),
    ],
    filters=[
        Filter.search(
            lambda statement, text: statement.where(Document.name.icontains(text, autoescape=True)),
            label=_l("File name"),
        ),
        tag_filter(KIND, Document.public_id),
        Filter.choice("folder", _l("Folder"), folder_options, apply=_in_folder),
    ],
    row_url=lambda row: url_for("documents.show", public_id=row.public_id),
    actions=[
        RowAction(
            _l("Download"),
            lambda row: url_for("documents.download", public_id=row.public_id),
            visible=lambda row: bool(row.is_readable),
        ),
        RowAction(
            _l("Change"),
            lambda row: url_for("documents.edit", public_id=row.public_id),
            drawer=True,
            visible=_may_write,
        ),
        RowAction(
            _l("Delete"),
            lambda row: url_for("documents.delete", public_id=row.public_id),
            post=True,
            danger=True,
            visible=_may_write,
            confirm=lambda row: _("Delete %(name)s? It goes to the recycle bin.", name=row.name),
        ),
    ],
    empty_title=_l("No documents here"),
    empty_hint=_l("Choose a folder and drop files onto it."),
    empty_icon="files",
)
describe_export(events.DOCUMENTS_EXPORTED, _l("List of documents exported"), LISTING)


@blueprint.get("/")
@requires(Permission.Document.VIEW)
def index() -> BaseResponse:
    def log(count: int, filters: Any) -> None:
        record_export(events.DOCUMENTS_EXPORTED, count=count, filters=filters, by=signed_in_user())

    known = folders()
    at = next((one for one in known if one.public_id == request.args.get("folder")), None)
    return LISTING.respond(
        queries.documents_in(rights().readable),
        session(),
        "records/documents.html",
        on_export=log,
        tree=_branches(known),
        at=at,
        path=queries.folder_path(at, known) if at else [],
        may_write=at is not None and at.id in rights().writable,
        may_manage=signed_in_user().can(Permission.Document.EDIT),
    )


def _branches(known: Sequence[Folder]) -> dict[int | None, list[Folder]]:
    """Return folders by the one above; whose own is not to be seen stands at the top."""
    seen = {one.id for one in known}
    found: dict[int | None, list[Folder]] = {}
    for one in known:
        found.setdefault(one.parent_id if one.parent_id in seen else None, []).append(one)
    return found


@blueprint.post("/folders/<public_id>/upload")
@requires(Permission.Document.VIEW)
def upload(public_id: str) -> BaseResponse:
    me = signed_in_user()
    folder = access.folder(public_id, me, to_write=True)

    def keep(file: FileStorage) -> None:
        with services.take_in(file.filename or "", cast("BinaryIO", file.stream)) as taken:
            services.add_document(folder, taken, by=me)

    return answer_upload(
        request.files.getlist("files"), keep, back=url_for("documents.index", folder=public_id)
    )


@blueprint.get("/<public_id>")
@requires(Permission.Document.VIEW)
def show(public_id: str) -> Response:
    document = access.document(public_id, signed_in_user())
    kind = type_of(document.media_type)
    return page(
        "records/document.html",
        document=document,
        folder=" / ".join(one.name for one in queries.folder_path(document.folder, folders())),
        size=format_size(document.size),
        is_inline=bool(kind and kind.inline and document.is_readable),
        is_picture=document.media_type.startswith("image/"),
        scan_state=SCAN_STATES.get(ScanState(document.scan_state)),
        tags=queries.tags_of(public_id),
        may_write=_may_write(document),
        events=together(KIND, public_id, as_events(log_of(public_id))),
    )


@blueprint.get("/<public_id>/file")
@requires(Permission.Document.VIEW)
def download(public_id: str) -> Response:
    return sending.send(access.document(public_id, signed_in_user()))


@blueprint.get("/<public_id>/preview")
@requires(Permission.Document.VIEW)
def preview(public_id: str) -> Response:
    return sending.send(access.document(public_id, signed_in_user()), inline=True)


@blueprint.get("/<public_id>/thumbnail")
@requires(Permission.Document.VIEW)
def thumbnail(public_id: str) -> Response:
    return sending.send_thumbnail(access.document(public_id, signed_in_user()))


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Document.VIEW)
def edit(public_id: str) -> BaseResponse:
    document = access.document(public_id, signed_in_user(), to_write=True)
    form = DocumentForm(
        obj=document,
        instead={
            "folder": document.folder.public_id,
            "tags": [one.public_id for one in queries.tags_of(public_id)],
        },
    )
    form.folder.refill(folder_options(writable=True))
    form.tags.refill(queries.tag_options(KIND))
    if form.validate_on_submit():
        form.attempt(lambda: _change(document, form))
        if not form.refused:
            return go(url_for("documents.show", public_id=public_id), _("Saved."))
    return page(
        "records/form.html",
        http_status=form.status,
        form=form,
        title=_("Change %(name)s", name=document.name),
        back=url_for("documents.show", public_id=public_id),
    )


def _change(document: Document, form: DocumentForm) -> None:
    me = signed_in_user()
    version = form.version.data or 0
    with transaction():
        if form.name.data != document.name:
            services.rename_document(document, name=form.name.data, version=version, by=me)
            version += 1
        if form.folder.value != document.folder.public_id:
            folder = access.folder(form.folder.value, me, to_write=True)
            services.move_document(document, folder, version=version, by=me)
        services.set_tags(KIND, document, form.tags.data or [], by=me)


@blueprint.post("/<public_id>/delete")
@requires(Permission.Document.VIEW)
def delete(public_id: str) -> BaseResponse:
    document = access.document(public_id, signed_in_user(), to_write=True)
    services.delete_document(document, by=signed_in_user())
    return go(
        url_for("documents.index", folder=document.folder.public_id),
        _("%(name)s is in the recycle bin.", name=document.name),
    )


@blueprint.route("/<public_id>/link", methods=["GET", "POST"])
@requires(Permission.Document.VIEW)
def link(public_id: str) -> BaseResponse:
    me = signed_in_user()
    document = access.document(public_id, me, to_write=True)
    back = url_for("documents.show", public_id=public_id)
    return sending.share(document, LinkForm(), back=back, me=me)

"""Folders of the document library: add, change, say who reads and writes, remove."""

from collections.abc import Callable
from typing import TypeVar

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Forbidden
from kit.forms import ChoicesField
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts import queries as people
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.records import access, services
from tenants.records.forms import FolderForm, GrantsForm
from tenants.records.models import Folder
from tenants.records.services import Grants
from tenants.records.views.blueprint import library as blueprint
from tenants.records.views.documents import folder_options, folders

_Row = TypeVar("_Row")


@blueprint.route("/folders/new", methods=["GET", "POST"])
@requires(Permission.Document.VIEW)
def new_folder() -> BaseResponse:
    me = signed_in_user()
    form = FolderForm(data={"parent": request.args.get("parent")})
    form.parent.refill(folder_options(writable=True))
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_folder(name=form.name.data, parent=_parent(form), by=me)
        )
        if added is not None:
            return go(
                url_for("documents.index", folder=added.public_id),
                _("%(name)s has been added.", name=added.name),
            )
    return _form(form, _("Add a folder"), url_for("documents.index"))


def _parent(form: FolderForm) -> Folder | None:
    """Return the folder above that was chosen; only who manages the library adds at the top."""
    me = signed_in_user()
    if form.parent.data:
        return access.folder(form.parent.data, me, to_write=True)
    if not me.can(Permission.Document.EDIT):
        raise Forbidden("top")
    return None


@blueprint.route("/folders/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Document.EDIT)
def edit_folder(public_id: str) -> BaseResponse:
    me = signed_in_user()
    folder = access.folder(public_id, me, to_write=True)
    above = next((one for one in folders() if one.id == folder.parent_id), None)
    form = FolderForm(obj=folder, instead={"parent": above.public_id if above else None})
    form.parent.refill([one for one in folder_options() if one[0] != public_id])
    back = url_for("documents.index", folder=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_folder(
                folder,
                name=form.name.data,
                parent=_parent(form),
                version=form.version.data or 0,
                by=me,
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return _form(form, _("Change the folder %(name)s", name=folder.name), back)


@blueprint.route("/folders/<public_id>/rights", methods=["GET", "POST"])
@requires(Permission.Document.EDIT)
def folder_grants(public_id: str) -> BaseResponse:
    me = signed_in_user()
    folder = access.folder(public_id, me, to_write=True)
    form = GrantsForm(obj=folder, instead=_granted(folder))
    roles, units = people.role_options(), people.unit_options()
    for field in (form.reading_roles, form.writing_roles):
        field.refill(roles)
    for field in (form.reading_units, form.writing_units):
        field.refill(units)
    back = url_for("documents.index", folder=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.grant_folder(
                folder, _grants(form), version=form.version.data or 0, by=me
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return page(
        "records/form.html",
        http_status=form.status,
        form=form,
        title=_("Who reads %(name)s", name=folder.name),
        hint=_("With nobody chosen, it is as in the folder above; at the top, everybody reads."),
        back=back,
    )


def _granted(folder: Folder) -> dict[str, object]:
    def chosen(what: str, *, may_write: bool) -> list[str]:
        rows = (getattr(one, what) for one in folder.grants if one.may_write is may_write)
        return [row.public_id for row in rows if row is not None]

    return {
        "reading_roles": chosen("role", may_write=False),
        "reading_units": chosen("unit", may_write=False),
        "writing_roles": chosen("role", may_write=True),
        "writing_units": chosen("unit", may_write=True),
    }


def _grants(form: GrantsForm) -> Grants:
    def rows(find: Callable[[str], _Row | None], field: ChoicesField) -> list[_Row]:
        return [row for key in field.data or () if (row := find(key)) is not None]

    return Grants(
        rows(people.find_role, form.reading_roles),
        rows(people.find_unit, form.reading_units),
        rows(people.find_role, form.writing_roles),
        rows(people.find_unit, form.writing_units),
    )


@blueprint.post("/folders/<public_id>/remove")
@requires(Permission.Document.EDIT)
def remove_folder(public_id: str) -> BaseResponse:
    me = signed_in_user()
    folder = access.folder(public_id, me, to_write=True)
    name = folder.name
    services.remove_folder(folder, by=me)
    return go(url_for("documents.index"), _("%(name)s has been removed.", name=name))


def _form(form: FolderForm, title: str, back: str) -> Response:
    return page("records/form.html", http_status=form.status, form=form, title=title, back=back)

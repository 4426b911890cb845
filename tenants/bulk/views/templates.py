"""Templates to download, and the workspace's own ones."""

from typing import Any

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page
from tenants.accounts.realm import signed_in_user
from tenants.bulk import access, layouts, sheets
from tenants.bulk.forms import template_form
from tenants.bulk.models import ImportTemplate
from tenants.bulk.registry import ImportKind
from tenants.bulk.views.blueprint import blueprint, sheet_answer


@blueprint.get("/template/<kind>")
@signed_in
def template(kind: str) -> Response:
    found = access.kind(kind, signed_in_user())
    return sheet_answer(sheets.template(found), _("%(kind)s - template", kind=found.template_name))


@blueprint.get("/own-templates/<kind>")
@signed_in
def templates(kind: str) -> Response:
    found = access.kind(kind, signed_in_user())
    return page("bulk/templates.html", kind=found, templates=layouts.templates_of(found))


@blueprint.route("/own-templates/<kind>/new", methods=["GET", "POST"])
@signed_in
def new_template(kind: str) -> BaseResponse:
    return _edit(access.kind(kind, signed_in_user()), None)


@blueprint.get("/templates/<public_id>/file")
@signed_in
def own_template(public_id: str) -> Response:
    chosen, kind = access.template(public_id, signed_in_user())
    return sheet_answer(sheets.template(layouts.by_fields(kind, chosen.fields)), chosen.name)


@blueprint.route("/templates/<public_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_template(public_id: str) -> BaseResponse:
    chosen, kind = access.template(public_id, signed_in_user())
    return _edit(kind, chosen)


def _edit(kind: ImportKind, template: ImportTemplate | None) -> BaseResponse:
    form = template_form(kind, template)
    back = url_for("imports.templates", kind=kind.name)
    if form.validate_on_submit():
        form.attempt(
            lambda: layouts.save_template(
                template,
                kind=kind,
                name=form.name.data,
                fields=_typed(kind, form),
                version=form.version.data or 0,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    rows = [
        (column, {part: form[f"{column.key}_{part}"] for part in _PARTS}) for column in kind.columns
    ]
    return page(
        "bulk/template.html", kind=kind, form=form, rows=rows, back=back, http_status=form.status
    )


_PARTS = ("in", "at", "label", "required", "default", "shape")


def _typed(kind: ImportKind, form: Any) -> list[dict[str, Any]]:
    """Return the fields that were ticked, in the order of their positions."""
    chosen = []
    for place, column in enumerate(kind.columns):
        values = {part: form[f"{column.key}_{part}"].data for part in _PARTS}
        if not values["in"]:
            continue
        at = values["at"] or ""
        number = int(at) if at.isascii() and at.isdigit() else len(kind.columns) + place
        chosen.append((number, place, {"key": column.key, **values}))
    return [field for _number, _place, field in sorted(chosen, key=lambda one: one[:2])]


@blueprint.post("/templates/<public_id>/delete")
@signed_in
def delete_template(public_id: str) -> BaseResponse:
    chosen, kind = access.template(public_id, signed_in_user())
    layouts.delete_template(chosen, by=signed_in_user())
    return go(url_for("imports.templates", kind=kind.name), _("The template is deleted."))

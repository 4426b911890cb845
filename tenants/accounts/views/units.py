"""The tree of organisation units."""

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts import access, queries, services
from tenants.accounts.forms import MoveUnitForm, NewUnitForm, UnitForm
from tenants.accounts.labels import LEVELS
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach, signed_in_user
from tenants.accounts.services.units import DEEPEST
from tenants.accounts.timeline import as_events
from tenants.accounts.views.blueprint import blueprint


@blueprint.get("/units/")
@requires(Permission.Unit.VIEW)
def units() -> Response:
    return page("accounts/units.html", nodes=queries.unit_tree(), levels=LEVELS, deepest=DEEPEST)


@blueprint.get("/units/<public_id>")
@requires(Permission.Unit.VIEW)
def unit(public_id: str) -> Response:
    found = access.unit(public_id)
    return page(
        "accounts/unit.html",
        unit=found,
        level=LEVELS[found.depth],
        people=queries.people_of(found),
        events=as_events(queries.log_of(found.public_id)),
        can_grow=found.depth < DEEPEST,
    )


@blueprint.route("/units/new", methods=["GET", "POST"])
@requires(Permission.Unit.EDIT)
def new_unit() -> BaseResponse:
    form = NewUnitForm(data={"parent": request.args.get("parent")})
    options = queries.unit_options(above=DEEPEST)
    if options:
        form.parent.refill(options)
    else:
        # The first one is the headquarters: it hangs below nothing.
        del form.parent
    if form.validate_on_submit():
        parent = access.reached_unit(form.parent.value, reach()) if options else None
        added = form.attempt(
            lambda: services.add_unit(
                **form.typed("name", "remark"), parent=parent, by=signed_in_user()
            )
        )
        if added is not None:
            return go(url_for("accounts.units"), _("%(name)s has been added.", name=added.name))
    return _show(form, title=_("Add a unit"), back=url_for("accounts.units"))


@blueprint.route("/units/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Unit.EDIT)
def edit_unit(public_id: str) -> BaseResponse:
    found = access.reached_unit(public_id, reach())
    form = UnitForm(obj=found)
    back = url_for("accounts.unit", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_unit(
                found,
                version=form.version.data or 0,
                **form.typed("name", "remark"),
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return _show(form, title=_("Change %(name)s", name=found.name), back=back)


@blueprint.route("/units/<public_id>/move", methods=["GET", "POST"])
@requires(Permission.Unit.EDIT)
def move_unit(public_id: str) -> BaseResponse:
    found = access.reached_unit(public_id, reach())
    onto = queries.find_unit(request.args.get("parent", "")) or found.parent
    form = MoveUnitForm(data={"parent": onto.public_id if onto else None})
    form.parent.refill(queries.unit_options(above=DEEPEST))
    form.parent.render_kw = {
        "hx-get": url_for("accounts.move_unit", public_id=public_id),
        "hx-trigger": "change",
        "hx-target": "#move-preview",
        "hx-select": "#move-preview",
        "hx-swap": "outerHTML",
    }
    back = url_for("accounts.unit", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.move_unit(
                found, parent=access.reached_unit(form.parent.value, reach()), by=signed_in_user()
            )
        )
        if not form.refused:
            return go(back, _("%(name)s has been moved.", name=found.name))
    return page(
        "accounts/move_unit.html",
        form=form,
        unit=found,
        move=queries.preview_move(found, onto),
        onto=onto,
        title=_("Move %(name)s", name=found.name),
        back=back,
        http_status=form.status,
    )


@blueprint.post("/units/<public_id>/delete")
@requires(Permission.Unit.EDIT)
def delete_unit(public_id: str) -> BaseResponse:
    found = access.reached_unit(public_id, reach())
    services.delete_unit(found, by=signed_in_user())
    return go(url_for("accounts.units"), _("%(name)s has been deleted.", name=found.name))


def _show(form: UnitForm, *, title: str, back: str) -> Response:
    return page(
        "accounts/unit_form.html", form=form, title=title, back=back, http_status=form.status
    )

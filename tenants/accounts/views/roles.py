"""Roles and their permissions."""

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts import access, queries, services
from tenants.accounts.forms import RoleForm
from tenants.accounts.labels import GROUPS, SCOPES
from tenants.accounts.models import DataScope, Role
from tenants.accounts.permissions import SENTENCES, Permission, every_permission, groups
from tenants.accounts.realm import signed_in_user
from tenants.accounts.seed import ADMINISTRATOR
from tenants.accounts.views.blueprint import blueprint


@blueprint.get("/roles/")
@requires(Permission.Role.VIEW)
def roles() -> Response:
    return page(
        "accounts/roles.html",
        rows=queries.roles_with_counts(),
        total=len(every_permission()),
        scopes=SCOPES,
    )


@blueprint.get("/roles/<public_id>")
@requires(Permission.Role.VIEW)
def role(public_id: str) -> Response:
    found = access.role(public_id)
    return page(
        "accounts/role.html",
        role=found,
        is_fixed=found.code == ADMINISTRATOR,
        groups=groups(),
        labels=GROUPS,
        sentences=SENTENCES,
        scope=SCOPES[DataScope(found.scope)],
    )


@blueprint.route("/roles/new", methods=["GET", "POST"])
@requires(Permission.Role.EDIT)
def new_role() -> BaseResponse:
    form = _form(None)
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_role(
                name=form.name.data,
                permissions=form.permissions.data or (),
                scope=DataScope(form.scope.value),
                units=queries.units_by_public_id(form.units.data or ()),
                by=signed_in_user(),
            )
        )
        if added is not None:
            return go(url_for("accounts.roles"), _("The role has been added."))
    return _show(form, title=_("Add a role"), back=url_for("accounts.roles"))


@blueprint.route("/roles/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Role.EDIT)
def edit_role(public_id: str) -> BaseResponse:
    found = access.role(public_id)
    back = url_for("accounts.role", public_id=public_id)
    form = _form(found)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_role(
                found,
                version=form.version.data or 0,
                name=form.name.data,
                permissions=form.permissions.data or (),
                scope=DataScope(form.scope.value),
                units=queries.units_by_public_id(form.units.data or ()),
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return _show(form, title=_("Change the role %(name)s", name=found.name), back=back)


@blueprint.post("/roles/<public_id>/delete")
@requires(Permission.Role.EDIT)
def delete_role(public_id: str) -> BaseResponse:
    services.delete_role(access.role(public_id), by=signed_in_user())
    return go(url_for("accounts.roles"), _("The role has been deleted."))


def _form(found: Role | None) -> RoleForm:
    units = [unit.public_id for unit in found.units] if found is not None else []
    form = RoleForm(obj=found, instead={"units": units})
    form.permissions.refill([(one.value, SENTENCES[one]) for one in every_permission()])
    form.units.refill(queries.unit_options())
    return form


def _show(form: RoleForm, *, title: str, back: str) -> Response:
    return page(
        "accounts/role_form.html",
        form=form,
        title=title,
        back=back,
        groups=groups(),
        labels=GROUPS,
        sentences=SENTENCES,
        held=signed_in_user().permissions,
        http_status=form.status,
    )

"""The system parameters by group, each with its history."""

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Forbidden
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import as_events
from tenants.setup import access, parameters, services
from tenants.setup.forms import parameter_form
from tenants.setup.parameters import AnyParameter
from tenants.setup.services.parameters import find_row
from tenants.setup.views.blueprint import setting as blueprint


@blueprint.get("/parameters/")
@requires(Permission.Setup.VIEW)
def list_parameters() -> BaseResponse:
    groups: dict[str, list[AnyParameter]] = {}
    for one in parameters.every_parameter():
        groups.setdefault(str(one.group), []).append(one)
    return page("setup/parameters.html", groups=groups)


@blueprint.route("/parameters/<code>", methods=["GET", "POST"])
@requires(Permission.Setup.VIEW)
def parameter(code: str) -> BaseResponse:
    found = access.parameter(code)
    row = find_row(found)
    user = signed_in_user()
    may_set = user.can(found.permission)
    form = parameter_form(found, found.value(), row.version if row else 0)
    if form.is_submitted() and not may_set:
        raise Forbidden(code)
    if form.validate_on_submit():
        data = form["value"].data
        value = data if data is not None else ""
        form.attempt(
            lambda: services.set_parameter(found, value, version=form.version.data or 0, by=user)
        )
        if not form.refused:
            return go(url_for("setup.list_parameters"), _("Saved."))
    return page(
        "setup/parameter.html",
        parameter=found,
        form=form,
        may_set=may_set,
        events=as_events(log_of(row.public_id)) if row else [],
        http_status=form.status,
    )


@blueprint.post("/parameters/<code>/reset")
@requires(Permission.Setup.VIEW)
def reset_parameter(code: str) -> BaseResponse:
    found = access.parameter(code)
    user = signed_in_user()
    if not user.can(found.permission):
        raise Forbidden(code)
    services.reset_parameter(found, by=user)
    return go(url_for("setup.list_parameters"), _("The default holds again."))

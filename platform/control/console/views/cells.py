"""Cells: how each stands; close and open one for new workspaces."""

from flask import Response, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.cells import queries, services
from control.console.labels import cell_state
from control.console.realm import blueprint
from kit.i18n import format_size
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import done, page


@blueprint.get("/cells")
@signed_in
def cells() -> Response:
    return page(
        "console/cells.html",
        cells=queries.statuses(),
        roles_limit=queries.ROLES_LIMIT,
        size_text=format_size,
        cell_state=cell_state,
    )


@blueprint.post("/cells/<name>/close")
@signed_in
def close_cell(name: str) -> BaseResponse:
    services.close_cell(name, by=current_user._get_current_object())  # noqa: SLF001
    return done(
        _("Cell %(name)s takes no more new workspaces.", name=name), url=url_for("console.cells")
    )


@blueprint.post("/cells/<name>/open")
@signed_in
def open_cell(name: str) -> BaseResponse:
    services.open_cell(name, by=current_user._get_current_object())  # noqa: SLF001
    return done(
        _("Cell %(name)s takes new workspaces again.", name=name), url=url_for("console.cells")
    )

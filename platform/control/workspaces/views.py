"""What every workspace's pages get from the control plane: activity, and why the doors are shut."""

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import ServiceUnavailable

from control.workspaces import queries, services
from kit import tenancy
from kit.i18n import gettext
from kit.security.routes import Open, access_of
from kit.tenancy import Access
from kit.web.failures import failure


def init_workspaces(app: Flask) -> None:
    """Note activity after each page of a logged-in person, and explain suspension."""
    app.after_request(_note_activity)
    app.register_error_handler(503, _unavailable)


def _note_activity(response: Response) -> Response:
    workspace = tenancy.current_or_none()
    if workspace is None or request.endpoint is None or response.status_code >= 400:
        return response
    right = access_of(current_app.view_functions[request.endpoint])
    if right not in {None, Open.PUBLIC} and workspace.access != Access.SUSPENDED:
        services.touch(workspace)
    return response


def _unavailable(_: ServiceUnavailable) -> Response:
    workspace = tenancy.current_or_none()
    if workspace is None or workspace.access != Access.SUSPENDED:
        return failure(503)
    reason = queries.suspension_reason(workspace.schema)
    return failure(
        503,
        title=gettext("This workspace is suspended"),
        sentence=(
            gettext("Reason: %(reason)s", reason=reason)
            if reason
            else gettext("Please ask the platform operator.")
        ),
    )

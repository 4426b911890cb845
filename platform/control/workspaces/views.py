"""What every workspace's pages get from the control plane: activity, and why the doors are shut."""

from flask import Flask, Response, current_app, request
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import ProgrammingError
from werkzeug.exceptions import ServiceUnavailable

from control.workspaces import queries, services
from control.workspaces.directory import is_behind
from kit import tenancy
from kit.i18n import gettext
from kit.i18n import lazy_gettext as _l
from kit.security.routes import Open, access_of
from kit.tenancy import Access, Condition
from kit.web.failures import failure


def init_workspaces(app: Flask) -> None:
    """Note activity after each page of a logged-in person, and explain suspension."""
    app.after_request(_note_activity)
    app.register_error_handler(503, _unavailable)
    app.register_error_handler(ProgrammingError, _not_there_yet)


def _note_activity(response: Response) -> Response:
    workspace = tenancy.current_or_none()
    if workspace is None or request.endpoint is None or response.status_code >= 400:
        return response
    right = access_of(current_app.view_functions[request.endpoint])
    if right not in {None, Open.PUBLIC} and workspace.access != Access.SUSPENDED:
        services.touch(workspace)
    return response


_CONDITIONS = {
    Condition.UPDATING: (
        _l("Updating, back in a moment"),
        _l("A new version of the service is being put in place. Nothing is lost; try again soon."),
    ),
    Condition.MOVING: (
        _l("Moving, back in a moment"),
        _l("This workspace is being moved to another server. Nothing is lost; try again soon."),
    ),
    Condition.UNREACHABLE: (
        _l("The database of this workspace does not answer"),
        _l("We are at it. Nothing is lost; other workspaces are not affected. Try again soon."),
    ),
}
RETRY_AFTER = "5"


def _unavailable(_: ServiceUnavailable) -> Response:
    workspace = tenancy.current_or_none()
    if workspace is None:
        return failure(503)
    if workspace.access == Access.SUSPENDED:
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
    return _not_now(workspace.condition)


def _not_now(condition: Condition) -> Response:
    title, sentence = _CONDITIONS.get(condition, ("", ""))
    answer = failure(503, title=title, sentence=sentence)
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer


def _not_there_yet(error: ProgrammingError) -> Response:
    """Answer for a table or column that this release has and a workspace not yet migrated lacks."""
    workspace = tenancy.current_or_none()
    is_absent = isinstance(error.orig, UndefinedTable | UndefinedColumn)
    if workspace is None or not is_absent or not is_behind(workspace):
        raise error
    return _not_now(Condition.UPDATING)

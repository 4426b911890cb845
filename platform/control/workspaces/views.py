"""What every workspace's pages get from the control plane: activity, and why the doors are shut."""

import psycopg
from flask import Flask, Response, current_app, request
from psycopg.errors import (
    QueryCanceled,
    ReadOnlySqlTransaction,
    UndefinedColumn,
    UndefinedTable,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import ServiceUnavailable

from control.workspaces import queries, services
from control.workspaces.directory import directory, is_behind
from kit import tenancy
from kit.db import database
from kit.db.fencing import is_down, may_have_moved, original
from kit.i18n import gettext
from kit.i18n import lazy_gettext as _l
from kit.security.realms import forget_person
from kit.security.routes import Open, access_of
from kit.tenancy import Access, Condition
from kit.web.answers import back_url
from kit.web.failures import failure, stopped


def init_workspaces(app: Flask) -> None:
    """Note activity after each page of a logged-in person, and explain suspension."""
    app.after_request(_note_activity)
    app.register_error_handler(503, _unavailable)
    app.register_error_handler(DBAPIError, lost)
    # In the place of kit.web's, which is asked below: of two handlers the nearer class wins.
    app.register_error_handler(OperationalError, lost)
    app.register_error_handler(PoolTimeout, lost)
    # What binding a transaction raises has not passed through SQLAlchemy.
    app.register_error_handler(psycopg.Error, lost)


def _note_activity(response: Response) -> Response:
    workspace = tenancy.current_or_none()
    if workspace is None or request.endpoint is None or response.status_code >= 400:
        return response
    if workspace.is_looked_at:
        # Who looks in to help is none of its people.
        return response
    right = access_of(current_app.view_functions[request.endpoint])
    if right not in {None, Open.PUBLIC} and workspace.access not in _SHUT:
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
_SHUT = frozenset({Access.SUSPENDED, Access.UNPAID})


def lost(error: Exception) -> Response:
    """Say that a workspace moved away, its server died, or that it is read only; raise the rest.

    What the request had begun is rolled back, so nothing was done and the person may send it again.
    """
    if isinstance(error, OperationalError) and isinstance(error.orig, QueryCanceled):
        return stopped(error)
    workspace = tenancy.current_or_none()
    if workspace is None:
        raise error
    if isinstance(original(error), ReadOnlySqlTransaction) and workspace.access != Access.FULL:
        database.session.rollback()
        return failure(
            423,
            title=gettext("This workspace is read only"),
            sentence=gettext(
                "Nothing was saved. It can be seen and exported; as soon as it is paid, it can be "
                "changed again."
            ),
            retry=back_url(request.path) if request.method == "POST" else None,
        )
    if isinstance(original(error), UndefinedTable | UndefinedColumn) and is_behind(workspace):
        # This release has a table or column that a workspace not yet migrated lacks.
        return _sorry(Condition.UPDATING)
    if not (may_have_moved(error) or is_down(error)):
        raise error
    database.session.remove()
    found = directory.anew(workspace)
    if is_down(error):
        condition = Condition.UNREACHABLE
    elif found is None or found.cell != workspace.cell:
        condition = Condition.MOVING
    elif found.condition == Condition.READY:
        raise error
    else:
        condition = found.condition
    return _sorry(condition)


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
    if workspace.access == Access.UNPAID:
        return failure(
            503,
            title=gettext("This workspace is suspended"),
            sentence=gettext(
                "It has not been paid. Nothing is lost; as soon as it is paid, all is as it was."
            ),
        )
    return _sorry(workspace.condition)


def _sorry(condition: Condition) -> Response:
    # The page that says so must not ask who is logged in: that is in there.
    forget_person()
    title, sentence = _CONDITIONS.get(condition, ("", ""))
    # A form that was sent is offered again: the browser has kept what was typed.
    retry = back_url(request.path) if request.method == "POST" else None
    answer = failure(503, title=title, sentence=sentence, retry=retry)
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer

"""The blueprint of accounts, and what every page of the back office gets from it."""

from typing import Any

from flask import current_app, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError
from werkzeug.wrappers import Response

from control.workspaces.views import lost
from kit import tenancy
from kit.db import TenantModel, database
from kit.i18n import gettext as _
from kit.security import Open, RealmBlueprint, access_of
from kit.security.realms import realm_of
from kit.web.failures import failure
from tenants.accounts.panes import Pane, record_panes
from tenants.accounts.queries import lacks_passkey
from tenants.accounts.realm import OFFICE, is_locked, signed_in_user, supporter
from tenants.accounts.support import OPEN_PAGES, READING_POSTS, WRITE, Supporter

blueprint = RealmBlueprint("accounts", __name__, realm=OFFICE, template_folder="../templates")

_DOOR = frozenset({"accounts.logout", "accounts.login", "accounts.logo"})
# Where a person may go before choosing an own password.
_BEFORE_CHANGE = _DOOR | {"accounts.password", "accounts.lock"}
# And before adding the passkey that a role wants.
_BEFORE_PASSKEY = _BEFORE_CHANGE | {
    "accounts.second_step",
    "accounts.passkey_options",
    "accounts.add_passkey",
    "accounts.prove",
}
# And while the screen is locked.
_WHILE_LOCKED = _DOOR | {"accounts.lock", "accounts.unlock"}


@blueprint.before_app_request
def hold_back() -> Response | None:
    """Lead a person to what comes first, whatever is asked: unlocking, then an own password."""
    if realm_of(current_app, request.blueprint) is not OFFICE or not current_user.is_authenticated:
        return None
    if (guest := supporter()) is not None:
        return _hold_guest(guest)
    if is_locked():
        return None if request.endpoint in _WHILE_LOCKED else _lead_to(_unlock_url())
    if current_user.must_change_password and request.endpoint not in _BEFORE_CHANGE:
        return _lead_to(url_for("accounts.password"))
    if request.endpoint not in _BEFORE_PASSKEY and lacks_passkey(signed_in_user()):
        return _lead_to(url_for("accounts.second_step"))
    return None


def _hold_guest(guest: Supporter) -> Response | None:
    """Refuse an operator whatever the grant does not open, however it is asked for."""
    endpoint = request.endpoint or ""
    right = access_of(current_app.view_functions[endpoint])
    if endpoint == "backoffice.home":
        return _lead_to(url_for("support.inside"))
    if right == Open.PUBLIC:
        return None
    if right == Open.SIGNED_IN and endpoint not in OPEN_PAGES:
        return failure(403, sentence=_("Support access does not open this."))
    if request.args.get("export") or request.args.get("print"):
        return failure(403, sentence=_("Nothing can be exported under support access."))
    if request.method in {"GET", "HEAD"} or endpoint in READING_POSTS:
        return None
    if not guest.may_write:
        return failure(403, sentence=_("You can look, not change: the access is read-only."))
    if str(right) not in WRITE:
        return failure(403, sentence=_("Support access does not open this."))
    return None


@blueprint.app_errorhandler(IntegrityError)
@blueprint.app_errorhandler(InternalError)
def _refused_by_the_database(error: DBAPIError) -> Response:
    """Say no where a page tried to write, or to keep something under a person's name."""
    guest = current_user.is_authenticated and supporter()
    if not guest:
        return lost(error)
    database.session.remove()
    return failure(403, sentence=_("Support access does not open this."))


def _unlock_url() -> str:
    is_page = request.method == "GET" and not request.headers.get("HX-Request")
    return url_for("accounts.unlock", next=request.full_path.rstrip("?") if is_page else None)


def _lead_to(target: str) -> Response:
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target)


@blueprint.app_template_global("record_panes")
def _panes(code: str, row: TenantModel) -> list[Pane]:
    """Return a record's further tabs: none to an operator, because files and talk are inside."""
    return [] if supporter() is not None else record_panes(code, row)


@blueprint.app_context_processor
def words() -> dict[str, Any]:
    """Give templates the workspace and what the person may do."""
    workspace = tenancy.current_or_none()
    if workspace is None:
        return {}
    return {"workspace": workspace, "can": _can}


def _can(permission: str) -> bool:
    return bool(current_user.is_authenticated and current_user.can(permission))

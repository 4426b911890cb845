"""The back office as an audience: who is behind its cookie, and who is there now."""

from datetime import timedelta
from enum import StrEnum
from typing import cast

from flask import current_app, g, has_request_context, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from control.support.queries import visit_behind
from kit import tenancy
from kit.errors import Missing
from kit.i18n import prefer
from kit.security import HostKind, Open, Realm, access_of
from kit.security.gate import only_look
from tenants.accounts import queries, services
from tenants.accounts.models import User, UserSession
from tenants.accounts.policy import current_policy
from tenants.accounts.scopes import Reach, reach_of
from tenants.accounts.services.sessions import PROVED_FOR
from tenants.accounts.support import LEAVING, UNLOGGED, Supporter, record_view


def load_user(token: str) -> User | None:
    """Return the person behind a token with roles; None once it expired, ended or was disabled."""
    found = queries.open_session(token)
    if found is None:
        return None
    if services.has_been_idle(found, current_policy().idle_minutes):
        services.lock_screen(found, idle=True)
        found = queries.open_session(token)
    elif found.locked_at is None and services.touch(found):
        # The touch committed, so what was loaded before is no longer current.
        found = queries.open_session(token)
    if has_request_context():
        g.office_is_locked = found is not None and found.locked_at is not None
        g.office_log_in = found
    if found is None:
        return None
    if has_request_context():
        prefer(language=found.user.language, display=found.user.time_display)
    return found.user


def load_supporter(token: str) -> Supporter | None:
    """Return the operator whose visit a token opens; None once anything has ended it.

    What he asks for is in the workspace's log before he gets it. One who may only look gets the
    rest of the request under transactions in which nothing can be written.
    """
    visit = visit_behind(token, workspace_id=tenancy.current().id)
    if visit is None:
        return None
    person = Supporter(visit)
    if request.endpoint not in UNLOGGED:
        record_view(person, page=request.path, method=request.method)
    if not person.may_write and request.endpoint != LEAVING:
        only_look()
    return person


def supporter() -> Supporter | None:
    """Return the operator behind this request; None for the workspace's own people."""
    found = current_user._get_current_object()  # noqa: SLF001 - flask-login's own way
    return found if isinstance(found, Supporter) else None


def is_locked() -> bool:
    """Tell whether the screen of this request's log-in is locked; asked after who it is."""
    return bool(g.get("office_is_locked"))


OFFICE = Realm(
    "office",
    HostKind.WORKSPACE,
    cookie="office",
    login_endpoint="accounts.login",
    paying_endpoint="billing.show",
    load=load_user,
    guest_cookie="support",
    load_guest=load_supporter,
)


def signed_in_user() -> User:
    """Return the person of this request as a row, not as flask-login's proxy."""
    return cast("User", current_user._get_current_object())  # noqa: SLF001 - flask-login's own way


def reach(permission: StrEnum | None = None) -> Reach:
    """Return whose records a permission of this request's person reaches; the view's own at first.

    RuntimeError in a view that asks for no permission.
    """
    permission = permission or g.get("office_permission")
    if permission is None:
        permission = access_of(current_app.view_functions[request.endpoint or ""])
    if permission is None or isinstance(permission, Open):
        raise RuntimeError(f"{request.endpoint} asks for no permission")
    return reach_of(signed_in_user(), permission)


def ask_as(permission: StrEnum | None) -> None:
    """Let `reach()` mean this permission for the rest of the request: that of a list it exports."""
    g.office_permission = permission


def session_token() -> str:
    """Return the token of this request; Missing when there is none."""
    token = request.cookies.get(OFFICE.cookie)
    if not token:
        raise Missing(OFFICE.cookie)
    return token


def current_session() -> UserSession:
    """Return the log-in of this request; Missing when there is none."""
    found = g.get("office_log_in") or queries.open_session(session_token())
    if found is None:
        raise Missing(OFFICE.cookie)
    return found


def ask_proof(*, within: timedelta = PROVED_FOR, back: str = "") -> Response | None:
    """Return the way to the page that asks for the password again; None when it is not needed.

    For what moves money: `if (ask := ask_proof()): return ask` before anything is done. It leads
    back to this page, or to `back`.
    """
    if services.has_proved_recently(current_session(), within=within):
        return None
    back = back or _this_page()
    target = url_for("accounts.prove", next=back)
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)


def _this_page() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path

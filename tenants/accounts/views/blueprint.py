"""The blueprint of accounts, and what every page of the back office gets from it."""

from typing import Any

from flask import current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from kit import tenancy
from kit.security import RealmBlueprint
from kit.security.realms import realm_of
from tenants.accounts.realm import OFFICE

blueprint = RealmBlueprint("accounts", __name__, realm=OFFICE, template_folder="../templates")

# Where a person may go before choosing an own password.
_BEFORE_CHANGE = frozenset(
    {"accounts.password", "accounts.logout", "accounts.login", "accounts.logo"}
)


@blueprint.before_app_request
def change_first_password() -> Response | None:
    """Lead a person with a first password to the page where it is changed, whatever is asked."""
    if realm_of(current_app, request.blueprint) is not OFFICE:
        return None
    if request.endpoint in _BEFORE_CHANGE or not current_user.is_authenticated:
        return None
    if not current_user.must_change_password:
        return None
    target = url_for("accounts.password")
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target)


@blueprint.app_context_processor
def words() -> dict[str, Any]:
    """Give templates the workspace and what the person may do."""
    workspace = tenancy.current_or_none()
    if workspace is None:
        return {}
    return {"workspace": workspace, "can": _can}


def _can(permission: str) -> bool:
    return bool(current_user.is_authenticated and current_user.can(permission))

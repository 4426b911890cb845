"""The gate in front of every page: host, workspace, log-in, right; in that order."""

from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from kit.db import database, workspace_scope
from kit.errors import Crowded, Forbidden, Missing
from kit.security.fairness import CROWDED
from kit.security.realms import HostKind, Realm, RealmBlueprint, dress, init_people, realm_of
from kit.security.routes import Open, access_of, is_for_payers
from kit.settings import get_settings
from kit.tenancy import Access, Condition, Workspace, current

CONSOLE_LABEL = "console"
_DIRECTORY = "simtree_gate_directory"


def init_gate(app: Flask, directory: object) -> None:
    """Put the gate before every request; `directory.by_address` finds workspaces."""
    app.extensions[_DIRECTORY] = directory
    init_people(app)
    app.before_request(_pass_gate)
    app.teardown_request(_leave)


def check_routes(app: Flask) -> None:
    """Raise RuntimeError for a route without a mark or a realm; called once at start."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        blueprint = rule.endpoint.rpartition(".")[0]
        if access_of(view) is None:
            raise RuntimeError(f"{rule.endpoint} asks for no right and is not public")
        if blueprint and realm_of(app, blueprint) is None:
            raise RuntimeError(f"{blueprint} belongs to no realm")


def only_look() -> None:
    """Let the rest of this request only look: nothing is written, whatever a verb would do."""
    database.session.remove()
    if database.control.registry.has():
        database.control.rollback()
    looked_at = replace(current(), is_looked_at=True)
    g.leaving.enter_context(workspace_scope(looked_at))


def host_label(host: str) -> tuple[HostKind, str]:
    """Tell what a Host header leads to, and the label before the base domain."""
    base = get_settings().base_domain.casefold()
    host = host.casefold().rstrip(".")
    if host == base:
        return HostKind.SITE, ""
    label, _, rest = host.partition(".")
    if rest != base or not label:
        return HostKind.ANY, ""
    if label == CONSOLE_LABEL:
        return HostKind.CONSOLE, label
    return HostKind.WORKSPACE, label


def _pass_gate() -> WerkzeugResponse | Response | None:
    g.leaving = ExitStack()
    realm = realm_of(current_app, request.blueprint)
    return None if realm and not realm.opens_workspace else _open_for(realm)


def _open_for(realm: Realm | None) -> WerkzeugResponse | Response | None:
    kind, label = host_label(request.host)
    workspace = _workspace(label) if kind == HostKind.WORKSPACE else None
    if workspace is not None:
        g.leaving.enter_context(workspace_scope(workspace))
    _refuse_unread(workspace)
    if request.endpoint is None:
        if kind == HostKind.ANY or (kind == HostKind.WORKSPACE and workspace is None):
            abort(404)
        return None
    if realm is None or realm.host == HostKind.ANY:
        return None
    if realm.host != kind:
        return _other_front_door(kind) if request.path == "/" else abort(404)
    if kind == HostKind.WORKSPACE and workspace is None:
        abort(404)
    if workspace is not None and workspace.access == Access.SUSPENDED:
        abort(503, "suspended")
    if workspace is not None and workspace.access == Access.UNPAID and not _is_for_payers(realm):
        return _to_paying(realm)
    if workspace is not None and workspace.condition != Condition.READY:
        abort(503, workspace.condition.value)
    dress(realm)
    return _check_right(realm.login_endpoint)


def _to_paying(realm: Realm) -> WerkzeugResponse:
    if not realm.paying_endpoint or request.method != "GET" or request.headers.get("HX-Request"):
        abort(503, "unpaid")
    return redirect(url_for(realm.paying_endpoint))


def _is_for_payers(realm: Realm) -> bool:
    """Tell whether a page leads to paying: the doors of the realm that pays, and what is marked."""
    view = current_app.view_functions[request.endpoint or ""]
    is_door = bool(realm.paying_endpoint) and access_of(view) == Open.PUBLIC
    return is_door or is_for_payers(view)


def _refuse_unread(workspace: Workspace | None) -> None:
    """Refuse what is refused whatever page it asks for, before anything else is done for it."""
    if workspace is not None and request.environ.get(CROWDED):
        raise Crowded(workspace.schema)
    if _has_nul():
        abort(400)


def _has_nul() -> bool:
    """Tell whether the address holds a NUL: no text of ours does, and the database takes none."""
    return "\x00" in request.path or any(
        "\x00" in text for name, value in request.args.items(multi=True) for text in (name, value)
    )


def _workspace(label: str) -> Workspace | None:
    found: Workspace | None = current_app.extensions[_DIRECTORY].by_address(label)
    return found


def _other_front_door(kind: HostKind) -> WerkzeugResponse:
    for blueprint in current_app.blueprints.values():
        if not isinstance(blueprint, RealmBlueprint) or blueprint.realm.host != kind:
            continue
        if blueprint.front_door:
            return redirect(url_for(blueprint.front_door))
    raise Missing(kind)


def _check_right(login_endpoint: str) -> WerkzeugResponse | Response | None:
    assert request.endpoint is not None
    right = access_of(current_app.view_functions[request.endpoint])
    if right is None:
        raise Missing(request.endpoint)
    if right == Open.PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to_login(login_endpoint)
    if right != Open.SIGNED_IN and not current_user.can(right):
        raise Forbidden(str(right))
    return None


def _to_login(login_endpoint: str) -> WerkzeugResponse | Response:
    came_from = request.full_path.rstrip("?") if request.method == "GET" else _form_page()
    target = url_for(login_endpoint, next=came_from or None)
    if request.headers.get("HX-Request"):
        page = request.headers.get("HX-Current-URL", "")
        own = page.partition("://")[2].partition("/")[2]
        target = url_for(login_endpoint, next="/" + quote(own, safe="/?&=%-_.~"))
        return Response(status=401, headers={"HX-Redirect": target})
    return redirect(target)


def _form_page() -> str:
    """Return the page of ours whose form was sent, so that the person finds the draft there."""
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host:
        return ""
    return page.path + (f"?{page.query}" if page.query else "")


def _leave(_: BaseException | None) -> None:
    leaving: ExitStack | None = g.pop("leaving", None)
    if leaving is not None:
        leaving.close()

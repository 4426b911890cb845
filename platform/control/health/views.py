"""/healthz and /readyz: for load balancers and watchers, on any host, without a session."""

import ipaddress
from hmac import compare_digest
from http import HTTPStatus

from flask import Flask, Response, current_app, jsonify, request

from control.health.checks import Health, HealthChecker, State
from kit.security import HostKind, Realm, RealmBlueprint, public
from kit.settings import get_settings

MACHINES = Realm("machines", HostKind.ANY, opens_workspace=False)
blueprint = RealmBlueprint("health", __name__, realm=MACHINES)
blueprints = (blueprint,)
_EXTENSION = "simtree_health"
_WORDS = {State.OK: "ready", State.DEGRADED: "degraded", State.FAILED: "unavailable"}
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


def init_health(app: Flask) -> None:
    """Give an application its checker."""
    app.extensions[_EXTENSION] = HealthChecker(app)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    return _never_kept(jsonify(status="alive"))


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    checker: HealthChecker = current_app.extensions[_EXTENSION]
    health = checker.health()
    body: dict[str, object] = {"status": _WORDS[health.state]}
    if _may_see_details():
        body["checks"] = _details(health)
    response = jsonify(body)
    if not health.can_serve:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["Retry-After"] = "5"
    return _never_kept(response)


def _details(health: Health) -> dict[str, dict[str, object]]:
    return {
        name: {"state": check.state.value, **check.details} for name, check in health.checks.items()
    }


def _may_see_details() -> bool:
    """Tell whether the caller is this machine itself, or brings the token."""
    token = get_settings().health_token
    scheme, _space, brought = request.headers.get("Authorization", "").partition(" ")
    if token and scheme == "Bearer":
        return compare_digest(brought.encode(), token.get_secret_value().encode())
    # A proxy on this machine speaks for strangers.
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response

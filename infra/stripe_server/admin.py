"""Knobs over HTTP: `/_admin/…` with the key of the account they are for, JSON in and out."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from infra.stripe_server import webhook_endpoints
from infra.stripe_server.checkout import completing
from infra.stripe_server.disputes import close, open_dispute
from infra.stripe_server.faults import ApiError, Body
from infra.stripe_server.knobs import Fault
from infra.stripe_server.payments import intents
from infra.stripe_server.shapes import shown
from infra.stripe_server.steps import run_due
from infra.stripe_server.world import SETTINGS, World

admin = Blueprint("admin", __name__, url_prefix="/_admin")
SETTABLE = frozenset({"retry_days", "after_retries", "keeps_disputed"})


def _server() -> Any:
    return current_app.extensions["stripe_server"]


def _place() -> tuple[str, str]:
    from infra.stripe_server.server import account_of

    key = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not key.startswith("sk_test_"):
        raise ApiError("You did not provide an API key.", status=401)
    platform = account_of(key)
    return platform, request.headers.get("Stripe-Account") or platform


def _given() -> Body:
    given = request.get_json(silent=True)
    return given if isinstance(given, dict) else {}


@admin.errorhandler(ApiError)
def refused(refusal: ApiError) -> tuple[Response, int]:
    return jsonify(error=refusal.error), refusal.status


@admin.post("/faults")
def add_fault() -> Response:
    platform, _account = _place()
    _server().knobs.add_fault(platform, Fault(**_given()))
    return jsonify(_server().knobs.faults(platform))


@admin.post("/webhooks")
def set_webhooks() -> Response:
    platform, _account = _place()
    return jsonify(_server().knobs.set_deliveries(platform, _given()))


@admin.post("/webhooks/release")
def release_webhooks() -> Response:
    platform, _account = _place()
    _server().postman.release(platform)
    return jsonify(done=True)


@admin.post("/webhooks/settle")
def settle_webhooks() -> Response:
    platform, _account = _place()
    return jsonify(done=_server().postman.settle(platform, float(_given().get("seconds", 10))))


@admin.post("/webhooks/endpoint")
def set_endpoint() -> Response:
    """Make an endpoint with a secret of the caller's choice, or move the one with that URL."""
    platform, _account = _place()
    given = _given()

    def deed(world: World) -> Body:
        return webhook_endpoints.place(
            world,
            given["url"],
            given["secret"],
            connect=bool(given.get("connect")),
            events=given.get("enabled_events"),
        )

    return jsonify(shown(_server().act(platform, deed)))


@admin.post("/events/<event>/send")
def send_event(event: str) -> Response:
    platform, account = _place()
    _server().postman.send_again(account, platform, event)
    return jsonify(done=True)


@admin.post("/settings")
def set_settings() -> Response:
    """Change the schedule of retries, what follows the last one, and what a won dispute leaves."""
    platform, _account = _place()
    given = _given()
    if unknown := sorted(given.keys() - SETTABLE):
        raise ApiError(f"There is no setting called {unknown[0]}", param=unknown[0])
    return jsonify(change_settings(platform, given))


def change_settings(platform: str, given: Body) -> Body:
    """Set what an account's owner would set in the dashboard."""

    def deed(world: World) -> Body:
        known = world.find(SETTINGS, SETTINGS) or world.add(SETTINGS, "", id=SETTINGS)
        known |= given
        return dict(known)

    done: Body = _server().act(platform, deed)
    return done


@admin.post("/clock/advance")
def advance_clock() -> Response:
    """Move the time of everything that is on no test clock, and do what is due by then."""
    platform, _account = _place()
    return jsonify(advance(platform, int(_given()["seconds"])))


def advance(platform: str, seconds: int) -> Body:
    """Let so many seconds go by at once."""
    if seconds <= 0:
        raise ApiError("The time moves forwards only.", param="seconds")
    server = _server()
    known = server.store.kind(platform, SETTINGS).get(SETTINGS, {})
    change_settings(platform, {"clock_offset": known.get("clock_offset", 0) + seconds})
    # Before anybody is told what has become due: it would lie in the future.
    server.tell_time(platform)
    done = 0
    for account in server.store.accounts():
        if account.startswith("acct_") and server.platform_of(account) == platform:
            done += server.act(account, run_due, platform)
    return {"now": server.world(platform).now(), "steps": done}


@admin.post("/checkout/<session>/complete")
def complete_checkout(session: str) -> Response:
    """Press the button on the Checkout page: number, email, name, promotion_code, agreed."""
    platform, account = _place()
    given = {"number": "4242424242424242"} | _given()

    def deed(world: World) -> Body:
        found = world.get("checkout.session", session)
        if "promotion_code" in given:
            completing.use_code(world, found, given["promotion_code"])
        try:
            return completing.complete(world, found, given, agreed=bool(given.get("agreed")))
        except completing.Asked:
            raise ApiError("The card's holder has to agree first.", status=402,
                           kind="card_error", code="authentication_required") from None  # fmt: skip

    return jsonify(shown(_server().act(account, deed, platform)))


@admin.post("/payment_intents/<intent>/agree")
def agree(intent: str) -> Response:
    """Let the holder of a card, or of an Alipay or WeChat account, say yes."""
    platform, account = _place()

    def deed(world: World) -> Body:
        found = world.get("payment_intent", intent)
        method = world.get("payment_method", found["payment_method"])
        intents.confirm(world, found, method, agreed=True)
        intents.settle_invoice(world, found)
        return found

    return jsonify(shown(_server().act(account, deed, platform)))


@admin.post("/charges/<charge>/dispute")
def dispute(charge: str) -> Response:
    platform, account = _place()
    reason = str(_given().get("reason", "fraudulent"))
    return jsonify(shown(_server().act(
        account, lambda world: open_dispute(world, world.get("charge", charge), reason=reason),
        platform,
    )))  # fmt: skip


@admin.post("/disputes/<known_as>/close")
def close_dispute(known_as: str) -> Response:
    platform, account = _place()
    won = bool(_given().get("won"))
    return jsonify(shown(_server().act(
        account, lambda world: close(world, world.get("dispute", known_as), won=won), platform
    )))  # fmt: skip


@admin.post("/mark")
def mark() -> Response:
    """Remember an account's objects and its time, to come back to."""
    platform, _account = _place()
    _server().mark(platform)
    return jsonify(done=True)


@admin.post("/back")
def back() -> Response:
    """Have an account as it was at its mark, with nothing that goes wrong; its time goes on."""
    platform, _account = _place()
    if not _server().back(platform):
        raise ApiError("This account has no mark.")
    return jsonify(done=True)


@admin.post("/reset")
def reset() -> Response:
    """Let everything go well again; with `everything`, forget the account's objects, too."""
    platform, _account = _place()
    server = _server()
    server.knobs.reset(platform)
    if _given().get("everything"):
        with server.store.lock:
            server.store.forget(platform)
    return jsonify(done=True)

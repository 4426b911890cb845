"""The Flask application: who calls, what goes wrong on purpose, which handler answers."""

import hashlib
import importlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from infra.stripe_server import idempotency
from infra.stripe_server.faults import ApiError, Body, missing
from infra.stripe_server.knobs import Fault, HungUp, Knobs
from infra.stripe_server.parameters import decode, validate
from infra.stripe_server.routes import Route, route_of
from infra.stripe_server.shapes import expand, shown
from infra.stripe_server.steps import run_due
from infra.stripe_server.store import Store
from infra.stripe_server.webhooks import Postman
from infra.stripe_server.world import SETTINGS, World, new_id

HANDLERS = (
    "accounts", "balance", "checkout.api", "coupons", "credit_notes", "customers", "disputes",
    "events", "invoices.api", "invoices.items", "payments.charges", "payments.intents",
    "payments.methods", "payments.refunds", "payments.setups", "portal", "prices", "products",
    "searches",
    "subscriptions.api", "tax_rates", "test_clocks", "webhook_endpoints",
)  # fmt: skip
PAGES = ("pages.checkout", "pages.developer", "pages.invoice", "pages.portal")
LONGEST_BODY = 1_000_000


class StripeServer:
    """Everything one running server has; the Flask application is its `app`."""

    def __init__(
        self, folder: Path | None = None, *, base_url: str = "", clock_file: Path | None = None
    ) -> None:
        """Read what an earlier run left in the folder.

        Into `clock_file` it writes by how many seconds an account's time is ahead, for those who
        want to live in the same time.
        """
        for name in (*HANDLERS, *PAGES):
            importlib.import_module(f"infra.stripe_server.{name}")
        self.store = Store(folder)
        self.base_url = base_url
        self.knobs = Knobs()
        self.postman = Postman(self.store, self.knobs)
        self.clock_file = clock_file
        self._marks: dict[str, tuple[int, dict[str, dict[str, Body]]]] = {}
        self.app = self._flask()

    def world(self, account: str, platform: str = "", **more: Any) -> World:
        """Return an account as it is, to be changed under the store's lock."""
        return World(self.store, account, self.base_url, platform or account, **more)

    def act(self, account: str, deed: Callable[[World], Any], platform: str = "") -> Any:
        """Do something in an account and send the webhooks that follow from it."""
        with self.store.lock:
            world = self.world(account, platform)
            try:
                done = deed(world)
            except ApiError as refusal:
                if refusal.keeps:
                    self.keep(world)
                raise
            self.keep(world)
            return done

    def keep(self, world: World) -> None:
        """Keep what a world did and hand its events to the postman."""
        for event in world.keep():
            self.postman.take(world.account, world.platform or world.account, event["id"])

    def mark(self, account: str) -> None:
        """Remember an account as it is at this moment."""
        with self.store.lock:
            self._marks[account] = self.world(account).now(), self.store.copy(account)

    def back(self, account: str) -> bool:
        """Have an account as it was at its mark, at that time; False where there is none."""
        if account not in self._marks:
            return False
        at, objects = self._marks[account]
        self.knobs.reset(account)
        with self.store.lock:
            self.store.put(account, objects)

        def deed(world: World) -> None:
            known = world.find(SETTINGS, SETTINGS) or world.add(SETTINGS, "", id=SETTINGS)
            known["clock_offset"] = at - int(time.time())

        self.act(account, deed)
        return True

    def tick(self) -> None:
        """Bring about what time has made due, in every account."""
        for account in self.store.accounts():
            if account.startswith("acct_"):
                platform = self.platform_of(account)
                self.act(account, run_due, platform)

    def tell_time(self, platform: str) -> None:
        """Write down how far an account's time is ahead, where somebody wants to know."""
        if self.clock_file is None:
            return
        written = self.clock_file.with_suffix(".new")
        written.write_text(str(self.world(platform).setting("clock_offset", 0)), "ascii")
        written.replace(self.clock_file)

    def platform_of(self, account: str) -> str:
        """Return whose key an account answers to."""
        known = self.store.kind("", "_platforms").get(account)
        return str(known["platform"]) if known else account

    def _flask(self) -> Flask:
        from infra.stripe_server.admin import admin
        from infra.stripe_server.pages import pages

        app = Flask(__name__)
        app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
        app.extensions["stripe_server"] = self
        app.register_blueprint(admin)
        app.register_blueprint(pages)
        app.add_url_rule(
            "/v1/<path:path>", "api", self._answer, methods=["GET", "POST", "DELETE"]
        )  # fmt: skip
        app.register_error_handler(Exception, _unexpected)
        return app

    # One call of the API

    def _answer(self, path: str) -> Response:
        del path
        request_id = new_id("req", 14)
        try:
            platform, account = self._caller()
            # Read in any case: a connection that is kept alive would else begin with it.
            given = decode([*request.args.items(multi=True), *request.form.items(multi=True)])
            fault = self.knobs.fault(platform, request.method, request.path)
            if fault is not None:
                early = _before(fault)
                if early is not None:
                    return _response(early, request_id)
            status, body = self._run(platform, account, given, request_id, fault)
        except ApiError as refusal:
            return _response((refusal.status, {"error": refusal.error}), request_id)
        if fault is not None and (late := _after(fault)) is not None:
            return _response(late, request_id)
        return _response((status, body), request_id)

    def _caller(self) -> tuple[str, str]:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if request.authorization is not None and request.authorization.type == "basic":
            key = request.authorization.username or ""
        if not key:
            raise ApiError("You did not provide an API key.", status=401)
        if not key.startswith(("sk_test_", "rk_test_")):
            hidden = key[:7] + "*" * 12 + key[-4:]
            raise ApiError(f"Invalid API Key provided: {hidden}", status=401)
        platform = account_of(key)
        account = request.headers.get("Stripe-Account") or platform
        if account != platform and account not in self.store.kind(platform, "account"):
            raise ApiError(
                f"The provided key 'sk_test_***' does not have access to account '{account}' (or "
                "that account does not exist). Application access may have been revoked.",
                status=403,
                code="account_invalid",
            )
        return platform, account

    def _run(
        self, platform: str, account: str, given: Body, request_id: str, fault: Fault | None
    ) -> idempotency.Answer:
        """Answer a call once; the same key and body get the same answer again."""
        found, ids = route_of(request.method, request.path)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        world = self.world(account, platform, request_id=request_id, idempotency_key=key)
        if not key:
            return self._handled(world, found, ids, given)
        whole = json.dumps([request.path, given], sort_keys=True)
        with idempotency.claimed(self.store, account, key, whole) as claim:
            if claim.answer is not None:
                g.replayed = claim.answer[0]
                return claim.answer
            if fault is not None and fault.kind == "busy":
                time.sleep(fault.seconds)
            claim.answer = self._handled(world, found, ids, given)
            if fault is not None and fault.kind == "500_kept":
                claim.answer = _failure()
            return claim.answer

    def _handled(
        self, world: World, found: Route, ids: tuple[str, ...], given: Body
    ) -> idempotency.Answer:
        try:
            params = validate(found.params, given)
            wanted = params.pop("expand", [])
            with self.store.lock:
                run_due(world)
                self.keep(world)
                try:
                    body = expand(world, shown(found.handler(world, params, *ids)), wanted)
                except ApiError as refusal:
                    if refusal.keeps:
                        self.keep(world)
                    raise
                self.keep(world)
        except ApiError as refusal:
            return refusal.status, {"error": refusal.error}
        return 200, body


def account_of(key: str) -> str:
    """Return the account of a key: each key has one of its own, so tests do not meet."""
    return "acct_" + hashlib.sha256(key.encode()).hexdigest()[:16]


def _before(fault: Fault) -> idempotency.Answer | None:
    if fault.kind == "down":
        fault.hang_up()
    if fault.kind == "slow":
        time.sleep(fault.seconds)
    if fault.kind == "429":
        return 429, {"error": {
            "message": "Request rate limit exceeded.", "type": "invalid_request_error",
            "code": "rate_limit",
        }}  # fmt: skip
    return _failure() if fault.kind == "500" else None


def _after(fault: Fault) -> idempotency.Answer | None:
    """Return what the caller gets though the call has been done."""
    if fault.kind == "cut":
        fault.hang_up()
    return _failure() if fault.kind == "500_after" else None


def _failure() -> idempotency.Answer:
    return 500, {"error": {"message": "An unknown error occurred", "type": "api_error"}}


def _response(answer: idempotency.Answer, request_id: str) -> Response:
    status, body = answer
    made = Response(json.dumps(body), status, content_type="application/json")
    made.headers["Request-Id"] = request_id
    if key := request.headers.get("Idempotency-Key"):
        made.headers["Idempotency-Key"] = key
    if g.get("replayed"):
        made.headers["Idempotent-Replayed"] = "true"
        if g.replayed >= 500:
            # Asking again would bring the same answer.
            made.headers["Stripe-Should-Retry"] = "false"
    return made


def _unexpected(error: Exception) -> Response | HTTPException:
    if isinstance(error, HungUp):
        # There is nobody to answer; writing to the cut connection ends the matter.
        return Response("")
    if isinstance(error, HTTPException):
        if request.path.startswith("/v1/"):
            refusal = missing("route", request.path)
            return _response((error.code or 500, {"error": refusal.error}), "req_none")
        return error
    if request.path.startswith("/v1/"):
        # A fault of this server's own: said aloud here, and told as Stripe tells its own.
        current_app.logger.error("%s", request.path, exc_info=error)
        return _response(_failure(), "req_none")
    raise error

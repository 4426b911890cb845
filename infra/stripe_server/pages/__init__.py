"""The hosted pages: Checkout, the customer portal, invoices, and the developer's knobs.

Plain HTML without a line of script, in Chinese and English. Who has the address of a page may use
it, as at Stripe; its forms carry the secret of that address.
"""

import hashlib
import hmac
import secrets
from typing import Any

from flask import Blueprint, abort, current_app, request

from infra.stripe_server.faults import ApiError, Body
from infra.stripe_server.invoices.lines import spelled
from infra.stripe_server.pages.words import chosen, said
from infra.stripe_server.times import written
from infra.stripe_server.world import World

pages = Blueprint(
    "pages", __name__, template_folder="templates", static_folder="static",
    static_url_path="/_static",
)  # fmt: skip
_SECRET = secrets.token_bytes(32)


def server() -> Any:
    """Return the running server."""
    return current_app.extensions["stripe_server"]


def world_of(account: str) -> World:
    """Return an account to look at; what a page changes goes through `act`."""
    if account not in server().store.accounts():
        abort(404)
    world: World = server().world(account, server().platform_of(account))
    return world


def found(world: World, kind: str, **wanted: str) -> Body:
    """Return the object that an address means; 404 for everybody else."""
    have = world.where(kind, **wanted)
    if not have:
        abort(404)
    return have[0]


def token() -> str:
    """Return what a form of this address must send back."""
    return hmac.digest(_SECRET, request.path.encode(), hashlib.sha256).hex()


def checked() -> None:
    """Refuse a form that was not on our page."""
    if not hmac.compare_digest(request.form.get("csrf_token", ""), token()):
        abort(400)


def sentence(refusal: ApiError) -> str:
    """Return why something failed, in the page's language."""
    return said(chosen(None), str(refusal))


@pages.context_processor
def _common() -> Body:
    return {"csrf_token": token, "amount": spelled, "day": written, "said": said}

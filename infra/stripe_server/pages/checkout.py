"""The Checkout page."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from infra.stripe_server.checkout import completing, sessions
from infra.stripe_server.faults import ApiError, Body
from infra.stripe_server.pages import checked, found, pages, server, world_of
from infra.stripe_server.pages.words import chosen, said
from infra.stripe_server.payments.cards import LISTED
from infra.stripe_server.world import World

GIVEN = ("number", "email", "name", "method", "expiry", "cvc", "tax_id")


@pages.get("/c/pay/<account>/<session>")
def checkout(account: str, session: str) -> str:
    return _page(account, session)


def _page(account: str, session: str, *, error: str = "", status: str = "") -> str:
    world = world_of(account)
    known = found(world, sessions.KIND, id=session)
    language = chosen(known["locale"])
    customer = world.find("customer", known["customer"])
    return render_template(
        "stripe_pages/checkout.html",
        session=known,
        lines=known.get("_lines") or [],
        language=language,
        _=lambda sentence: said(language, sentence),
        error=said(language, error),
        status=status,
        is_open=known["status"] == "open" and known["expires_at"] > world.now(),
        needs_card=completing.needs_card(known),
        email=known["customer_email"] or (customer or {}).get("email") or "",
        free_until=sessions.free_until(known, world.now()),
        cards=LISTED,
        typed={name: request.form.get(name, "") for name in GIVEN},
        code=request.form.get("promotion_code", ""),
        is_done=known["status"] == "complete",
        back=_return_url(known, "cancel_url"),
        onwards=_return_url(known, "success_url"),
    )


def _return_url(session: Body, name: str) -> str:
    return str(session[name] or "").replace("{CHECKOUT_SESSION_ID}", session["id"])


@pages.post("/c/pay/<account>/<session>")
def press(account: str, session: str) -> str | Response:
    checked()
    platform = server().platform_of(account)
    given = {name: request.form.get(name, "") for name in GIVEN}
    known = found(world_of(account), sessions.KIND, id=session)
    wanted = request.form.get("deed", "pay")

    def code(world: World) -> None:
        text = "" if wanted == "remove" else request.form.get("promotion_code", "")
        completing.use_code(world, found(world, sessions.KIND, id=session), text)

    def pay(world: World) -> None:
        mine = found(world, sessions.KIND, id=session)
        completing.complete(world, mine, given, agreed=wanted == "agree")

    if wanted == "disagree":
        return _page(account, session, error="You said no, so nothing has been charged.")
    try:
        server().act(account, code if wanted in {"code", "remove"} else pay, platform)
    except ApiError as refusal:
        return _page(account, session, error=str(refusal))
    except completing.Asked:
        return _ask(known, given)
    if wanted in {"code", "remove"}:
        return _page(account, session)
    return redirect(_return_url(known, "success_url"), 303)


def _ask(session: Body, given: Body) -> str:
    language = chosen(session["locale"])
    return render_template(
        "stripe_pages/confirm.html",
        language=language,
        _=lambda sentence: said(language, sentence),
        given=given,
        title=session["amount_total"],
        currency=session["currency"] or "usd",
    )

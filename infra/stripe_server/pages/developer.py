"""The developer's page: the clock, the events, and what is to go wrong."""

from dataclasses import asdict

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from infra.stripe_server.admin import advance
from infra.stripe_server.events import has_arrived
from infra.stripe_server.faults import ApiError
from infra.stripe_server.knobs import KINDS, Fault
from infra.stripe_server.pages import checked, pages, server, world_of
from infra.stripe_server.pages.words import chosen, said

MOST = 100


@pages.get("/")
def accounts() -> str:
    language = chosen(request.args.get("locale"))
    known = [each for each in server().store.accounts() if each.startswith("acct_")]
    return render_template(
        "stripe_pages/accounts.html",
        language=language, _=lambda sentence: said(language, sentence), accounts=known,
    )  # fmt: skip


@pages.get("/dev/<account>")
def developer(account: str) -> str:
    return _page(account)


def _page(account: str, *, error: str = "") -> str:
    world = world_of(account)
    language = chosen(request.args.get("locale"))
    platform = server().platform_of(account)
    return render_template(
        "stripe_pages/developer.html",
        language=language, _=lambda sentence: said(language, sentence), account=account,
        error=said(language, error), now=world.now(),
        events=[(each, has_arrived(each)) for each in world.where("event")[:-MOST - 1:-1]],
        manners=asdict(server().knobs.deliveries(platform)), kinds=KINDS,
        faults=server().knobs.faults(platform),
    )  # fmt: skip


@pages.post("/dev/<account>")
def turn(account: str) -> str | Response:
    checked()
    platform = server().platform_of(account)
    form = request.form
    try:
        match form.get("deed"):
            case "advance":
                advance(platform, round(_number("days") * 86_400))
            case "send":
                server().postman.send_again(account, platform, form.get("event", ""))
            case "webhooks":
                server().knobs.set_deliveries(platform, {
                    "duplicate": int(_number("duplicate")), "delay": _number("delay"),
                    "reorder": int(_number("reorder")), "drop": int(_number("drop")),
                    "fail_first": "fail_first" in form,
                })  # fmt: skip
                server().postman.release(platform)
            case "fault":
                fault = Fault(form.get("kind", ""), times=int(_number("times")), seconds=3.0)
                server().knobs.add_fault(platform, fault)
    except ApiError as refusal:
        return _page(account, error=str(refusal))
    return redirect(request.path, 303)


def _number(name: str) -> float:
    try:
        return float(request.form.get(name) or 0)
    except ValueError:
        raise ApiError(f"{name} is no number", param=name) from None

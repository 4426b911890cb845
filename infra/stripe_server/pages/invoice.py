"""The hosted page of an invoice, its PDF, and the page on which a card's holder says yes."""

from flask import Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from infra.stripe_server.faults import ApiError, Body
from infra.stripe_server.invoices.api import pay_in_person
from infra.stripe_server.pages import checked, found, pages, server, world_of
from infra.stripe_server.pages.pdf import document
from infra.stripe_server.pages.words import chosen, said
from infra.stripe_server.payments import intents, methods, setups
from infra.stripe_server.payments.cards import LISTED
from infra.stripe_server.world import World


@pages.get("/i/<account>/<token>")
def invoice(account: str, token: str) -> str:
    return _page(account, token)


def _page(account: str, token: str, *, error: str = "") -> str:
    known = found(world_of(account), "invoice", _token=token)
    language = chosen(request.args.get("locale"))
    return render_template(
        "stripe_pages/invoice.html",
        invoice=known, language=language, _=lambda sentence: said(language, sentence),
        error=said(language, error), cards=LISTED, pdf=f"{request.path}/pdf",
        typed={"number": request.form.get("number", "")},
        off=sum(each["amount"] for each in known["total_discount_amounts"]),
        tax=sum(each["amount"] for each in known["total_taxes"]),
    )  # fmt: skip


@pages.post("/i/<account>/<token>")
def pay_invoice(account: str, token: str) -> str | Redirect:
    checked()
    number = request.form.get("number", "")

    def deed(world: World) -> Body:
        mine = found(world, "invoice", _token=token)
        if mine["status"] not in {"open", "uncollectible"}:
            raise ApiError("This has been paid already.")
        if not number.strip():
            raise ApiError("Enter a card number.")
        method = methods.make_card(world, number)
        methods.attach(world, method, world.get("customer", mine["customer"]))
        return pay_in_person(world, mine, method)

    try:
        intent = server().act(account, deed, server().platform_of(account))
    except ApiError as refusal:
        return _page(account, token, error=str(refusal))
    if intent["status"] == "requires_action":
        return redirect(intent["next_action"]["redirect_to_url"]["url"], 303)
    return redirect(request.path, 303)


@pages.get("/i/<account>/<token>/pdf")
def invoice_pdf(account: str, token: str) -> Response:
    known = found(world_of(account), "invoice", _token=token)
    return Response(document(known), content_type="application/pdf")


@pages.get("/i/<account>/<token>/credit/<note>")
def credit_pdf(account: str, token: str, note: str) -> Response:
    world = world_of(account)
    known = found(world, "invoice", _token=token)
    noted = found(world, "credit_note", id=note, invoice=known["id"])
    return Response(document(noted), content_type="application/pdf")


@pages.get("/authenticate/<account>/<known_as>")
def authenticate(account: str, known_as: str) -> str:
    world = world_of(account)
    intent = world.by_id(known_as)
    if intent is None or intent["object"] not in {"payment_intent", "setup_intent"}:
        abort(404)
    language = chosen(None)
    return render_template(
        "stripe_pages/confirm.html",
        language=language, _=lambda sentence: said(language, sentence), given={},
        title=intent.get("amount"), currency=intent.get("currency") or "usd",
        is_over=intent["status"] != "requires_action",
    )  # fmt: skip


@pages.post("/authenticate/<account>/<known_as>")
def agree(account: str, known_as: str) -> str | Redirect:
    checked()
    says_yes = request.form.get("deed") == "agree"

    def deed(world: World) -> Body:
        intent = world.by_id(known_as)
        if intent is None or intent["status"] != "requires_action":
            abort(404)
        method = world.get("payment_method", intent["payment_method"])
        if not says_yes:
            intents.fail(world, intent, method, "authentication_required")
        if intent["object"] == "setup_intent":
            return setups.confirm(world, intent, method, agreed=True)
        intents.confirm(world, intent, method, agreed=True)
        intents.settle_invoice(world, intent)
        return intent

    try:
        intent = server().act(account, deed, server().platform_of(account))
    except ApiError:
        intent = world_of(account).by_id(known_as)
    return redirect(_onwards(account, intent), 303)


def _onwards(account: str, intent: Body) -> str:
    if intent.get("_return_url"):
        return str(intent["_return_url"])
    if intent.get("_invoice"):
        return str(world_of(account).get("invoice", intent["_invoice"])["hosted_invoice_url"])
    return request.path

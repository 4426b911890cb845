"""The customer portal."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from infra.stripe_server import prices
from infra.stripe_server.customers import add_tax_id
from infra.stripe_server.faults import ApiError, Body
from infra.stripe_server.invoices.lines import spelled
from infra.stripe_server.pages import checked, found, pages, server, world_of
from infra.stripe_server.pages.words import chosen, said
from infra.stripe_server.payments import methods
from infra.stripe_server.payments.cards import LISTED
from infra.stripe_server.portal import CONFIGURATION, KIND
from infra.stripe_server.subscriptions import changing, ending, status
from infra.stripe_server.world import World


@pages.get("/p/session/<account>/<secret>")
def portal(account: str, secret: str) -> str:
    return _page(account, secret)


def _page(account: str, secret: str, *, error: str = "", saved: bool = False) -> str:
    world = world_of(account)
    session = found(world, KIND, _secret=secret)
    language = chosen(session["locale"])
    customer = world.get("customer", session["customer"])
    features = world.get(CONFIGURATION, session["configuration"])["features"]
    wanted = customer["invoice_settings"]["default_payment_method"]
    subs = [each for each in world.where("subscription", customer=customer["id"])
            if each["status"] not in {"incomplete_expired", "canceled"}]  # fmt: skip
    return render_template(
        "stripe_pages/portal.html",
        session=session,
        customer=customer,
        shows=lambda part: _shows(session, part),
        tax_ids=world.where("tax_id", customer=customer["id"]),
        features=features,
        language=language,
        _=lambda sentence: said(language, sentence),
        error=said(language, error),
        saved=saved,
        subs=[(each, _name(world, each), _plans(world, each, features)) for each in subs[::-1]],
        method=world.find("payment_method", wanted)
        or next(
            (world.find("payment_method", each["default_payment_method"]) for each in subs), None
        ),
        invoices=[
            each
            for each in world.where("invoice", customer=customer["id"])
            if each["status"] != "draft"
        ][::-1][:50],
        cards=LISTED,
    )


def _name(world: World, sub: Body) -> str:
    return ", ".join(
        f"{each['quantity']} × {world.get('product', each['price']['product'])['name']}"
        for each in sub["items"]["data"]
    )


def _plans(world: World, sub: Body, features: Body) -> list[tuple[str, str]]:
    """Return the prices that the configuration lets a subscription change to."""
    rule = features["subscription_update"]
    if not rule["enabled"] or "price" not in (rule["default_allowed_updates"] or []):
        return []
    now = {each["price"]["id"] for each in sub["items"]["data"]}
    made = []
    for product in rule["products"] or []:
        name = world.get("product", product["product"])["name"]
        for known_as in product["prices"]:
            price = world.get("price", known_as)
            if known_as not in now and price["active"]:
                minor = prices.amount(price, price["currency"], 1)
                every = price["recurring"]["interval"]
                made.append((known_as, f"{name}: {spelled(minor, price['currency'])} / {every}"))
    return made


@pages.post("/p/session/<account>/<secret>")
def do(account: str, secret: str) -> str | Response:
    checked()

    def deed(world: World) -> None:
        session = found(world, KIND, _secret=secret)
        features = world.get(CONFIGURATION, session["configuration"])["features"]
        _do(world, world.get("customer", session["customer"]), features)

    try:
        server().act(account, deed, server().platform_of(account))
    except ApiError as refusal:
        return _page(account, secret, error=str(refusal))
    return redirect(_onwards(account, secret), 303)


_FLOWS = {
    "payment_method_update": {"card"},
    "subscription_cancel": {"subscriptions"},
    "subscription_update": {"subscriptions"},
    "subscription_update_confirm": {"subscriptions"},
}


def _shows(session: Body, part: str) -> bool:
    """Say whether a part is on the page: a flow leads to one of them alone."""
    flow = session["flow"]
    return flow is None or part in _FLOWS.get(flow["type"], set())


def _onwards(account: str, secret: str) -> str:
    flow = found(world_of(account), KIND, _secret=secret)["flow"]
    after = (flow or {}).get("after_completion") or {}
    if after.get("type") == "redirect":
        return str(after["redirect"]["return_url"])
    return f"{request.path}?saved=1"


def _do(world: World, customer: Body, features: Body) -> None:
    wanted = request.form.get("deed", "")
    if wanted == "card" and features["payment_method_update"]["enabled"]:
        _change_card(world, customer)
        return
    if wanted == "details" and features["customer_update"]["enabled"]:
        _change_details(world, customer, features["customer_update"]["allowed_updates"] or [])
        return
    sub = found(
        world, "subscription", id=request.form.get("subscription", ""), customer=customer["id"]
    )
    cancelling = features["subscription_cancel"]
    if wanted == "cancel" and cancelling["enabled"]:
        if cancelling["mode"] == "immediately":
            ending.end(world, sub, reason="cancellation_requested",
                       prorate=cancelling["proration_behavior"] != "none")  # fmt: skip
        else:
            changing.update(world, sub, {"cancel_at_period_end": True})
    elif wanted == "renew" and cancelling["enabled"]:
        changing.update(world, sub, {"cancel_at_period_end": False})
    elif wanted == "change" and request.form.get("price") in dict(_plans(world, sub, features)):
        rule = features["subscription_update"]
        item = sub["items"]["data"][0]["id"]
        changing.update(world, sub, {
            "items": [{"id": item, "price": request.form["price"]}],
            "proration_behavior": rule["proration_behavior"],
            "payment_behavior": "error_if_incomplete",
        })  # fmt: skip
    else:
        raise ApiError("This is not allowed here.")


def _change_details(world: World, customer: Body, allowed: list[str]) -> None:
    given = {name: request.form.get(name, "").strip() for name in ("name", "email", "tax_id")}
    if given["email"] and "@" not in given["email"]:
        raise ApiError("Enter an e-mail address.")
    with world.changing("customer.updated", customer):
        for name in ("name", "email"):
            if name in allowed and given[name]:
                customer[name] = given[name]
    known = {each["value"] for each in world.where("tax_id", customer=customer["id"])}
    if "tax_id" in allowed and given["tax_id"] and given["tax_id"] not in known:
        add_tax_id(world, customer, {"type": "cn_tin", "value": given["tax_id"]})


def _change_card(world: World, customer: Body) -> None:
    number = request.form.get("number", "")
    if not number.strip():
        raise ApiError("Enter a card number.")
    method = methods.make_card(world, number)
    methods.attach(world, method, customer)
    # The holder has been asked on this page.
    method["_is_authenticated"] = True
    methods.make_default(world, customer, method)
    for sub in world.where("subscription", customer=customer["id"]):
        if sub["status"] not in status.ENDED and sub["default_payment_method"]:
            with world.changing(status.UPDATED, sub):
                sub["default_payment_method"] = method["id"]

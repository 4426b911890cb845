"""What happens when somebody presses the button on the Checkout page."""

from infra.stripe_server import coupons
from infra.stripe_server.checkout import sessions
from infra.stripe_server.customers import add_tax_id
from infra.stripe_server.customers import make as make_customer
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.invoices import paying
from infra.stripe_server.payments import cards, intents, methods, setups
from infra.stripe_server.world import World


class Asked(Exception):
    """The card's holder has to say yes first; nothing has been done."""


def use_code(world: World, session: Body, text: str) -> None:
    """Apply the promotion code that was typed; an empty text takes it away again."""
    if not text.strip():
        session["_discounts"] = []
    else:
        code = coupons.code_called(world, text, customer=session["customer"])
        if code is None:
            raise refuse("This code is invalid.", param="promotion_code", code="resource_missing")
        amount = session["_recurring"] or session["amount_subtotal"]
        coupons.check_code(world, code, customer=session["customer"], amount=amount)
        coupons.offer(world, {"promotion_code": code["id"]}, "promotion_code",
                      customer=session["customer"])  # fmt: skip
        session["_discounts"] = [{"promotion_code": code["id"]}]
    sessions.price(world, session)


def needs_card(session: Body) -> bool:
    """Say whether the page asks for a card."""
    if session["mode"] == "setup":
        return True
    free = not session["amount_total"]
    if session["mode"] == "payment":
        return not free
    return not (free and session["payment_method_collection"] == "if_required")


def complete(world: World, session: Body, given: Body, *, agreed: bool = False) -> Body:
    """Do what a session is for; ApiError, and nothing is done, when the card says no.

    `given`: number, email, name and method (card, alipay, wechat_pay).
    """
    if session["status"] == "complete":
        return session
    if session["status"] != "open" or session["expires_at"] <= world.now(session):
        raise refuse("This Checkout Session has expired.", code="checkout_session_expired")
    if session["mode"] != "setup":
        # A code may have been used up since the page was opened.
        sessions.price(world, session)
    customer = _customer(world, session, given)
    method = _method(world, session, given, customer) if needs_card(session) else None
    if method is not None and not agreed and _asks(method):
        raise Asked
    session["customer_details"] = sessions.details(session, customer, given)
    try:
        if session["mode"] == "setup":
            _set_up(world, session, customer, method)
        elif session["mode"] == "subscription":
            _subscribe(world, session, customer, method, agreed=agreed)
        else:
            _pay(world, session, customer, method, agreed=agreed)
    except ApiError as refusal:
        # The page shows why and asks for another card: nothing of this try stays.
        refusal.keeps = False
        raise
    session |= {"status": "complete", "url": None}
    world.emit("checkout.session.completed", session)
    return session


def _asks(method: Body) -> bool:
    if method["type"] in methods.REDIRECTING:
        return True
    return bool(cards.of_number(method["_number"]).authenticate)


def _customer(world: World, session: Body, given: Body) -> Body | None:
    if session["customer"]:
        customer = world.get("customer", session["customer"])
        _learn(world, session, customer, given)
        return customer
    if session["mode"] == "payment" and session["customer_creation"] != "always":
        return None
    email = given.get("email") or session["customer_email"]
    if not email:
        raise refuse("Enter an e-mail address.", param="email", code="email_invalid")
    made = make_customer(world, {"email": email} | (
        {"name": given["name"]} if given.get("name") else {}))  # fmt: skip
    session["customer"] = made["id"]
    return made


def _learn(world: World, session: Body, customer: Body, given: Body) -> None:
    """Take over what the page was told about a customer, where the session wants that."""
    allowed = session["_params"].get("customer_update") or {}
    if allowed.get("name") == "auto" and given.get("name"):
        with world.changing("customer.updated", customer):
            customer["name"] = given["name"]
    number = (given.get("tax_id") or "").strip()
    if session["tax_id_collection"]["enabled"] and number:
        add_tax_id(world, customer, {"type": "cn_tin", "value": number})


def _method(world: World, session: Body, given: Body, customer: Body | None) -> Body:
    kind = given.get("method") or "card"
    details = {"email": given.get("email"), "name": given.get("name")}
    if kind in methods.REDIRECTING:
        if kind not in session["payment_method_types"]:
            raise refuse(f"This session does not take {kind}.", param="payment_method")
        return methods.of_params(world, {"type": kind, "billing_details": details})
    del customer
    number = "".join((given.get("number") or "").split())
    if not number:
        raise refuse("Enter a card number.", param="number", code="incomplete_number")
    return methods.make_card(world, number, details=details)


def _set_up(world: World, session: Body, customer: Body | None, method: Body | None) -> None:
    assert method is not None
    data = session["_params"].get("setup_intent_data") or {}
    setup = setups.make(world, customer["id"] if customer else None, data)
    setups.confirm(world, setup, method, agreed=True)
    session["setup_intent"] = setup["id"]


def _subscribe(
    world: World, session: Body, customer: Body | None, method: Body | None, *, agreed: bool
) -> None:
    assert customer is not None
    if method is not None:
        methods.attach(world, method, customer)
        method["_is_authenticated"] = agreed or method["_is_authenticated"]
    sub, invoice = sessions.draft(world, session, customer)
    assert sub is not None
    sub["payment_settings"]["save_default_payment_method"] = "off"
    if method is not None:
        sub["default_payment_method"] = method["id"]
    session |= {"subscription": sub["id"], "invoice": invoice["id"]}
    paying.finalize(world, invoice)
    if invoice["status"] == "paid":
        session["payment_status"] = "no_payment_required"
        return
    paying.collect(world, invoice, method=method, agreed=agreed, off_session=False)
    session["payment_status"] = "paid"


def _pay(
    world: World, session: Body, customer: Body | None, method: Body | None, *, agreed: bool
) -> None:
    data = session["_params"].get("payment_intent_data") or {}
    for each in session["_discounts"]:
        # Only the invoice of a subscription redeems by itself.
        coupons.redeem(world, [each], customer=customer["id"] if customer else None,
                       checkout_session=session["id"])  # fmt: skip
    if not session["amount_total"]:
        session["payment_status"] = "no_payment_required"
        return
    assert method is not None
    kept = ("description", "metadata", "setup_future_usage", "receipt_email", "capture_method",
            "transfer_group")  # fmt: skip
    intent = intents.make(
        world, amount=session["amount_total"], currency=session["currency"],
        customer=customer["id"] if customer else None,
        payment_method_types=session["payment_method_types"],
        **{name: data[name] for name in kept if name in data},
    )  # fmt: skip
    session["payment_intent"] = intent["id"]
    intents.confirm(world, intent, method, agreed=agreed)
    session["payment_status"] = "paid"

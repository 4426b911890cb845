"""Payment intents: an amount that somebody is about to pay."""

from typing import Any

from stripe._payment_intent_service import PaymentIntentService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.payments import cards, charges, methods
from infra.stripe_server.routes import route
from infra.stripe_server.world import World, new_id

KIND = "payment_intent"
_PLAIN = (
    "application_fee_amount", "capture_method", "confirmation_method", "description", "metadata",
    "allowed_payment_method_types", "on_behalf_of", "payment_method_options", "receipt_email",
    "setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix",
    "transfer_data", "transfer_group",
)  # fmt: skip
_OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


def make(world: World, *, amount: int, currency: str, **more: Any) -> Body:
    """Make a payment intent that waits for its payment method."""
    if amount < 1:
        raise refuse("This value must be greater than or equal to 1.", param="amount",
                     code="parameter_invalid_integer")  # fmt: skip
    known_as = new_id("pi")
    whole: Body = {
        "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0,
        "automatic_payment_methods": None, "canceled_at": None, "cancellation_reason": None,
        "capture_method": "automatic_async", "confirmation_method": "automatic",
        "customer": None, "description": None, "last_payment_error": None, "latest_charge": None,
        "next_action": None, "payment_method": None, "payment_method_options": {},
        "payment_method_types": ["card"], "processing": None, "receipt_email": None,
        "setup_future_usage": None, "shipping": None, "status": "requires_payment_method",
        "transfer_data": None, "transfer_group": None,
    } | more  # fmt: skip
    intent = world.add(
        KIND, "pi", id=known_as, amount=amount, currency=currency.lower(),
        client_secret=f"{known_as}_secret_{new_id('x')[2:]}", **whole,
    )  # fmt: skip
    world.emit("payment_intent.created", intent)
    return intent


def confirm(
    world: World, intent: Body, method: Body, *, off_session: bool = False, agreed: bool = False,
    return_url: str | None = None,
) -> Body:  # fmt: skip
    """Try to take the money; ApiError for a card that says no.

    `agreed`: the holder has just been asked and said yes.
    """
    intent["payment_method"] = method["id"]
    intent["next_action"] = None
    if method["type"] in methods.REDIRECTING:
        return take(world, intent, method) if agreed else _ask(world, intent, return_url)
    card = cards.of_number(method["_number"])
    if not agreed and _must_ask(card, method, off_session=off_session):
        if off_session:
            fail(world, intent, method, "authentication_required")
        return _ask(world, intent, return_url)
    if agreed:
        method["_is_authenticated"] = True
    if card.charge:
        fail(world, intent, method, card.charge)
    return take(world, intent, method)


def _must_ask(card: cards.TestCard, method: Body, *, off_session: bool) -> bool:
    if card.authenticate == "once":
        return not method["_is_authenticated"]
    if card.authenticate == "on_session":
        return not off_session
    return card.authenticate == "always"


def _ask(world: World, intent: Body, return_url: str | None) -> Body:
    with world.changing("payment_intent.requires_action", intent):
        intent["status"] = "requires_action"
        intent["_return_url"] = return_url
        url = f"{world.base_url}/authenticate/{world.account}/{intent['id']}"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": return_url},
        }
    return intent


def fail(world: World, intent: Body, method: Body, why: str) -> None:
    """Write down a charge that failed; raises the answer to whoever asked for it."""
    charge = charges.take(world, intent, method, why=why)
    refusal = cards.declined(why, charge=charge["id"])
    intent["last_payment_error"] = refusal.error | {"payment_method": method}
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["next_action"] = None
    world.emit("payment_intent.payment_failed", intent)
    refusal.error["payment_intent"] = {"id": intent["id"], "object": KIND,
                                       "status": intent["status"]}  # fmt: skip
    raise refusal


def take(world: World, intent: Body, method: Body) -> Body:
    """Take the money, or hold it where it is to be captured by hand."""
    charge = charges.take(world, intent, method)
    intent["last_payment_error"] = None
    if intent["capture_method"] == "manual":
        intent["status"] = "requires_capture"
        intent["amount_capturable"] = intent["amount"]
        world.emit("payment_intent.amount_capturable_updated", intent)
        return intent
    intent["status"] = "succeeded"
    intent["amount_received"] = intent["amount"]
    if intent["setup_future_usage"] and intent["customer"] and not method["customer"]:
        methods.attach(world, method, world.get("customer", intent["customer"]))
    world.emit("payment_intent.succeeded", intent)
    charges.object_to(world, charge, method)
    return intent


def settle_invoice(world: World, intent: Body) -> None:
    """Let the invoice of an intent know that its money has come."""
    if intent["status"] == "succeeded" and intent.get("_invoice"):
        from infra.stripe_server.invoices.paying import paid_by

        paid_by(world, intent)


@route(PaymentIntentService.create)
def create(world: World, params: Body) -> Body:
    values: Body = {name: params[name] for name in _PLAIN if name in params}
    values["automatic_payment_methods"] = params.get("automatic_payment_methods")
    values["payment_method_types"] = methods.allowed(params)
    if customer := params.get("customer"):
        values["customer"] = world.get("customer", customer, "customer")["id"]
    intent = make(world, amount=params["amount"], currency=params["currency"], **values)
    method = _method(world, params)
    if method is not None:
        intent["payment_method"] = method["id"]
        intent["status"] = "requires_confirmation"
    if params.get("confirm"):
        return _confirm(world, intent, params)
    return intent


def _method(world: World, params: Body) -> Body | None:
    if params.get("payment_method"):
        return methods.fetch(world, params["payment_method"])
    if params.get("payment_method_data"):
        return methods.of_params(world, params["payment_method_data"])
    return None


def _confirm(world: World, intent: Body, params: Body) -> Body:
    method = _method(world, params) if intent["payment_method"] is None else (
        world.get(methods.KIND, intent["payment_method"])
    )  # fmt: skip
    if method is None:
        raise refuse(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    if method["type"] not in intent["payment_method_types"]:
        raise refuse(f"The PaymentIntent does not accept {method['type']}.", param="payment_method")
    confirm(world, intent, method, off_session=bool(params.get("off_session")),
            return_url=params.get("return_url"))  # fmt: skip
    settle_invoice(world, intent)
    return intent


@route(PaymentIntentService.confirm)
def confirm_intent(world: World, params: Body, known_as: str) -> Body:
    intent = world.get(KIND, known_as)
    _still_open(intent, "confirm")
    if method := _method(world, params):
        intent["payment_method"] = method["id"]
    return _confirm(world, intent, params)


@route(PaymentIntentService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(PaymentIntentService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    intent = world.get(KIND, known_as)
    if "amount" in params or "currency" in params:
        _still_open(intent, "update")
    if method := _method(world, params):
        intent["payment_method"], intent["status"] = method["id"], "requires_confirmation"
        params.pop("payment_method", None)
        params.pop("payment_method_data", None)
    return assign(intent, params)


@route(PaymentIntentService.cancel)
def cancel(world: World, params: Body, known_as: str) -> Body:
    intent = world.get(KIND, known_as)
    if intent["status"] not in _OPEN | {"requires_capture", "processing"}:
        raise _unexpected(intent, "cancel")
    cancel_intent(world, intent, params.get("cancellation_reason"))
    return intent


def cancel_intent(world: World, intent: Body, reason: str | None = None) -> None:
    """Give an intent up."""
    intent |= {"status": "canceled", "canceled_at": world.now(intent), "next_action": None,
               "amount_capturable": 0, "cancellation_reason": reason}  # fmt: skip
    world.emit("payment_intent.canceled", intent)


@route(PaymentIntentService.capture)
def capture(world: World, params: Body, known_as: str) -> Body:
    intent = world.get(KIND, known_as)
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "capture")
    amount: int = params.get("amount_to_capture") or intent["amount_capturable"]
    if not 0 < amount <= intent["amount_capturable"]:
        raise refuse("The amount to capture is more than can be captured.",
                     param="amount_to_capture", code="amount_too_large")  # fmt: skip
    charge = world.get("charge", intent["latest_charge"])
    with world.changing("charge.captured", charge):
        charge |= {"captured": True, "amount_captured": amount,
                   "amount_refunded": charge["amount"] - amount}  # fmt: skip
    charges.book(world, charge, amount)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    world.emit("payment_intent.succeeded", intent)
    return intent


def _still_open(intent: Body, verb: str) -> None:
    if intent["status"] not in _OPEN:
        raise _unexpected(intent, verb)


def _unexpected(intent: Body, verb: str) -> Exception:
    return refuse(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
    )


@route(PaymentIntentService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/payment_intents", params)

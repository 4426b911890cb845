"""Set-up intents: a payment method that is kept for later."""

from stripe._setup_intent_service import SetupIntentService

from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.payments import cards, methods
from infra.stripe_server.routes import route
from infra.stripe_server.world import World, new_id

KIND = "setup_intent"


def make(world: World, customer: str | None, params: Body | None = None) -> Body:
    """Make a set-up intent that waits for its payment method."""
    known_as = new_id("seti")
    given = params or {}
    setup = world.add(
        KIND,
        "seti",
        id=known_as,
        automatic_payment_methods=None,
        client_secret=f"{known_as}_secret_{new_id('x')[2:]}",
        customer=customer,
        description=given.get("description"),
        last_setup_error=None,
        metadata=given.get("metadata") or {},
        next_action=None,
        payment_method=None,
        payment_method_options={},
        payment_method_types=methods.allowed(given, usual=("card",)),
        status="requires_payment_method",
        usage=given.get("usage", "off_session"),
    )
    world.emit("setup_intent.created", setup)
    return setup


def confirm(world: World, setup: Body, method: Body, *, agreed: bool = False) -> Body:
    """Keep the method for its customer, or ask the holder first."""
    card = cards.of_number(method["_number"])
    setup["payment_method"] = method["id"]
    if card.authenticate in {"once", "always", "on_session"} and not agreed:
        setup["status"] = "requires_action"
        url = f"{world.base_url}/authenticate/{world.account}/{setup['id']}"
        setup["next_action"] = {"type": "redirect_to_url",
                                "redirect_to_url": {"url": url, "return_url": None}}  # fmt: skip
        world.emit("setup_intent.requires_action", setup)
        return setup
    if card.attach:
        refusal = cards.declined(card.attach)
        setup |= {"status": "requires_payment_method", "last_setup_error": refusal.error}
        world.emit("setup_intent.setup_failed", setup)
        raise refusal
    method["_is_authenticated"] = True
    if setup["customer"]:
        methods.attach(world, method, world.get("customer", setup["customer"]))
    setup |= {"status": "succeeded", "next_action": None}
    world.emit("setup_intent.succeeded", setup)
    return setup


@route(SetupIntentService.create)
def create(world: World, params: Body) -> Body:
    if customer := params.get("customer"):
        world.get("customer", customer, "customer")
    setup = make(world, params.get("customer"), params)
    if wanted := params.get("payment_method"):
        method = methods.fetch(world, wanted)
        setup |= {"payment_method": method["id"], "status": "requires_confirmation"}
        if params.get("confirm"):
            return confirm(world, setup, method)
    return setup


@route(SetupIntentService.confirm)
def confirm_setup(world: World, params: Body, known_as: str) -> Body:
    setup = world.get(KIND, known_as)
    wanted = params.get("payment_method") or setup["payment_method"]
    if not wanted:
        raise refuse("You cannot confirm this SetupIntent because it's missing a payment method.",
                     code="setup_intent_unexpected_state")  # fmt: skip
    return confirm(world, setup, methods.fetch(world, wanted))


@route(SetupIntentService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(SetupIntentService.cancel)
def cancel(world: World, params: Body, known_as: str) -> Body:
    setup = world.get(KIND, known_as)
    setup |= {"status": "canceled", "cancellation_reason": params.get("cancellation_reason")}
    world.emit("setup_intent.canceled", setup)
    return setup


@route(SetupIntentService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/setup_intents", params)

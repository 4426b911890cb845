"""One attempt to take money, and what is left of it: a charge."""

from stripe._charge_service import ChargeService

from infra.stripe_server import balance
from infra.stripe_server.changes import assign
from infra.stripe_server.faults import Body
from infra.stripe_server.lists import page
from infra.stripe_server.payments import cards
from infra.stripe_server.routes import route
from infra.stripe_server.shapes import includable, listing
from infra.stripe_server.world import World

KIND = "charge"


def take(world: World, intent: Body, method: Body, *, why: str = "") -> Body:
    """Write down that an intent was charged to a method, or why that failed."""
    held = intent["capture_method"] == "manual" and not why
    charge = world.add(
        KIND,
        "ch",
        amount=intent["amount"],
        amount_captured=0 if held or why else intent["amount"],
        amount_refunded=0,
        billing_details=method["billing_details"],
        calculated_statement_descriptor="SIMTREE",
        captured=not held and not why,
        created=world.now(intent),
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_code=cards.DECLINES[why][0] if why else None,
        failure_message=cards.DECLINES[why][1] if why else None,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        outcome=cards.outcome(why),
        paid=not why,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(method),
        receipt_url=f"{world.base_url}/receipts/{intent['id']}",
        refunded=False,
        status="failed" if why else "succeeded",
    )
    intent["latest_charge"] = charge["id"]
    if why:
        world.emit("charge.failed", charge)
        return charge
    if not held:
        book(world, charge, charge["amount"])
    world.emit("charge.succeeded", charge)
    return charge


def book(world: World, charge: Body, amount: int) -> None:
    """Enter a captured amount in the account's balance."""
    charge["balance_transaction"] = balance.book(
        world, "charge", charge | {"amount": amount}, amount
    )["id"]  # fmt: skip


def object_to(world: World, charge: Body, method: Body) -> None:
    """Let the holder object to a charge, where that is what their card does."""
    from infra.stripe_server.disputes import open_dispute

    number = method.get("_number")
    if number and (reason := cards.of_number(number).dispute):
        open_dispute(world, charge, reason=reason)


def _details(method: Body) -> Body:
    kind = method["type"]
    if kind != "card":
        return {"type": kind, kind: {"fingerprint": None, "transaction_id": None}}
    card = method["card"]
    kept = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding",
            "last4", "wallet")  # fmt: skip
    return {
        "type": "card",
        "card": {name: card[name] for name in kept}
        | {"network": card["brand"], "installments": None, "three_d_secure": None, "mandate": None},
    }


@includable(KIND, "refunds")
def _refunds(world: World, charge: Body) -> Body:
    found = world.where("refund", charge=charge["id"])
    return listing(f"/v1/charges/{charge['id']}/refunds", found[::-1])


@route(ChargeService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(ChargeService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    charge = world.get(KIND, known_as)
    with world.changing("charge.updated", charge):
        assign(charge, params)
    return charge


@route(ChargeService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/charges", params)

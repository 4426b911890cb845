"""Refunds: money that goes back, all of it or a part."""

from typing import Any

from stripe._refund_service import RefundService

from infra.stripe_server import balance
from infra.stripe_server.changes import assign
from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.payments import cards
from infra.stripe_server.routes import route
from infra.stripe_server.world import World

KIND = "refund"


def make(world: World, charge: Body, amount: int | None = None, **more: Any) -> Body:
    """Give back what is left of a charge, or a part of it."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    if charge["disputed"] and _is_lost(world, charge):
        raise refuse(f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                     code="charge_disputed")  # fmt: skip
    if left == 0:
        raise refuse(f"Charge {charge['id']} has already been refunded.",
                     code="charge_already_refunded")  # fmt: skip
    if amount < 1:
        raise refuse("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        raise refuse(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount", code="amount_too_large",
        )  # fmt: skip
    number = (world.find("payment_method", charge["payment_method"]) or {}).get("_number")
    ending = cards.of_number(number).refund if number else ""
    refund = world.add(
        KIND,
        "re",
        amount=amount,
        charge=charge["id"],
        created=world.now(charge),
        currency=charge["currency"],
        destination_details={"type": "card", "card": {"type": "refund"}},
        payment_intent=charge["payment_intent"],
        status="pending" if ending else "succeeded",
        **{"metadata": {}, "reason": None, "receipt_number": None} | more,
        _ending=ending,
        _ends_at=world.now(charge) + 3_600 if ending else None,
    )
    refund["balance_transaction"] = balance.book(world, "refund", refund, -amount)["id"]
    with world.changing("charge.updated", charge):
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    return refund


def _is_lost(world: World, charge: Body) -> bool:
    return any(each["status"] == "lost" for each in world.where("dispute", charge=charge["id"]))


def end_later(world: World, refund: Body) -> None:
    """End a refund that was pending, as its card wants."""
    refund["_ends_at"] = None
    if refund["_ending"] == "pending":
        with world.changing("refund.updated", refund):
            refund["status"] = "succeeded"
        return
    charge = world.get("charge", refund["charge"])
    with world.changing("charge.updated", charge):
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    refund["failure_balance_transaction"] = balance.book(
        world, "refund_failure", refund, refund["amount"]
    )["id"]  # fmt: skip
    world.emit("refund.updated", refund)
    world.emit("refund.failed", refund)


@route(RefundService.create)
def create(world: World, params: Body) -> Body:
    if params.get("payment_intent"):
        intent = world.get("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise refuse(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = world.get("charge", intent["latest_charge"])
    elif params.get("charge"):
        charge = world.get("charge", params["charge"], "charge")
    else:
        raise refuse("One of the following params should be provided for this request: "
                     "payment_intent or charge.")  # fmt: skip
    more = {name: params[name] for name in ("reason", "metadata") if name in params}
    return make(world, charge, params.get("amount"), **more)


@route(RefundService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(RefundService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    refund = world.get(KIND, known_as)
    with world.changing("refund.updated", refund):
        assign(refund, params)
    return refund


@route(RefundService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/refunds", params)

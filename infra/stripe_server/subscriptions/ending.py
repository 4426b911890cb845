"""The end of a subscription: at once, or when its period ends."""

from infra.stripe_server.faults import Body
from infra.stripe_server.subscriptions import proration, status
from infra.stripe_server.world import World


def end(
    world: World, sub: Body, *, reason: str, prorate: bool = False, settled: str = "canceled"
) -> Body:
    """End a subscription now; what waits for an invoice stays with the customer."""
    now = world.now(sub)
    if prorate and sub["status"] == "active":
        items = sub["items"]["data"]
        proration.prorate(world, sub, items, [], now, credit_only=True)
    sub["status"] = settled
    sub["ended_at"] = now
    sub["canceled_at"] = sub["canceled_at"] or now
    sub["cancel_at_period_end"] = False
    sub["pending_update"] = None
    sub["cancellation_details"] = sub["cancellation_details"] | {
        "reason": sub["cancellation_details"]["reason"] or reason
    }
    for invoice in world.where("invoice", _subscription=sub["id"]):
        # Nobody is charged on their own account after the end.
        if invoice["status"] in {"draft", "open"}:
            invoice["auto_advance"] = False
            invoice["next_payment_attempt"] = None
            invoice["automatically_finalizes_at"] = None
    world.emit("customer.subscription.deleted" if settled == "canceled" else status.UPDATED, sub)
    return sub


def end_at(world: World, sub: Body, instant: int | None, *, period: bool) -> None:
    """Let a subscription end later, or take that back."""
    if instant is None:
        sub |= {"cancel_at": None, "canceled_at": None, "cancel_at_period_end": False}
        sub["cancellation_details"]["reason"] = None
        return
    sub |= {"cancel_at": instant, "canceled_at": world.now(sub), "cancel_at_period_end": period}
    sub["cancellation_details"]["reason"] = "cancellation_requested"

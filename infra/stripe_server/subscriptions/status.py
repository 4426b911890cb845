"""What an invoice's fate does to its subscription. It knows nothing of how invoices are made."""

from infra.stripe_server.faults import Body
from infra.stripe_server.world import World

UPDATED = "customer.subscription.updated"
ENDED = frozenset({"canceled", "incomplete_expired"})


def invoice_closed(world: World, invoice: Body) -> None:
    """Let a subscription go on when its latest invoice is paid, void or given up."""
    sub = world.find("subscription", invoice["_subscription"])
    if sub is None or sub["status"] in ENDED:
        return
    paid = invoice["status"] == "paid"
    pending = sub.get("_pending")
    if pending is not None and pending["invoice"] == invoice["id"]:
        _settle_pending(world, sub, paid=paid)
        return
    if sub["latest_invoice"] != invoice["id"]:
        return
    with world.changing(UPDATED, sub):
        if sub["status"] == "incomplete" and paid:
            sub["status"] = "active"
            _keep_method(world, sub, invoice)
        elif sub["status"] in {"past_due", "unpaid"}:
            sub["status"] = "active"


def _keep_method(world: World, sub: Body, invoice: Body) -> None:
    """Charge the next invoices as the first one, where the subscription asks for that."""
    wanted = (sub["payment_settings"] or {}).get("save_default_payment_method")
    intent = world.find("payment_intent", invoice["_intent"])
    if wanted == "on_subscription" and intent is not None and not sub["default_payment_method"]:
        method = world.get("payment_method", intent["payment_method"])
        if method["customer"] is None:
            method["customer"] = sub["customer"]
        sub["default_payment_method"] = method["id"]


def _settle_pending(world: World, sub: Body, *, paid: bool) -> None:
    """Apply, or drop, an update that waited for its invoice."""
    from infra.stripe_server.subscriptions.changing import apply_kept

    pending, sub["_pending"] = sub["_pending"], None
    kind = "pending_update_applied" if paid else "pending_update_expired"
    with world.changing(UPDATED, sub):
        sub["pending_update"] = None
        if paid:
            apply_kept(world, sub, pending)
    world.emit(f"customer.subscription.{kind}", sub)


def invoice_failed(world: World, invoice: Body, *, last: bool) -> None:
    """Mark a subscription past due, and after the last attempt as the account wants."""
    sub = world.find("subscription", invoice["_subscription"])
    if sub is None or sub["status"] in ENDED | {"incomplete"}:
        return
    if sub["latest_invoice"] != invoice["id"] or sub.get("_pending"):
        return
    if not last:
        if sub["status"] == "active":
            with world.changing(UPDATED, sub):
                sub["status"] = "past_due"
        return
    ending = world.setting("after_retries", "unpaid")
    if ending == "canceled":
        from infra.stripe_server.subscriptions.ending import end

        end(world, sub, reason="payment_failed")
        return
    with world.changing(UPDATED, sub):
        sub["status"] = "past_due" if ending == "past_due" else "unpaid"


def use_up_discounts(world: World, invoice: Body) -> None:
    """End the discounts of a subscription that were for one invoice only."""
    sub = world.find("subscription", invoice["_subscription"])
    if sub is None:
        return
    for known_as in list(sub["discounts"]):
        discount = world.get("discount", known_as)
        spent = any(each["discount"] == known_as and each["amount"]
                    for each in invoice["total_discount_amounts"])  # fmt: skip
        if discount["_coupon"]["duration"] == "once" and spent:
            sub["discounts"].remove(known_as)
            discount["end"] = world.now(invoice)
            world.emit("customer.discount.deleted", discount)

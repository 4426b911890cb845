"""What time does to subscriptions: trials end, periods follow each other."""

from infra.stripe_server.faults import Body
from infra.stripe_server.invoices import drafts, lines, paying
from infra.stripe_server.invoices.preview import preview
from infra.stripe_server.subscriptions import ending, status
from infra.stripe_server.subscriptions import items as parts
from infra.stripe_server.times import DAY, boundary_after
from infra.stripe_server.world import World

WARNED_BEFORE = 3 * DAY


def warn_of_trial_end(world: World, sub: Body) -> None:
    """Say three days ahead that a trial ends."""
    sub["_trial_warned"] = True
    world.emit("customer.subscription.trial_will_end", sub)


def announce(world: World, sub: Body) -> None:
    """Say a week ahead what the next period will cost."""
    sub["_announced"] = sub["items"]["data"][0]["current_period_end"]
    if sub["cancel_at"] is None:
        # It has no id: there is no such invoice yet.
        coming = preview(world, {"subscription": sub["id"]})
        world.emit("invoice.upcoming", {n: v for n, v in coming.items() if n != "id"})


def turn(world: World, sub: Body) -> None:
    """Bring a subscription over the end of its period."""
    end = sub["items"]["data"][0]["current_period_end"]
    if sub["cancel_at"] is not None and sub["cancel_at"] <= end:
        ending.end(world, sub, reason="cancellation_requested")
        return
    if sub["status"] == "trialing" and not _may_end_trial(world, sub):
        return
    customer = world.get("customer", sub["customer"])
    every, count = parts.interval(sub["items"]["data"][0])
    next_end = boundary_after(sub["billing_cycle_anchor"], every, count, end)
    sub["_began"] = sub["items"]["data"][0]["current_period_start"]
    with world.changing(status.UPDATED, sub):
        for each in sub["items"]["data"]:
            each["current_period_start"], each["current_period_end"] = end, next_end
        if sub["status"] == "trialing":
            sub["status"] = "active"
        _end_discounts(world, sub)
        invoice = drafts.draft(
            world, customer, currency=sub["currency"], reason="subscription_cycle", sub=sub,
            lines=[lines.of_period(world, sub, each, end, next_end)
                   for each in sub["items"]["data"]],
            waiting=drafts.waiting_for(world, customer["id"], sub["currency"], sub["id"]),
            more=_manner(sub),
        )  # fmt: skip
        sub["latest_invoice"] = invoice["id"]
    _pause(world, sub, invoice)


def _may_end_trial(world: World, sub: Body) -> bool:
    """Cancel or pause, where it wants that, whose trial ends without a payment method."""
    customer = world.get("customer", sub["customer"])
    method = sub["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    wanted = sub["trial_settings"]["end_behavior"]["missing_payment_method"]
    if method or wanted == "create_invoice" or sub["collection_method"] == "send_invoice":
        return True
    if wanted == "cancel":
        ending.end(world, sub, reason="payment_failed")
        return False
    with world.changing(status.UPDATED, sub):
        sub["status"] = "paused"
    world.emit("customer.subscription.paused", sub)
    return False


def _manner(sub: Body) -> Body:
    """Leave the invoices of those who do not pay as drafts: nothing is charged by itself."""
    halted = sub["status"] == "unpaid" or sub["pause_collection"] is not None
    return {"auto_advance": not halted}


def _pause(world: World, sub: Body, invoice: Body) -> None:
    paused = sub["pause_collection"]
    if paused is None or paused["behavior"] == "keep_as_draft":
        return
    paying.finalize(world, invoice)
    if invoice["status"] == "open":
        done = paying.void if paused["behavior"] == "void" else paying.write_off
        done(world, invoice)


def _end_discounts(world: World, sub: Body) -> None:
    for known_as in list(sub["discounts"]):
        discount = world.get("discount", known_as)
        if discount["end"] is not None and discount["end"] <= world.now(sub):
            sub["discounts"].remove(known_as)
            world.emit("customer.discount.deleted", discount)


def expire(world: World, sub: Body) -> None:
    """Give up a subscription whose first payment never came."""
    invoice = world.get("invoice", sub["latest_invoice"])
    if invoice["status"] == "open":
        sub["latest_invoice"], kept = None, sub["latest_invoice"]
        paying.void(world, invoice)
        sub["latest_invoice"] = kept
    ending.end(world, sub, reason="payment_failed", settled="incomplete_expired")


def drop_pending(world: World, sub: Body) -> None:
    """Give up an update whose payment never came."""
    invoice = world.get("invoice", sub["_pending"]["invoice"])
    if invoice["status"] == "open":
        paying.void(world, invoice)

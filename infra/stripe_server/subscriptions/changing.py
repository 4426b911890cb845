"""Changes of a subscription: the preview and the real one go through the same lines."""

from copy import deepcopy
from typing import Any

from infra.stripe_server import coupons, prices
from infra.stripe_server.changes import assign
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.invoices import drafts, lines, paying
from infra.stripe_server.payments import methods
from infra.stripe_server.subscriptions import creating, ending, proration, status
from infra.stripe_server.subscriptions import items as parts
from infra.stripe_server.times import HOUR, boundary_after
from infra.stripe_server.world import World

_PLAIN = ("description", "days_until_due", "collection_method", "pause_collection",
          "payment_settings", "trial_settings", "invoice_settings", "metadata",
          "cancellation_details", "on_behalf_of", "application_fee_percent")  # fmt: skip
_KEPT = ("items", "billing_cycle_anchor", "status", "trial_end", "trial_start")
"""What an update that waits for its payment changes only when that has come."""


def update(world: World, sub: Body, params: Body) -> Body:
    """Change a subscription and charge what is to be charged at once."""
    if sub["status"] in status.ENDED and set(params) - {"metadata", "cancellation_details"}:
        raise refuse("A canceled subscription can only update its cancellation_details and "
                     "metadata.", code="resource_missing")  # fmt: skip
    behavior = params.get("payment_behavior", "allow_incomplete")
    waits = behavior == "pending_if_incomplete"
    if waits and set(params) & {"metadata", "default_payment_method", "cancel_at_period_end"}:
        raise refuse("These parameters cannot be used with payment_behavior=pending_if_incomplete.",
                     param="payment_behavior")  # fmt: skip
    before = {name: deepcopy(sub[name]) for name in _KEPT}
    with world.changing(status.UPDATED, sub):
        invoice = apply(world, sub, params)
        if invoice is not None:
            sub["latest_invoice"] = invoice["id"]
        if waits and invoice is not None:
            after = {name: sub[name] for name in _KEPT}
            sub |= before
            sub["_pending"] = {"invoice": invoice["id"], "after": after}
    if invoice is not None:
        _charge(world, sub, invoice, behavior, off_session=bool(params.get("off_session")))
    return sub


def _charge(world: World, sub: Body, invoice: Body, behavior: str, *, off_session: bool) -> None:
    if sub["collection_method"] == "send_invoice":
        return
    paying.finalize(world, invoice)
    if invoice["status"] != "paid" and behavior != "default_incomplete":
        try:
            paying.collect(world, invoice, off_session=off_session)
        except ApiError as refusal:
            if behavior == "error_if_incomplete":
                refusal.keeps = False
                raise
    if invoice["status"] == "paid":
        return
    if behavior == "error_if_incomplete":
        raise creating.must_ask()
    if behavior == "pending_if_incomplete":
        after = sub["_pending"]["after"]
        with world.changing(status.UPDATED, sub):
            sub["pending_update"] = {
                "billing_cycle_anchor": None, "discounts": None, "metadata": None,
                "expires_at": world.now(sub) + 23 * HOUR,
                "subscription_items": after["items"]["data"], "trial_end": None,
                "trial_from_plan": None,
            }  # fmt: skip
    elif sub["status"] == "active":
        with world.changing(status.UPDATED, sub):
            sub["status"] = "past_due"


def apply_kept(world: World, sub: Body, pending: Body) -> None:
    """Apply an update whose payment has come."""
    del world
    sub |= pending["after"]


def apply(world: World, sub: Body, params: Body) -> Body | None:
    """Change a subscription; return the draft of what is to be invoiced at once, if anything is."""
    customer = world.get("customer", sub["customer"])
    now = world.now(sub)
    at = params.get("proration_date", now)
    first = sub["items"]["data"][0]
    if not first["current_period_start"] <= at <= first["current_period_end"]:
        raise refuse("Cannot specify proration date outside of current subscription period.",
                     param="proration_date")  # fmt: skip
    _set_plain(world, sub, customer, params)
    _set_end(world, sub, params)
    before = deepcopy(sub["items"]["data"])
    after = parts.updated(world, sub, params.get("items") or [])
    behavior = params.get("proration_behavior", "create_prorations")
    trial = _new_trial(params, now)
    restarts = trial is None and _restarts(sub, params, before, after)
    stays_in_trial = sub["status"] == "trialing" and not restarts
    waiting: list[Body] = []
    if behavior != "none" and sub["status"] != "trialing":
        waiting = proration.prorate(
            world, sub, before, after, at, credit_only=restarts or trial is not None
        )  # fmt: skip
    creating.add_extras(world, sub, params.get("add_invoice_items"), now)
    sub["items"]["data"] = after
    if trial is not None:
        _begin_trial(sub, trial, now)
    elif restarts:
        _begin_period(sub, now)
    if sub["status"] in {"incomplete", "paused"} or (stays_in_trial and trial is None):
        return None
    if restarts:
        return _invoice(world, sub, customer, period=True)
    at_once = behavior == "always_invoice" and waiting
    if at_once or (trial is not None and waiting):
        return _invoice(world, sub, customer, period=False)
    return None


def _invoice(world: World, sub: Body, customer: Body, *, period: bool) -> Body | None:
    waiting = drafts.waiting_for(world, customer["id"], sub["currency"], sub["id"])
    made = []
    if period:
        made = [
            lines.of_period(
                world, sub, each, each["current_period_start"], each["current_period_end"]
            )
            for each in sub["items"]["data"]
        ]
    if not waiting and not made:
        return None
    return drafts.draft(
        world, customer, currency=sub["currency"], reason="subscription_update", sub=sub,
        lines=made, waiting=waiting,
    )  # fmt: skip


def _restarts(sub: Body, params: Body, before: list[Body], after: list[Body]) -> bool:
    """Say whether a new period begins now: another interval, from free to paid, or as asked."""
    asked = (params.get("billing_cycle_anchor") or {}).get("type") == "now"
    if asked or (params.get("trial_end") == "now" and sub["status"] == "trialing"):
        return True
    if sub["status"] == "trialing":
        return False
    other_interval = parts.interval(before[0]) != parts.interval(after[0])
    return other_interval or (_total(sub, before) == 0 < _total(sub, after))


def _total(sub: Body, items: list[Body]) -> int:
    return sum(prices.amount(each["price"], sub["currency"], each["quantity"]) for each in items)


def _new_trial(params: Body, now: int) -> int | None:
    wanted = params.get("trial_end")
    if wanted in {None, "now"}:
        return None
    assert isinstance(wanted, int)
    if wanted <= now:
        raise refuse("Invalid timestamp: must be an integer Unix timestamp in the future.",
                     param="trial_end")  # fmt: skip
    return wanted


def _begin_trial(sub: Body, trial_end: int, now: int) -> None:
    sub |= {"status": "trialing", "trial_end": trial_end, "billing_cycle_anchor": trial_end,
            "trial_start": sub["trial_start"] or now, "_trial_warned": False}  # fmt: skip
    for each in sub["items"]["data"]:
        each["current_period_end"] = trial_end


def _begin_period(sub: Body, now: int) -> None:
    every, count = parts.interval(sub["items"]["data"][0])
    if sub["status"] == "trialing":
        sub |= {"status": "active", "trial_end": now}
    sub["billing_cycle_anchor"] = now
    for each in sub["items"]["data"]:
        each["current_period_start"] = now
        each["current_period_end"] = boundary_after(now, every, count, now)


def _set_plain(world: World, sub: Body, customer: Body, params: Body) -> None:
    assign(sub, {name: params[name] for name in _PLAIN if name in params})
    if wanted := params.get("default_payment_method"):
        method = methods.fetch(world, wanted, "default_payment_method")
        if method["customer"] != customer["id"]:
            raise refuse("The payment method must be attached to the customer.",
                         param="default_payment_method", code="resource_missing")  # fmt: skip
        sub["default_payment_method"] = method["id"]
    if "default_tax_rates" in params:
        sub["default_tax_rates"] = parts.rates(
            world, params["default_tax_rates"], "default_tax_rates"
        )  # fmt: skip
    if "discounts" in params:
        sub["discounts"] = coupons.redeem(
            world, params["discounts"], customer=customer["id"], subscription=sub["id"],
            currency=sub["currency"],
        )  # fmt: skip


def _set_end(world: World, sub: Body, params: Body) -> None:
    period_end: Any = sub["items"]["data"][0]["current_period_end"]
    if "cancel_at_period_end" in params:
        wanted = params["cancel_at_period_end"]
        ending.end_at(world, sub, period_end if wanted else None, period=wanted)
    if "cancel_at" in params:
        at = params["cancel_at"]
        at = period_end if at in {"min_period_end", "max_period_end"} else at
        ending.end_at(world, sub, at or None, period=False)

"""What would be charged: tried out on a copy of the account, by the code that charges."""

from infra.stripe_server.customers import make as make_customer
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.invoices import drafts, lines
from infra.stripe_server.subscriptions import changing, creating, items
from infra.stripe_server.times import boundary_after
from infra.stripe_server.world import World, new_id

_OF_SUBSCRIPTION = ("items", "proration_behavior", "proration_date", "trial_end",
                    "cancel_at_period_end", "cancel_at", "default_tax_rates",
                    "billing_cycle_anchor")  # fmt: skip


def preview(world: World, params: Body) -> Body:
    """Return the invoice that a change, or the next period, would bring; nothing is kept."""
    trial = world.fork()
    details = {
        name: value
        for name, value in (params.get("subscription_details") or {}).items()
        if name in _OF_SUBSCRIPTION
    }
    if isinstance(details.get("billing_cycle_anchor"), str):
        details["billing_cycle_anchor"] = {"type": details["billing_cycle_anchor"]}
    discounts = params.get("discounts")
    if params.get("subscription"):
        sub = trial.get("subscription", params["subscription"], "subscription")
        if sub["status"] in {"canceled", "incomplete_expired"}:
            raise _nothing(sub["customer"])
        if isinstance(discounts, list):
            details["discounts"] = discounts
        _add_items(trial, sub["customer"], params, sub)
        invoice = changing.apply(trial, sub, details) or _next(trial, sub)
    else:
        invoice = _first(trial, params, details, discounts)
    invoice["id"] = "upcoming_" + new_id("in")
    for each in invoice["lines"]["data"]:
        each["invoice"] = invoice["id"]
    invoice["lines"]["url"] = f"/v1/invoices/{invoice['id']}/lines"
    invoice |= {"auto_advance": False, "automatically_finalizes_at": None}
    if params.get("subscription"):
        invoice["billing_reason"] = "upcoming"
    return invoice


def _nothing(customer: str) -> ApiError:
    return ApiError(
        f"No upcoming invoices for customer: {customer}", status=404, code="invoice_upcoming_none"
    )


def _next(world: World, sub: Body) -> Body:
    """Return the invoice of the next period."""
    customer = world.get("customer", sub["customer"])
    now = sub["items"]["data"][0]
    end = now["current_period_end"]
    waiting = drafts.waiting_for(world, customer["id"], sub["currency"], sub["id"])
    every, count = items.interval(now)
    next_end = boundary_after(sub["billing_cycle_anchor"], every, count, end)
    ends = sub["cancel_at"] is not None and sub["cancel_at"] <= end
    made = [] if ends else [lines.of_period(world, sub, each, end, next_end)
                            for each in sub["items"]["data"]]  # fmt: skip
    if not made and not waiting:
        raise _nothing(customer["id"])
    with world.at(end):
        invoice = drafts.draft(
            world, customer, currency=sub["currency"], reason="upcoming", sub=sub, lines=made,
            waiting=waiting,
        )  # fmt: skip
    invoice["next_payment_attempt"] = end + 3_600
    return invoice


def _first(world: World, params: Body, details: Body, discounts: object) -> Body:
    """Return the first invoice of a subscription that is not there yet, or of items alone."""
    customer = params.get("customer")
    if not customer:
        given = params.get("customer_details") or {}
        known = {name: given[name] for name in ("address", "tax_exempt") if name in given}
        customer = make_customer(world, known)["id"]
    world.get("customer", customer, "customer")
    _add_items(world, customer, params, None)
    if not details.get("items"):
        currency = (params.get("currency") or "usd").lower()
        waiting = drafts.waiting_for(world, customer, currency, None)
        if not waiting:
            raise _nothing(customer)
        body = world.get("customer", customer)
        return drafts.draft(world, body, currency=currency, reason="manual", lines=[],
                            waiting=waiting)  # fmt: skip
    details.pop("proration_date", None)
    if not isinstance(details.get("billing_cycle_anchor"), int):
        details.pop("billing_cycle_anchor", None)
    made = details | {"customer": customer, "discounts": discounts}
    if params.get("currency"):
        made["currency"] = params["currency"]
    _sub, invoice = creating.make(world, made)
    return invoice


def _add_items(world: World, customer: str, params: Body, sub: Body | None) -> None:
    from infra.stripe_server.invoices.items import make

    for place, each in enumerate(params.get("invoice_items") or []):
        given = dict(each) | {"customer": customer}
        if "invoiceitem" in given:
            raise refuse("This server does not change invoice items in a preview.",
                         param=f"invoice_items[{place}][invoiceitem]")  # fmt: skip
        if sub is not None:
            given["subscription"] = sub["id"]
        if given.get("price"):
            given["pricing"] = {"price": given.pop("price")}
        make(world, given)

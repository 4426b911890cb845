"""The calls about subscriptions and their items."""

from stripe._subscription_item_service import SubscriptionItemService
from stripe._subscription_service import SubscriptionService

from infra.stripe_server.faults import Body, missing, refuse
from infra.stripe_server.invoices import drafts, lines, paying
from infra.stripe_server.lists import page, paged
from infra.stripe_server.routes import route
from infra.stripe_server.subscriptions import changing, creating, ending, status
from infra.stripe_server.subscriptions.items import interval
from infra.stripe_server.times import boundary_after
from infra.stripe_server.world import World

KIND = creating.KIND


@route(SubscriptionService.create)
def create(world: World, params: Body) -> Body:
    sub, _invoice = creating.start(world, params)
    if params.get("cancel_at_period_end"):
        end = sub["items"]["data"][0]["current_period_end"]
        ending.end_at(world, sub, end, period=True)
    return sub


@route(SubscriptionService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(SubscriptionService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    return changing.update(world, world.get(KIND, known_as), params)


@route(SubscriptionService.cancel)
def cancel(world: World, params: Body, known_as: str) -> Body:
    sub = world.get(KIND, known_as)
    if sub["status"] in status.ENDED:
        raise missing("subscription", known_as)
    details = params.get("cancellation_details") or {}
    sub["cancellation_details"] |= {name: value or None for name, value in details.items()}
    now = bool(params.get("invoice_now"))
    ending.end(world, sub, reason="cancellation_requested", prorate=bool(params.get("prorate")))
    if now:
        customer = world.get("customer", sub["customer"])
        waiting = drafts.waiting_for(world, customer["id"], sub["currency"], known_as)
        if waiting:
            invoice = drafts.draft(
                world, customer, currency=sub["currency"], reason="subscription_update", sub=sub,
                lines=[], waiting=waiting,
            )  # fmt: skip
            sub["latest_invoice"] = invoice["id"]
            paying.finalize_and_collect(world, invoice)
    return sub


@route(SubscriptionService.resume)
def resume(world: World, params: Body, known_as: str) -> Body:
    sub = world.get(KIND, known_as)
    if sub["status"] != "paused":
        raise refuse("You can only resume subscriptions that are paused.")
    del params
    now = world.now(sub)
    every, count = interval(sub["items"]["data"][0])
    customer = world.get("customer", sub["customer"])
    with world.changing(status.UPDATED, sub):
        sub |= {"status": "active", "billing_cycle_anchor": now}
        end = boundary_after(now, every, count, now)
        for each in sub["items"]["data"]:
            each["current_period_start"], each["current_period_end"] = now, end
        invoice = drafts.draft(
            world, customer, currency=sub["currency"], reason="subscription_cycle", sub=sub,
            lines=[lines.of_period(world, sub, each, now, end) for each in sub["items"]["data"]],
            waiting=drafts.waiting_for(world, customer["id"], sub["currency"], known_as),
        )  # fmt: skip
        sub["latest_invoice"] = invoice["id"]
    world.emit("customer.subscription.resumed", sub)
    paying.finalize_and_collect(world, invoice)
    return sub


@route(SubscriptionService.delete_discount)
def delete_discount(world: World, params: Body, known_as: str) -> Body:
    del params
    sub = world.get(KIND, known_as)
    if not sub["discounts"]:
        raise missing("discount", known_as)
    with world.changing(status.UPDATED, sub):
        gone = world.get("discount", sub["discounts"].pop())
    world.emit("customer.discount.deleted", gone)
    return {"id": gone["id"], "object": "discount", "deleted": True}


@route(SubscriptionService.list)
def index(world: World, params: Body) -> Body:
    filters = dict(params)
    wanted, price = filters.pop("status", None), filters.pop("price", None)
    if wanted == "ended":
        raise refuse("This server lists one status, or all of them.", param="status")
    if wanted not in {None, "all"}:
        filters["status"] = wanted
    if wanted is None or price:
        found = [
            sub
            for sub in world.where(KIND, **{k: v for k, v in filters.items() if k == "customer"})
            if (wanted is not None or sub["status"] != "canceled")
            and (wanted in {None, "all"} or sub["status"] == wanted)
            and (not price or any(each["price"]["id"] == price for each in sub["items"]["data"]))
        ]
        return paged("/v1/subscriptions", found[::-1], params)
    return page(world, KIND, "/v1/subscriptions", filters)


# Items


def _owner(world: World, known_as: str) -> tuple[Body, Body]:
    for sub in world.where(KIND):
        for item in sub["items"]["data"]:
            if item["id"] == known_as:
                return sub, item
    raise missing("subscription_item", known_as)


@route(SubscriptionItemService.list)
def list_items(world: World, params: Body) -> Body:
    sub = world.get(KIND, params["subscription"], "subscription")
    return paged("/v1/subscription_items", sub["items"]["data"], params)


@route(SubscriptionItemService.retrieve)
def retrieve_item(world: World, params: Body, known_as: str) -> Body:
    del params
    return _owner(world, known_as)[1]


def _of_item(params: Body, item: Body) -> Body:
    shared = ("proration_behavior", "proration_date", "payment_behavior", "off_session")
    kept = {name: params[name] for name in shared if name in params}
    return kept | {
        "items": [item | {name: value for name, value in params.items()
                          if name not in {*shared, "subscription"}}]
    }  # fmt: skip


@route(SubscriptionItemService.create)
def create_item(world: World, params: Body) -> Body:
    sub = world.get(KIND, params["subscription"], "subscription")
    changing.update(world, sub, _of_item(params, {}))
    last: Body = sub["items"]["data"][-1]
    return last


@route(SubscriptionItemService.update)
def update_item(world: World, params: Body, known_as: str) -> Body:
    sub, _item = _owner(world, known_as)
    changing.update(world, sub, _of_item(params, {"id": known_as}))
    return _owner(world, known_as)[1]


@route(SubscriptionItemService.delete)
def delete_item(world: World, params: Body, known_as: str) -> Body:
    sub, _item = _owner(world, known_as)
    changing.update(world, sub, _of_item(params, {"id": known_as, "deleted": True}))
    return {"id": known_as, "object": "subscription_item", "deleted": True}

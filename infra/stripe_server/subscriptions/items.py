"""What a subscription is of: its items, each a price with a quantity."""

from copy import deepcopy

from infra.stripe_server import prices
from infra.stripe_server.changes import merged
from infra.stripe_server.faults import Body, missing, refuse
from infra.stripe_server.world import World, new_id


def make(world: World, sub: Body, given: Body, *, place: int, period: tuple[int, int]) -> Body:
    """Return a new item of a subscription."""
    start, end = period
    price = prices.of_item(world, given, f"items[{place}]")
    if price["recurring"] is None:
        raise refuse(
            f"The price specified is set to `type=one_time` but this field only accepts prices "
            f"with `type=recurring`: {price['id']}",
            param=f"items[{place}][price]",
        )
    prices.unit(price, sub["currency"], param=f"items[{place}][price]")
    return {
        "id": new_id("si", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": start,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": given.get("metadata") or {},
        "price": deepcopy(price),
        "plan": plan_of(price),
        "quantity": _quantity(given.get("quantity", 1), place),
        "subscription": sub["id"],
        "tax_rates": rates(world, given.get("tax_rates"), f"items[{place}][tax_rates]"),
    }


def _quantity(given: int, place: int) -> int:
    if given < 0:
        param = f"items[{place}][quantity]"
        raise refuse(
            "This value must be greater than or equal to 0.",
            param=param,
            code="parameter_invalid_integer",
        )
    return given


def rates(world: World, given: list[str] | str | None, param: str) -> list[Body]:
    """Return the tax rates that a request names."""
    wanted = given if isinstance(given, list) else []
    return [deepcopy(world.get("tax_rate", each, param)) for each in wanted]


def plan_of(price: Body) -> Body:
    """Return the older shape of a price that items still carry."""
    every = price["recurring"] or {}
    return {
        "id": price["id"], "object": "plan", "active": price["active"],
        "amount": price["unit_amount"], "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit", "created": price["created"], "currency": price["currency"],
        "interval": every.get("interval"), "interval_count": every.get("interval_count"),
        "livemode": False, "metadata": price["metadata"], "meter": None,
        "nickname": price["nickname"], "product": price["product"], "tiers_mode": None,
        "transform_usage": None, "trial_period_days": None, "usage_type": "licensed",
    }  # fmt: skip


def check(items: list[Body]) -> None:
    """Refuse items that cannot stand together in one subscription."""
    if not items:
        raise refuse("A subscription must have at least one active plan.", param="items")
    if len({each["price"]["id"] for each in items}) < len(items):
        raise refuse("Cannot add multiple subscription items with the same price.", param="items")
    if len({interval(each) for each in items}) > 1:
        raise refuse(
            "This server wants all prices of a subscription to have the same interval.",
            param="items",
        )


def interval(item: Body) -> tuple[str, int]:
    """Return every how many of what an item renews."""
    every = item["price"]["recurring"]
    return every["interval"], every["interval_count"]


def updated(world: World, sub: Body, given: list[Body]) -> list[Body]:
    """Return a subscription's items as an update leaves them; the subscription stays as it is."""
    known = {each["id"]: deepcopy(each) for each in sub["items"]["data"]}
    first = sub["items"]["data"][0]
    start, end = first["current_period_start"], first["current_period_end"]
    for place, wanted in enumerate(given):
        known_as = wanted.get("id")
        if known_as is None:
            made = make(world, sub, wanted, place=place, period=(start, end))
            made["current_period_start"], made["created"] = start, world.now(sub)
            known[made["id"]] = made
            continue
        if known_as not in known:
            raise missing("subscription_item", known_as, f"items[{place}][id]")
        if wanted.get("deleted"):
            del known[known_as]
            continue
        _update(world, sub, known[known_as], wanted, place)
    items = list(known.values())
    check(items)
    return items


def _update(world: World, sub: Body, item: Body, wanted: Body, place: int) -> None:
    if wanted.get("price") or wanted.get("price_data"):
        given = {"quantity": item["quantity"]} | wanted
        fresh = make(world, sub, given, place=place, period=(0, 0))
        item |= {name: fresh[name] for name in ("price", "plan", "quantity")}
    if "quantity" in wanted:
        item["quantity"] = _quantity(wanted["quantity"], place)
    if "metadata" in wanted:
        item["metadata"] = merged(item["metadata"], wanted["metadata"])
    if "tax_rates" in wanted:
        item["tax_rates"] = rates(world, wanted["tax_rates"], f"items[{place}][tax_rates]")

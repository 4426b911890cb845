"""What a change in the middle of a period costs, to the second."""

from decimal import Decimal
from typing import Any

from infra.stripe_server import prices
from infra.stripe_server.faults import Body
from infra.stripe_server.invoices.drafts import WAITING
from infra.stripe_server.invoices.lines import pricing
from infra.stripe_server.invoices.totals import rounded
from infra.stripe_server.times import day
from infra.stripe_server.world import World


def prorate(
    world: World, sub: Body, before: list[Body], after: list[Body], at: int, *, credit_only: bool
) -> list[Body]:
    """Give back the rest of what changes and charge the rest of what replaces it.

    The items wait for the next invoice. `credit_only`: what is new is charged as a whole period.
    """
    start, end = before[0]["current_period_start"], before[0]["current_period_end"]
    at = min(max(at, start), end)
    share = Decimal(end - at) / Decimal(end - start)
    old = {each["id"]: each for each in before}
    new = {each["id"]: each for each in after}
    made = []
    for known_as, item in old.items():
        if credit_only or not _is_same(item, new.get(known_as)):
            made.append(_wait(world, sub, item, -share, period=(at, end)))
    for known_as, item in new.items():
        if not credit_only and not _is_same(old.get(known_as), item):
            made.append(_wait(world, sub, item, share, period=(at, end)))
    return made


def _is_same(one: Body | None, other: Body | None) -> bool:
    if one is None or other is None:
        return False
    same_price: bool = one["price"]["id"] == other["price"]["id"]
    return same_price and bool(one["quantity"] == other["quantity"])


def _wait(world: World, sub: Body, item: Body, share: Decimal, *, period: tuple[int, int]) -> Body:
    price, currency, quantity = item["price"], sub["currency"], item["quantity"]
    whole = Decimal(prices.amount(price, currency, quantity))
    name = world.get("product", price["product"])["name"]
    many = f"{quantity} × {name}" if quantity != 1 else name
    word = "Unused" if share < 0 else "Remaining"
    minor = rounded(whole * share * _kept(world, sub))
    return wait(
        world, sub["customer"], minor, currency, period=period,
        description=f"{word} time on {many} after {day(period[0])}",
        sub=sub["id"], item=item["id"], proration=True, quantity=quantity,
        pricing=pricing(price, currency), tax_rates=item["tax_rates"], discountable=False,
    )  # fmt: skip


def _kept(world: World, sub: Body) -> Decimal:
    """Return the share that a subscription's per cents leave: prorations are net of them."""
    left = Decimal(1)
    for known_as in sub["discounts"]:
        percent = world.get("discount", known_as)["_coupon"]["percent_off"]
        if percent is not None:
            left *= 1 - Decimal(str(percent)) / 100
    return left


def wait(
    world: World,
    customer: str,
    minor: int,
    currency: str,
    *,
    period: tuple[int, int],
    description: str | None,
    **more: Any,
) -> Body:
    """Make an invoice item that waits for the next invoice."""
    sub, item = more.pop("sub", None), more.pop("item", None)
    whole = {
        "discountable": True, "discounts": [], "metadata": {}, "pricing": None,
        "proration": False, "quantity": 1, "tax_rates": [], "tax_behavior": None,
    } | more  # fmt: skip
    details = {"subscription": sub, "subscription_item": item}
    made = world.add(
        WAITING,
        "ii",
        amount=minor,
        currency=currency,
        customer=customer,
        date=world.now({"customer": customer}),
        description=description,
        invoice=None,
        net_amount=minor,
        parent={"type": "subscription_details", "subscription_details": details} if sub else None,
        period={"start": period[0], "end": period[1]},
        proration_details={"discount_amounts": []} if whole["proration"] else None,
        quantity_decimal=str(whole["quantity"]),
        test_clock=world.clock_of({"customer": customer}),
        _subscription=sub,
        **whole,
    )
    world.emit("invoiceitem.created", made)
    return made

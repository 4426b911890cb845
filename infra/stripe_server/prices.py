"""Prices: so much, once or for every interval, in one currency or several."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stripe._price_service import PriceService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.shapes import includable
from infra.stripe_server.world import World

KIND = "price"
LIST_OF_PRODUCTS = "product"


def amount_of(params: Body, *, where: str = "") -> tuple[int | None, str | None]:
    """Return an amount in minor units and as the decimal text beside it."""
    whole, exact = params.get("unit_amount"), params.get("unit_amount_decimal")
    if whole is not None and exact is not None:
        raise refuse("You may only specify one of these parameters: unit_amount, "
                     "unit_amount_decimal.")  # fmt: skip
    if whole is None and exact is None:
        raise ApiError(
            f"Missing required param: {where}unit_amount.",
            code="parameter_missing", param=f"{where}unit_amount",
        )  # fmt: skip
    if exact is None:
        if whole is not None and whole < 0:
            raise refuse("This value must be greater than or equal to 0.", param="unit_amount")
        return whole, str(whole)
    value = Decimal(exact)
    return (int(value) if value == value.to_integral_value() else None), str(exact)


def make(world: World, params: Body, *, shown: bool = True) -> Body:
    """Make a price; one that is made for a single use stays out of lists."""
    product = params.get("product")
    if (data := params.pop("product_data", None)) is not None:
        from infra.stripe_server.products import create

        product = create(world, dict(data))["id"]
    if product is None:
        raise ApiError("Missing required param: product.", code="parameter_missing",
                       param="product")  # fmt: skip
    world.get("product", product, "product")
    if params.get("tiers") or params.get("billing_scheme") == "tiered":
        raise refuse("This server for tests does not have tiers.", param="tiers")
    currency = params["currency"].lower()
    whole, exact = amount_of(params)
    recurring = params.get("recurring")
    if recurring is not None:
        recurring = {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": None,
            "trial_period_days": None,
            "usage_type": recurring.get("usage_type", "licensed"),
        }
    lookup_key = params.get("lookup_key")
    if lookup_key and (taken := world.where(KIND, lookup_key=lookup_key)):
        if not params.get("transfer_lookup_key"):
            raise refuse(
                f"A price (`{taken[0]['id']}`) already uses that lookup key.", param="lookup_key"
            )
        for each in taken:
            each["lookup_key"] = None
    price: Body = world.add(
        KIND,
        "price",
        active=params.get("active", shown),
        billing_scheme="per_unit",
        currency=currency,
        custom_unit_amount=None,
        lookup_key=lookup_key,
        metadata=params.get("metadata") or {},
        nickname=params.get("nickname"),
        product=product,
        recurring=recurring,
        tax_behavior=params.get("tax_behavior", "unspecified"),
        tiers_mode=None,
        transform_quantity=None,
        type="recurring" if recurring else "one_time",
        unit_amount=whole,
        unit_amount_decimal=exact,
        _currencies=_options(params),
        _inline=not shown,
    )
    if shown:
        world.emit("price.created", price)
    return price


def _options(params: Body) -> dict[str, dict[str, Any]]:
    found = {}
    for currency, option in (params.get("currency_options") or {}).items():
        whole, exact = amount_of(option, where=f"currency_options[{currency}]")
        found[currency.lower()] = {
            "custom_unit_amount": None,
            "tax_behavior": option.get("tax_behavior", "unspecified"),
            "unit_amount": whole,
            "unit_amount_decimal": exact,
        }
    return found


@includable(KIND, "currency_options")
def _currency_options(world: World, price: Body) -> Body:
    known = world.get(KIND, price["id"])
    own = {name: known[name] for name in ("custom_unit_amount", "tax_behavior", "unit_amount",
                                          "unit_amount_decimal")}  # fmt: skip
    options: Body = known["_currencies"]
    return {known["currency"]: own} | options


def of_item(world: World, item: Body, param: str) -> Body:
    """Return the price that an item of a request names or describes."""
    if item.get("price"):
        price = world.get(KIND, item["price"], f"{param}[price]")
        if not price["active"] and not price["_inline"]:
            raise refuse(
                f"The price specified is inactive. This field only accepts active prices: "
                f"{price['id']}", param=f"{param}[price]",
            )  # fmt: skip
        return price
    if item.get("price_data"):
        return make(world, dict(item["price_data"]), shown=False)
    raise refuse("You must specify either `price` or `price_data`.", param=param)


def amount(price: Body, currency: str, quantity: int, *, param: str = "currency") -> int:
    """Return what a quantity costs in a currency, rounded half up to minor units."""
    exact = unit(price, currency, param=param)
    return int((Decimal(exact) * quantity).quantize(Decimal(1), ROUND_HALF_UP))


def unit(price: Body, currency: str, *, param: str = "currency") -> str:
    """Return the unit amount in a currency, as decimal text; refused where it has none."""
    if currency == price["currency"]:
        return str(price["unit_amount_decimal"])
    option = price["_currencies"].get(currency)
    if option is None:
        raise refuse(
            f"The price specified only supports `{price['currency']}`. This doesn't match the "
            f"expected currency: `{currency}`.",
            param=param,
        )
    return str(option["unit_amount_decimal"])


@route(PriceService.create)
def create(world: World, params: Body) -> Body:
    return make(world, params)


@route(PriceService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(PriceService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    price = world.get(KIND, known_as)
    with world.changing("price.updated", price):
        if "currency_options" in params:
            price["_currencies"] |= _options({"currency_options": params.pop("currency_options")})
        params.pop("transfer_lookup_key", None)
        assign(price, params)
    return price


@route(PriceService.list)
def index(world: World, params: Body) -> Body:
    keys = params.get("lookup_keys")
    params = {"_inline": False} | params
    if not keys:
        return page(world, KIND, "/v1/prices", params)
    found = page(world, KIND, "/v1/prices", params | {"limit": 100}, but=["lookup_keys"])
    found["data"] = [each for each in found["data"] if each["lookup_key"] in keys]
    return found

"""Invoice items: what waits for a customer's next invoice."""

from stripe._invoice_item_service import InvoiceItemService

from infra.stripe_server import prices
from infra.stripe_server.changes import assign
from infra.stripe_server.coupons import redeem
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.invoices.drafts import WAITING, take
from infra.stripe_server.invoices.lines import pricing
from infra.stripe_server.invoices.totals import recompute
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.subscriptions.items import rates
from infra.stripe_server.subscriptions.proration import wait
from infra.stripe_server.world import World


def make(world: World, params: Body) -> Body:
    """Make an invoice item; on a draft at once where one is named."""
    if not params.get("customer"):
        raise ApiError("Missing required param: customer.", code="parameter_missing",
                       param="customer")  # fmt: skip
    customer = world.get("customer", params["customer"], "customer")
    quantity = params.get("quantity", 1)
    price = _price(world, params)
    now = world.now(customer)
    period = params.get("period") or {"start": now, "end": now}
    if price is not None:
        currency = (params.get("currency") or price["currency"]).lower()
        minor = prices.amount(price, currency, quantity)
        name = world.get("product", price["product"])["name"]
    else:
        currency, name = (params.get("currency") or "usd").lower(), None
        minor = _amount(params, quantity)
    if params.get("subscription"):
        world.get("subscription", params["subscription"], "subscription")
    made = wait(
        world, customer["id"], minor, currency,
        period=(period["start"], period["end"]), description=params.get("description", name),
        sub=params.get("subscription"), quantity=quantity,
        discountable=params.get("discountable", minor > 0),
        discounts=redeem(world, params.get("discounts"), customer=customer["id"]),
        metadata=params.get("metadata") or {},
        pricing=pricing(price, currency) if price is not None else None,
        tax_rates=rates(world, params.get("tax_rates"), "tax_rates"),
    )  # fmt: skip
    if params.get("invoice"):
        invoice = world.get("invoice", params["invoice"], "invoice")
        if invoice["status"] != "draft" or invoice["currency"] != currency:
            raise refuse("The invoice is no draft, or in another currency.", param="invoice",
                         code="invoice_not_editable")  # fmt: skip
        invoice["lines"]["data"].append(take(made, invoice))
        recompute(world, invoice)
        world.emit("invoice.updated", invoice)
    return made


def _price(world: World, params: Body) -> Body | None:
    named = (params.get("pricing") or {}).get("price")
    if named is None and not params.get("price_data"):
        return None
    given = {"price": named} if named else {"price_data": params["price_data"]}
    return prices.of_item(world, given, "pricing")


def _amount(params: Body, quantity: int) -> int:
    if params.get("amount") is not None:
        if "quantity" in params:
            raise refuse("You may only specify one of these parameters: amount, quantity.",
                         param="quantity")  # fmt: skip
        return int(params["amount"])
    each = params.get("unit_amount", params.get("unit_amount_decimal"))
    if each is None:
        raise ApiError("Missing required param: amount.", code="parameter_missing", param="amount")
    whole: int = prices.amount(
        {"currency": "", "unit_amount_decimal": str(each), "_currencies": {}}, "", quantity
    )
    return whole


@route(InvoiceItemService.create)
def create(world: World, params: Body) -> Body:
    return make(world, params)


@route(InvoiceItemService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(WAITING, known_as)


@route(InvoiceItemService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    item = world.get(WAITING, known_as)
    if item["invoice"] is not None:
        raise refuse("This invoice item is on an invoice already.", code="invoice_not_editable")
    quantity: int = params.get("quantity") or item["quantity"]
    if "amount" in params or "unit_amount_decimal" in params:
        item["amount"] = item["net_amount"] = _amount(
            {name: params[name] for name in ("amount", "unit_amount_decimal") if name in params},
            quantity,
        )
    kept = ("description", "metadata", "discountable", "period", "quantity")
    assign(item, {name: params[name] for name in kept if name in params})
    return item


@route(InvoiceItemService.delete)
def delete(world: World, params: Body, known_as: str) -> Body:
    del params
    item = world.get(WAITING, known_as)
    if item["invoice"] is not None:
        invoice = world.get("invoice", item["invoice"])
        if invoice["status"] != "draft":
            raise refuse("This invoice is no longer editable.", code="invoice_not_editable")
        invoice["lines"]["data"] = [
            each for each in invoice["lines"]["data"] if each.get("_waiting") != known_as
        ]
        recompute(world, invoice)
    world.emit("invoiceitem.deleted", item)
    return world.remove(item)


@route(InvoiceItemService.list)
def index(world: World, params: Body) -> Body:
    filters = dict(params)
    pending = filters.pop("pending", None)
    if pending:
        filters["invoice"] = None
    return page(world, WAITING, "/v1/invoiceitems", filters)

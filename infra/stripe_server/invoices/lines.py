"""Lines of invoices: a period of a subscription, an item that waited, a proration."""

from typing import Any

from infra.stripe_server.faults import Body
from infra.stripe_server.prices import amount, unit
from infra.stripe_server.world import World, new_id

_WHOLE_UNITS = frozenset({"jpy", "krw", "vnd", "clp", "pyg", "xaf", "xof", "xpf", "ugx", "rwf",
                          "kmf", "gnf", "djf", "bif", "mga", "vuv"})  # fmt: skip


def spelled(minor: int | str, currency: str) -> str:
    """Return an amount as lines and pages write it."""
    value = float(minor)
    text = f"{value:,.0f}" if currency in _WHOLE_UNITS else f"{value / 100:,.2f}"
    return f"{text} {currency.upper()}"


def line(currency: str, minor: int, description: str, start: int, end: int, **more: Any) -> Body:
    """Return a line of an invoice."""
    whole: Body = {
        "id": new_id("il"), "object": "line_item", "amount": minor, "currency": currency,
        "description": description, "discount_amounts": [], "discountable": True, "discounts": [],
        "invoice": None, "livemode": False, "metadata": {}, "parent": None,
        "period": {"start": start, "end": end}, "pretax_credit_amounts": [], "pricing": None,
        "quantity": 1, "quantity_decimal": "1", "subscription": None, "subtotal": minor,
        "taxes": [], "_tax_rates": [],
    }  # fmt: skip
    whole |= more
    whole["quantity_decimal"] = str(whole["quantity"]) if whole["quantity"] is not None else None
    return whole


def pricing(price: Body, currency: str) -> Body:
    """Return how a line says which price it is of."""
    return {
        "type": "price_details",
        "price_details": {"price": price["id"], "product": price["product"]},
        "unit_amount_decimal": unit(price, currency),
    }


def of_period(world: World, sub: Body, item: Body, start: int, end: int, *,
              trial: bool = False) -> Body:  # fmt: skip
    """Return the line for one period of a subscription's item."""
    price, quantity, currency = item["price"], item["quantity"], sub["currency"]
    product = world.get("product", price["product"])["name"]
    every = price["recurring"]["interval"]
    if trial:
        text = f"Trial period for {product}"
    else:
        each = spelled(unit(price, currency), currency)
        text = f"{quantity} × {product} (at {each} / {every})"
    return line(
        currency, 0 if trial else amount(price, currency, quantity), text, start, end,
        metadata=dict(item["metadata"]), parent=_of_subscription(sub, item),
        pricing=pricing(price, currency), quantity=quantity, subscription=sub["id"],
        _tax_rates=[each["id"] for each in item["tax_rates"]],
    )  # fmt: skip


def _of_subscription(
    sub: Body, item: Body | None, *, waited: str | None = None, proration: bool = False
) -> Body:
    return {
        "type": "subscription_item_details",
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": waited,
            "proration": proration,
            "proration_details": {"credited_items": None},
            "subscription": sub["id"],
            "subscription_item": item["id"] if item else None,
        },
    }


def of_waiting(waiting: Body) -> Body:
    """Return the line for an invoice item that waited for its invoice."""
    details = waiting["parent"]["subscription_details"] if waiting["parent"] else {}
    if waiting["proration"]:
        parent = _of_subscription(
            {"id": details["subscription"]}, {"id": details.get("subscription_item")},
            waited=waiting["id"], proration=True,
        )  # fmt: skip
    else:
        parent = {
            "type": "invoice_item_details",
            "invoice_item_details": {
                "invoice_item": waiting["id"], "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": details.get("subscription"),
            },
            "subscription_item_details": None,
        }  # fmt: skip
    return line(
        waiting["currency"], waiting["amount"], waiting["description"],
        waiting["period"]["start"], waiting["period"]["end"],
        discountable=waiting["discountable"], metadata=dict(waiting["metadata"]), parent=parent,
        pricing=waiting["pricing"], quantity=waiting["quantity"],
        subscription=details.get("subscription"),
        discounts=list(waiting["discounts"]),
        _tax_rates=[each["id"] for each in waiting["tax_rates"]], _waiting=waiting["id"],
    )  # fmt: skip

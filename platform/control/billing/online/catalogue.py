"""What is sold, at Stripe: a product for each plan version, a price for each of its prices."""

from typing import Any

from control.billing.models import PlanPrice, PlanVersion
from kit.db import control_session, control_transaction, lock_row
from kit.payments import calling_stripe, stripe_client


def ensure_sold(price: PlanPrice) -> PlanPrice:
    """Have a price's version, the price and the price of its seats at Stripe; return the price.

    Killed in between, the next call finds what was made by its key. No transaction may be open.
    """
    if price.stripe_price_id and (price.seat_amount is None or price.stripe_seat_price_id):
        return price
    version = price.plan_version
    product = _product(version)
    found = {"stripe_price_id": _price(price, product, price.amount, "plan")}
    if price.seat_amount is not None:
        # On Stripe's pages a line is called by its product.
        seats = _made(version, "seat", f"{version.plan.name_zh} · 席位 Seats")
        found["stripe_seat_price_id"] = _price(price, seats, price.seat_amount, "seat")
    with control_transaction():
        price = lock_row(price)
        for name, value in found.items():
            setattr(price, name, value)
    return price


def _product(version: PlanVersion) -> str:
    if version.stripe_product_id:
        return version.stripe_product_id
    made = _made(version, "plan", f"{version.plan.name_zh} {version.plan.name_en}")
    with control_transaction():
        version = lock_row(version)
        version.stripe_product_id = made
    return made


def _made(version: PlanVersion, what: str, name: str) -> str:
    params: dict[str, Any] = {
        "name": name,
        "metadata": {"plan": version.plan.code, "version": str(version.number), "what": what},
    }
    key = f"product-{what}-{version.public_id}"
    control_session().rollback()
    with calling_stripe():
        return stripe_client().v1.products.create(params, {"idempotency_key": key}).id  # type: ignore[arg-type]


def _price(price: PlanPrice, product: str, amount: int, what: str) -> str:
    params: dict[str, Any] = {
        "product": product,
        "currency": price.currency.lower(),
        "unit_amount": amount,
        "recurring": {"interval": price.interval},
        "tax_behavior": "inclusive",
        "metadata": {"price": price.public_id, "what": what},
    }
    key = f"price-{what}-{price.public_id}"
    control_session().rollback()
    with calling_stripe():
        return stripe_client().v1.prices.create(params, {"idempotency_key": key}).id  # type: ignore[arg-type]

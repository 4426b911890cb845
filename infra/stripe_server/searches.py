"""Searches: a few clauses joined by AND, over what is there now.

Stripe's own index lags by up to a minute; this one never does, so nobody should rely on that.
"""

import re
from collections.abc import Callable
from typing import Any

from stripe._charge_service import ChargeService
from stripe._customer_service import CustomerService
from stripe._invoice_service import InvoiceService
from stripe._payment_intent_service import PaymentIntentService
from stripe._price_service import PriceService
from stripe._product_service import ProductService
from stripe._subscription_service import SubscriptionService

from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.routes import add_route
from infra.stripe_server.world import World

_CLAUSE = re.compile(
    r"""\s*(?P<field>\w+)(?:\[["'](?P<key>[^"']+)["']\])?\s*(?P<how>:|~|>=|<=|>|<)\s*"""
    r"""(?P<value>"[^"]*"|'[^']*'|-?\d+|null|true|false)\s*"""
)
_HOW: dict[str, Callable[[Any, Any], bool]] = {
    ":": lambda have, want: have == want,
    "~": lambda have, want: want.lower() in str(have or "").lower(),
    ">": lambda have, want: have is not None and have > want,
    "<": lambda have, want: have is not None and have < want,
    ">=": lambda have, want: have is not None and have >= want,
    "<=": lambda have, want: have is not None and have <= want,
}
_WORDS = {"null": None, "true": True, "false": False}


def search(world: World, kind: str, url: str, params: Body) -> Body:
    """Return the newest objects that fit a query."""
    clauses = _parsed(params["query"])
    limit, start = params.get("limit", 10), int(params.get("page") or 0)
    fitting = [body for body in world.peek(kind) if all(_fits(body, *each) for each in clauses)]
    found = fitting[::-1][start : start + limit]
    more = len(fitting) > start + limit
    return {
        "object": "search_result", "url": url, "has_more": more, "data": found,
        "next_page": str(start + limit) if more else None,
    }  # fmt: skip


def _parsed(query: str) -> list[tuple[str, str | None, str, Any]]:
    clauses = []
    for part in re.split(r"\s+AND\s+", query.strip(), flags=re.IGNORECASE):
        found = _CLAUSE.fullmatch(part)
        if found is None:
            raise refuse(f"We were unable to parse your search query: {part}", param="query")
        text = found["value"]
        value: Any = _WORDS[text] if text in _WORDS else text.strip("\"'")
        if text.lstrip("-").isdigit():
            value = int(text)
        clauses.append((found["field"], found["key"], found["how"], value))
    return clauses


def _fits(body: Body, field: str, key: str | None, how: str, value: Any) -> bool:
    have = body.get(field)
    if key is not None:
        have = (have or {}).get(key)
    elif isinstance(have, bool | str) and not isinstance(value, str) and value is not None:
        value = bool(value) if isinstance(have, bool) else str(value)
    elif isinstance(have, bool) and isinstance(value, str):
        value = value == "true"
    return bool(_HOW[how](have, value))


def _searchable(service: Any, kind: str, url: str) -> None:
    def index(world: World, params: Body) -> Body:
        return search(world, kind, f"{url}/search", params)

    add_route(service.search, index)


for _service, _kind, _url in (
    (ChargeService, "charge", "/v1/charges"),
    (CustomerService, "customer", "/v1/customers"),
    (InvoiceService, "invoice", "/v1/invoices"),
    (PaymentIntentService, "payment_intent", "/v1/payment_intents"),
    (PriceService, "price", "/v1/prices"),
    (ProductService, "product", "/v1/products"),
    (SubscriptionService, "subscription", "/v1/subscriptions"),
):
    _searchable(_service, _kind, _url)

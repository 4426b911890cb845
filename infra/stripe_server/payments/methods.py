"""Payment methods: a test card, Alipay or WeChat Pay, and whose it is."""

import hashlib
from typing import Any

from stripe._payment_method_service import PaymentMethodService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.payments import cards
from infra.stripe_server.routes import route
from infra.stripe_server.world import World

KIND = "payment_method"
REDIRECTING = ("alipay", "wechat_pay")
"""Paid in the holder's own application: they are sent there and come back."""
KINDS = ("card", *REDIRECTING)


def make_card(world: World, number: str, *, month: int = 12, year: int = 2034,
              details: Body | None = None, **more: Any) -> Body:  # fmt: skip
    """Make a payment method of a test card's number."""
    number = "".join(number.split())
    card = cards.of_number(number)
    return world.add(
        KIND,
        "pm",
        allow_redisplay="unspecified",
        billing_details=_details(details),
        card={
            "brand": card.brand, "checks": {"address_line1_check": None,
            "address_postal_code_check": None, "cvc_check": "pass"}, "country": card.country,
            "display_brand": card.brand, "exp_month": month, "exp_year": year,
            "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
            "funding": card.funding, "generated_from": None, "last4": number[-4:],
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated", "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        customer=more.pop("customer", None),
        type="card",
        _number=number,
        _is_authenticated=False,
        **more,
    )  # fmt: skip


def _details(given: Body | None) -> Body:
    address = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None,
               "state": None}  # fmt: skip
    known = {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}
    return known | {name: value or None for name, value in (given or {}).items()}


def of_params(world: World, params: Body) -> Body:
    """Make the payment method that a request describes."""
    kind = params["type"]
    if kind not in KINDS:
        raise refuse(f"This server has no payment method of type {kind}: {', '.join(KINDS)}",
                     param="type")  # fmt: skip
    metadata = params.get("metadata") or {}
    if kind in REDIRECTING:
        return world.add(
            KIND, "pm", allow_redisplay="unspecified", customer=None, type=kind,
            billing_details=_details(params.get("billing_details")), metadata=metadata,
            **{kind: {}},
        )  # fmt: skip
    card = params.get("card") or {}
    number = card.get("number") or cards.number_of(card.get("token", ""))
    if not number:
        raise ApiError("Missing required param: card[number].", code="parameter_missing",
                       param="card[number]")  # fmt: skip
    return make_card(
        world, number, month=card.get("exp_month", 12), year=card.get("exp_year", 2034),
        details=params.get("billing_details"), metadata=metadata,
    )  # fmt: skip


def allowed(params: Body, *, usual: tuple[str, ...] = KINDS) -> list[str]:
    """Return the types of payment method that a request allows."""
    wanted: list[str] = params.get("allowed_payment_method_types") or list(usual)
    for kind in wanted:
        if kind not in KINDS:
            raise refuse(
                f"The payment method type provided: {kind} is invalid. This server has "
                f"{', '.join(KINDS)}.",
                param="allowed_payment_method_types",
            )
    return wanted


def fetch(world: World, known_as: str, param: str = "payment_method") -> Body:
    """Return a payment method; the names of test cards make one."""
    if number := cards.number_of(known_as):
        return make_card(world, number)
    return world.get(KIND, known_as, param)


def attach(world: World, method: Body, customer: Body) -> Body:
    """Keep a payment method for a customer, unless the bank says no to that already."""
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        raise refuse(
            "The payment method you provided has already been attached to a customer.",
            param="payment_method", code="payment_method_unexpected_state",
        )  # fmt: skip
    if method["type"] in REDIRECTING:
        raise refuse(f"{method['type']} cannot be attached to a customer.", param="payment_method")
    if why := cards.of_number(method["_number"]).attach:
        raise cards.declined(why)
    method["customer"] = customer["id"]
    world.emit("payment_method.attached", method)
    return method


def make_default(world: World, customer: Body, method: Body) -> None:
    """Let a customer's invoices be charged to a payment method."""
    with world.changing("customer.updated", customer):
        customer["invoice_settings"]["default_payment_method"] = method["id"]


@route(PaymentMethodService.create)
def create(world: World, params: Body) -> Body:
    return of_params(world, params)


@route(PaymentMethodService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(PaymentMethodService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    method = world.get(KIND, known_as)
    with world.changing("payment_method.updated", method):
        assign(method, params)
    return method


@route(PaymentMethodService.attach)
def attach_to(world: World, params: Body, known_as: str) -> Body:
    customer = world.get("customer", params["customer"], "customer")
    return attach(world, fetch(world, known_as), customer)


@route(PaymentMethodService.detach)
def detach(world: World, params: Body, known_as: str) -> Body:
    del params
    method = world.get(KIND, known_as)
    if not method["customer"]:
        raise refuse("The payment method you provided is not attached to a customer.")
    customer = world.get("customer", method["customer"])
    with world.changing("payment_method.detached", method):
        method["customer"] = None
    if customer["invoice_settings"]["default_payment_method"] == known_as:
        with world.changing("customer.updated", customer):
            customer["invoice_settings"]["default_payment_method"] = None
    for each in world.where("subscription", default_payment_method=known_as):
        each["default_payment_method"] = None
    return method


@route(PaymentMethodService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/payment_methods", params)

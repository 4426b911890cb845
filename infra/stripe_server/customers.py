"""Customers, their tax ids and their balance."""

from typing import Any

from stripe._customer_balance_transaction_service import CustomerBalanceTransactionService
from stripe._customer_payment_method_service import CustomerPaymentMethodService
from stripe._customer_service import CustomerService
from stripe._customer_tax_id_service import CustomerTaxIdService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.lists import page, paged
from infra.stripe_server.payments import methods
from infra.stripe_server.routes import route
from infra.stripe_server.shapes import includable, listing
from infra.stripe_server.world import World, new_id

KIND = "customer"
TAX_ID = "tax_id"
MOVEMENT = "customer_balance_transaction"
_NEW: Body = {
    "address": None, "balance": 0, "currency": None, "default_source": None, "delinquent": False,
    "description": None, "discount": None, "email": None, "invoice_credit_balance": {},
    "name": None, "next_invoice_sequence": 1, "phone": None, "preferred_locales": [],
    "shipping": None, "tax_exempt": "none", "test_clock": None,
}  # fmt: skip
_LONGEST_EMAIL = 512


def make(world: World, params: Body) -> Body:
    """Make a customer."""
    params = dict(params)
    params.pop("validate", None)
    tax_ids = params.pop("tax_id_data", [])
    method = params.pop("payment_method", None)
    settings = params.pop("invoice_settings", {})
    balance = params.pop("balance", 0)
    _check_email(params.get("email"))
    if clock := params.get("test_clock"):
        world.get("test_helpers.test_clock", clock, "test_clock")
    given = {name: None if value == "" else value for name, value in params.items()}
    customer = world.add(
        KIND,
        "cus",
        **(_NEW | given),
        **({} if "invoice_prefix" in given else {"invoice_prefix": new_id("x", 8)[2:].upper()}),
        invoice_settings={
            "custom_fields": None, "default_payment_method": None, "footer": None,
            "rendering_options": None,
        },
    )  # fmt: skip
    customer["metadata"] = params.get("metadata") or {}
    for each in tax_ids:
        add_tax_id(world, customer, each)
    if method:
        methods.attach(world, world.get("payment_method", method, "payment_method"), customer)
    _settle(world, customer, settings)
    world.emit("customer.created", customer)
    if balance:
        move_balance(world, customer, balance, customer["currency"] or "cny", kind="adjustment")
    return customer


def _check_email(email: str | None) -> None:
    if email and ("@" not in email or len(email) > _LONGEST_EMAIL or " " in email):
        raise refuse(f"Invalid email address: {email}", param="email", code="email_invalid")


def _settle(world: World, customer: Body, settings: Body) -> None:
    if method := settings.get("default_payment_method"):
        found = world.get("payment_method", method, "invoice_settings[default_payment_method]")
        if found["customer"] != customer["id"]:
            raise refuse(
                "The customer does not have a payment method with the ID "
                f"{method}. The payment method must be attached to the customer.",
                param="invoice_settings[default_payment_method]", code="resource_missing",
            )  # fmt: skip
    assign(customer["invoice_settings"], settings)


def move_balance(
    world: World, customer: Body, amount: int, currency: str, *, kind: str, **more: Any
) -> Body:
    """Add to what a customer owes (or, below zero, has to its credit) in a currency."""
    customer["currency"] = customer["currency"] or currency
    known = customer["invoice_credit_balance"]
    known[currency] = known.get(currency, 0) + amount
    customer["balance"] = known.get(customer["currency"], 0)
    return world.add(
        MOVEMENT,
        "cbtxn",
        amount=amount,
        currency=currency,
        customer=customer["id"],
        ending_balance=known[currency],
        type=kind,
        **({"credit_note": None, "description": None, "invoice": None, "checkout_session": None}
           | more),
    )  # fmt: skip


def balance_in(customer: Body, currency: str) -> int:
    """Return a customer's balance in a currency; below zero it is credit."""
    return int(customer["invoice_credit_balance"].get(currency, 0))


@route(CustomerService.create)
def create(world: World, params: Body) -> Body:
    return make(world, params)


@route(CustomerService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    gone = world.find("_deleted_customer", known_as)
    if gone:
        return {"id": known_as, "object": KIND, "deleted": True}
    return world.get(KIND, known_as)


@route(CustomerService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    customer = world.get(KIND, known_as)
    _check_email(params.get("email"))
    balance = params.pop("balance", None)
    params.pop("validate", None)
    with world.changing("customer.updated", customer):
        _settle(world, customer, params.pop("invoice_settings", {}))
        if balance is not None and balance != customer["balance"]:
            difference = balance - customer["balance"]
            move_balance(
                world, customer, difference, customer["currency"] or "cny", kind="adjustment"
            )  # fmt: skip
        assign(customer, params)
    return customer


@route(CustomerService.delete)
def delete(world: World, params: Body, known_as: str) -> Body:
    del params
    from infra.stripe_server.subscriptions.ending import end

    customer = world.get(KIND, known_as)
    for each in world.where("subscription", customer=known_as):
        if each["status"] not in {"canceled", "incomplete_expired"}:
            end(world, each, reason="cancellation_requested")
    world.add("_deleted_customer", "", id=known_as)
    world.emit("customer.deleted", customer)
    return world.remove(customer)


@route(CustomerService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/customers", params)


@includable(KIND, "subscriptions")
def _subscriptions(world: World, customer: Body) -> Body:
    found = [each for each in world.where("subscription", customer=customer["id"])
             if each["status"] != "canceled"]  # fmt: skip
    return listing(f"/v1/customers/{customer['id']}/subscriptions", found[::-1])


@includable(KIND, "tax_ids")
def _tax_ids(world: World, customer: Body) -> Body:
    return listing(f"/v1/customers/{customer['id']}/tax_ids",
                   world.where(TAX_ID, customer=customer["id"]))  # fmt: skip


@route(CustomerPaymentMethodService.list)
def list_methods(world: World, params: Body, known_as: str) -> Body:
    world.get(KIND, known_as)
    found = [each for each in world.where("payment_method", customer=known_as)
             if params.get("type") in {None, each["type"]}]  # fmt: skip
    return paged(f"/v1/customers/{known_as}/payment_methods", found[::-1], params)


# Tax ids


def add_tax_id(world: World, customer: Body, params: Body) -> Body:
    """Give a customer a tax id, verified as Stripe's test mode does."""
    made = world.add(
        TAX_ID,
        "txi",
        country=params["type"][:2].upper(),
        customer=customer["id"],
        owner={"type": "customer", "customer": customer["id"]},
        type=params["type"],
        value=params["value"],
        verification={"status": "verified" if params["value"] != "000000000" else "unverified",
                      "verified_address": None, "verified_name": None},
    )  # fmt: skip
    world.emit("customer.tax_id.created", made)
    return made


@route(CustomerTaxIdService.create)
def create_tax_id(world: World, params: Body, known_as: str) -> Body:
    return add_tax_id(world, world.get(KIND, known_as), params)


@route(CustomerTaxIdService.retrieve)
def retrieve_tax_id(world: World, params: Body, known_as: str, tax_id: str) -> Body:
    del params
    world.get(KIND, known_as)
    return world.get(TAX_ID, tax_id)


@route(CustomerTaxIdService.delete)
def delete_tax_id(world: World, params: Body, known_as: str, tax_id: str) -> Body:
    del params
    world.get(KIND, known_as)
    found = world.get(TAX_ID, tax_id)
    world.emit("customer.tax_id.deleted", found)
    return world.remove(found)


@route(CustomerTaxIdService.list)
def list_tax_ids(world: World, params: Body, known_as: str) -> Body:
    world.get(KIND, known_as)
    return page(world, TAX_ID, f"/v1/customers/{known_as}/tax_ids", params | {"customer": known_as})


# Balance


@route(CustomerBalanceTransactionService.create)
def create_movement(world: World, params: Body, known_as: str) -> Body:
    customer = world.get(KIND, known_as)
    with world.changing("customer.updated", customer):
        return move_balance(
            world, customer, params["amount"], params["currency"].lower(), kind="adjustment",
            description=params.get("description"),
        )  # fmt: skip


@route(CustomerBalanceTransactionService.list)
def list_movements(world: World, params: Body, known_as: str) -> Body:
    world.get(KIND, known_as)
    url = f"/v1/customers/{known_as}/balance_transactions"
    return page(world, MOVEMENT, url, params | {"customer": known_as})

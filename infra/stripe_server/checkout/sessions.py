"""A Checkout session, from its opening to its completion or its end."""

from typing import Any

from infra.stripe_server import coupons, prices
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.invoices.totals import recompute
from infra.stripe_server.payments import methods
from infra.stripe_server.shapes import listing
from infra.stripe_server.subscriptions import creating
from infra.stripe_server.times import DAY, HOUR
from infra.stripe_server.world import World, new_id

KIND = "checkout.session"
_SUBSCRIPTION = ("metadata", "trial_end", "trial_period_days", "trial_settings", "description",
                 "default_tax_rates", "billing_cycle_anchor", "proration_behavior")  # fmt: skip
_PASSED_ON = ("client_reference_id", "locale", "cancel_url", "success_url", "return_url",
              "submit_type", "consent_collection", "billing_address_collection")  # fmt: skip


def make(world: World, params: Body) -> Body:
    """Open a session."""
    mode = params.get("mode") or "payment"
    _check(world, params, mode)
    now = world.now({"customer": params.get("customer")})
    expires = params.get("expires_at", now + DAY)
    if not HOUR // 2 <= expires - now <= DAY:
        raise refuse("The `expires_at` timestamp must be between 30 minutes and 24 hours from "
                     "Checkout Session creation.", param="expires_at")  # fmt: skip
    known_as = new_id("cs_test", 58)
    session = world.add(
        KIND,
        "cs_test",
        id=known_as,
        adaptive_pricing=None, after_expiration=None,
        allow_promotion_codes=params.get("allow_promotion_codes"),
        amount_subtotal=None, amount_total=None,
        automatic_tax={"enabled": False, "liability": None, "status": None, "provider": None},
        client_secret=None, currency=params.get("currency"), custom_fields=[],
        custom_text={"after_submit": None, "shipping_address": None, "submit": None,
                     "terms_of_service_acceptance": None},
        customer=params.get("customer"), customer_creation=params.get("customer_creation"),
        customer_details=None, customer_email=params.get("customer_email"), discounts=[],
        expires_at=expires, invoice=None, invoice_creation=None,
        metadata=params.get("metadata") or {}, mode=mode, payment_intent=None,
        payment_method_collection=params.get("payment_method_collection", "always"),
        payment_method_options={}, payment_method_types=methods.allowed(params, usual=("card",)),
        payment_status="unpaid", phone_number_collection={"enabled": False},
        setup_intent=None, shipping_options=[], status="open", subscription=None,
        tax_id_collection={"enabled": bool((params.get("tax_id_collection") or {}).get("enabled")),
                           "required": "never"},
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode=params.get("ui_mode", "hosted_page"),
        url=f"{world.base_url}/c/pay/{world.account}/{known_as}",
        **{name: params.get(name) for name in _PASSED_ON},
        _params=params, _discounts=params.get("discounts") or [], _challenge=None,
    )  # fmt: skip
    if mode != "setup":
        price(world, session)
    if mode == "setup":
        session |= {"payment_status": "no_payment_required"}
    return session


def _check(world: World, params: Body, mode: str) -> None:
    if params.get("ui_mode", "hosted_page") not in {"hosted", "hosted_page"}:
        raise refuse("This server has the hosted page only.", param="ui_mode")
    _need(params, "success_url")
    _check_buyer(world, params)
    if mode == "setup":
        if params.get("line_items"):
            raise refuse("You can not pass `line_items` in `setup` mode.", param="line_items")
        return
    _need(params, "line_items")
    if mode != "subscription" and params.get("subscription_data"):
        raise refuse(
            "You can not pass `subscription_data` in this mode.", param="subscription_data"
        )
    trial = (params.get("subscription_data") or {}).get("trial_end")
    if trial is not None and trial < world.now(params) + 2 * DAY:
        raise refuse(
            "The `trial_end` date has to be at least 2 days in the future.",
            param="subscription_data[trial_end]",
        )
    for place, each in enumerate(params.get("discounts") or []):
        coupons.offer(world, each, f"discounts[{place}]", customer=params.get("customer"))


def _need(params: Body, name: str) -> None:
    if not params.get(name):
        raise ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _check_buyer(world: World, params: Body) -> None:
    if params.get("customer"):
        world.get("customer", params["customer"], "customer")
    for one, other in (
        ("customer", "customer_email"),
        ("allow_promotion_codes", "discounts"),
    ):
        if params.get(one) and params.get(other):
            raise refuse(f"You may only specify one of these parameters: {one}, {other}.")


def lines_of(world: World, session: Body) -> list[tuple[Body, int]]:
    """Return what a session sells: prices with their quantities."""
    found = []
    for place, each in enumerate(session["_params"]["line_items"]):
        price = prices.of_item(world, each, f"line_items[{place}]")
        found.append((price, each.get("quantity", 1)))
    if session["mode"] == "payment" and any(price["recurring"] for price, _ in found):
        raise refuse("You specified `payment` mode but passed a recurring price. Either switch to "
                     "`subscription` mode or use only one-time prices.")  # fmt: skip
    if session["mode"] == "subscription" and not any(price["recurring"] for price, _ in found):
        raise refuse("You must provide at least one recurring price in `subscription` mode.")
    return found


def price(world: World, session: Body) -> None:
    """Work out what a session comes to, by the code that will charge it."""
    trial = world.fork()
    copy = trial.get(KIND, session["id"])
    invoice = draft(trial, copy, _someone(trial, copy))[1]
    sold = lines_of(trial, copy)
    session |= {
        "currency": invoice["currency"],
        "amount_subtotal": invoice["subtotal"],
        "amount_total": invoice["amount_due"],
        "total_details": {
            "amount_discount": sum(each["amount"] for each in invoice["total_discount_amounts"]),
            "amount_shipping": 0,
            "amount_tax": sum(each["amount"] for each in invoice["total_taxes"]),
        },
        "discounts": [
            {"coupon": each.get("coupon"), "promotion_code": each.get("promotion_code")}
            for each in session["_discounts"]
        ],
    }
    session["_lines"] = [
        _line(trial, price, quantity, invoice["currency"]) for price, quantity in sold
    ]
    session["_recurring"] = sum(
        prices.amount(price, invoice["currency"], quantity)
        for price, quantity in sold
        if price["recurring"]
    )


def _line(world: World, sold: Body, quantity: int, currency: str) -> Body:
    amount = prices.amount(sold, currency, quantity)
    return {
        "id": new_id("li", 14), "object": "item", "amount_discount": 0, "amount_subtotal": amount,
        "amount_tax": 0, "amount_total": amount, "currency": currency,
        "description": world.get("product", sold["product"])["name"], "price": sold,
        "quantity": quantity,
    }  # fmt: skip


def _someone(world: World, session: Body) -> Body:
    """Return a session's customer; in a trial run, where there is none yet, anybody."""
    if session["customer"]:
        return world.get("customer", session["customer"])
    from infra.stripe_server.customers import make as make_customer

    return make_customer(world, {"email": session["customer_email"]} if session["customer_email"]
                         else {})  # fmt: skip


def subscription_params(world: World, session: Body, customer: Body) -> Body:
    """Return how the session's subscription is created."""
    data = session["_params"].get("subscription_data") or {}
    made: Body = {name: data[name] for name in _SUBSCRIPTION if name in data}
    recurring: list[Body] = []
    extra: list[Body] = []
    for given in session["_params"]["line_items"]:
        item = {name: given[name] for name in ("price", "price_data", "quantity", "tax_rates")
                if name in given}  # fmt: skip
        named = prices.of_item(world, item, "line_items")
        (recurring if named["recurring"] else extra).append(
            item if given.get("price") else item | {"price": named["id"]}
        )
    currency = session["_params"].get("currency")
    return made | {
        "customer": customer["id"], "items": recurring, "add_invoice_items": extra,
        "discounts": session["_discounts"], **({"currency": currency} if currency else {}),
    }  # fmt: skip


def draft(world: World, session: Body, customer: Body) -> tuple[Body | None, Body]:
    """Make what the session sells, unpaid: a subscription with its invoice, or an invoice alone."""
    lines_of(world, session)
    if session["mode"] == "subscription":
        return creating.make(world, subscription_params(world, session, customer))
    from infra.stripe_server.invoices import drafts, lines

    sold = lines_of(world, session)
    currency = session["_params"].get("currency") or sold[0][0]["currency"]
    now = world.now(customer)
    made = [
        lines.line(
            currency, prices.amount(each, currency, quantity),
            world.get("product", each["product"])["name"], now, now, quantity=quantity,
            pricing=lines.pricing(each, currency),
            _tax_rates=session["_params"]["line_items"][place].get("tax_rates") or [],
        )
        for place, (each, quantity) in enumerate(sold)
    ]  # fmt: skip
    more: Body = {"auto_advance": False}
    more["discounts"] = coupons.redeem(
        world, session["_discounts"], customer=customer["id"], currency=currency,
        amount=sum(each["amount"] for each in made), checkout_session=session["id"],
    )  # fmt: skip
    invoice = drafts.draft(
        world, customer, currency=currency, reason="manual", lines=made, more=more
    )
    return None, recompute(world, invoice)


def expire(world: World, session: Body) -> Body:
    """End a session that nobody completed."""
    if session["status"] != "open":
        raise refuse('Only Checkout Sessions with a status in ["open"] can be expired. This '
                     f"Checkout Session has a status of `{session['status']}`.")  # fmt: skip
    session |= {"status": "expired", "url": None}
    world.emit("checkout.session.expired", session)
    return session


def free_until(session: Body, now: int) -> int | None:
    """Return when a trial that begins now would end, None where there is none."""
    data = session["_params"].get("subscription_data") or {}
    if data.get("trial_period_days"):
        return now + int(data["trial_period_days"]) * DAY
    return int(data["trial_end"]) if data.get("trial_end") else None


def line_items(session: Body) -> Body:
    """Return what a session sells, as a list."""
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return listing(url, session.get("_lines") or [])


def details(session: Body, customer: Body | None, given: Body) -> Body:
    """Return what the page has learnt about the buyer."""
    known: Any = customer or {}
    return {
        "address": known.get("address"), "business_name": None, "individual_name": None,
        "email": given.get("email") or session["customer_email"] or known.get("email"),
        "name": given.get("name") or known.get("name"), "phone": known.get("phone"),
        "tax_exempt": "none", "tax_ids": [],
    }  # fmt: skip

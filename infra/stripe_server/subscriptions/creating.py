"""A new subscription, with its first invoice."""

from decimal import Decimal

from infra.stripe_server import coupons
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.invoices import drafts, lines, paying
from infra.stripe_server.invoices.totals import rounded
from infra.stripe_server.payments import methods
from infra.stripe_server.prices import amount, of_item
from infra.stripe_server.shapes import listing
from infra.stripe_server.subscriptions import items as parts
from infra.stripe_server.subscriptions import proration
from infra.stripe_server.times import DAY, boundary_after
from infra.stripe_server.world import World, new_id

KIND = "subscription"
_LEFT_OUT = ("backdate_start_date", "billing_schedules", "billing_thresholds",
             "pending_invoice_item_interval", "billing_cycle_anchor_config")  # fmt: skip


def make(world: World, params: Body) -> tuple[Body, Body]:
    """Make a subscription and its first invoice, a draft still: nothing has been charged."""
    for name in _LEFT_OUT:
        if params.get(name):
            raise refuse(f"This server for tests does not have {name}.", param=name)
    if not params.get("customer"):
        raise ApiError("Missing required param: customer.", code="parameter_missing",
                       param="customer")  # fmt: skip
    customer = world.get("customer", params["customer"], "customer")
    now = world.now(customer)
    trial_end = _trial_end(params, now)
    known_as = new_id("sub")
    sub = _blank(world, known_as, customer, params, now)
    given = params.get("items") or []
    sub["currency"] = params.get("currency", "").lower() or _currency(world, given)
    sub["items"] = listing(f"/v1/subscription_items?subscription={known_as}", [])
    items = [
        parts.make(world, sub, each, place=place, period=(now, now))
        for place, each in enumerate(given)
    ]
    parts.check(items)
    sub["items"]["data"] = items
    start, end = _first_period(sub, params, now, trial_end)
    for each in items:
        each["current_period_start"], each["current_period_end"] = start, end
    if trial_end:
        sub |= {"status": "trialing", "trial_start": now, "trial_end": trial_end}
    elif sub["collection_method"] == "send_invoice":
        sub["status"] = "active"
    total = sum(amount(each["price"], sub["currency"], each["quantity"]) for each in items)
    sub["discounts"] = coupons.redeem(
        world, params.get("discounts"), customer=customer["id"], subscription=known_as,
        amount=total, currency=sub["currency"],
    )  # fmt: skip
    world.emit("customer.subscription.created", sub)
    add_extras(world, sub, params.get("add_invoice_items"), start)
    invoice = drafts.draft(
        world, customer, currency=sub["currency"], reason="subscription_create", sub=sub,
        lines=_first_lines(world, sub, params, start, end, trial=bool(trial_end)),
        waiting=drafts.waiting_for(world, customer["id"], sub["currency"], known_as),
    )  # fmt: skip
    sub["latest_invoice"] = invoice["id"]
    return sub, invoice


def start(
    world: World, params: Body, *, method: Body | None = None, agreed: bool = False
) -> tuple[Body, Body]:
    """Make a subscription and try to take its first payment."""
    sub, invoice = make(world, params)
    if sub["collection_method"] == "send_invoice":
        return sub, invoice
    behavior = params.get("payment_behavior", "allow_incomplete")
    paying.finalize(world, invoice)
    if invoice["status"] == "paid" or behavior == "default_incomplete":
        return sub, invoice
    if behavior in {"allow_incomplete", "error_if_incomplete"} and not (
        method or paying.method_for(world, invoice)
    ):
        raise refuse(
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method.",
            code="resource_missing",
        )
    try:
        paying.collect(world, invoice, method=method, agreed=agreed,
                       off_session=bool(params.get("off_session")))  # fmt: skip
    except ApiError as refusal:
        if behavior == "error_if_incomplete":
            refusal.keeps = False
            raise
    if invoice["status"] != "paid" and behavior == "error_if_incomplete":
        raise must_ask()
    return sub, invoice


def must_ask() -> ApiError:
    """Return the answer where the card's holder would have to say yes first."""
    return ApiError(
        "This payment requires additional user action before it can be completed successfully.",
        status=402,
        kind="card_error",
        code="subscription_payment_intent_requires_action",
    )


def _trial_end(params: Body, now: int) -> int | None:
    wanted, days = params.get("trial_end"), params.get("trial_period_days")
    if wanted is not None and days is not None:
        raise refuse("You may only specify one of these parameters: trial_end, trial_period_days.")
    if days is not None:
        if days < 1:
            raise refuse("The minimum number of trial period days is 1.", param="trial_period_days")
        return now + int(days) * DAY
    if wanted in {None, "now"}:
        return None
    assert isinstance(wanted, int)
    if wanted <= now:
        raise refuse("Invalid timestamp: must be an integer Unix timestamp in the future.",
                     param="trial_end")  # fmt: skip
    return wanted


def _currency(world: World, given: list[Body]) -> str:
    if not given:
        return "usd"
    first = given[0]
    if first.get("price_data"):
        return str(first["price_data"]["currency"]).lower()
    return str(of_item(world, first, "items[0]")["currency"])


def _first_period(sub: Body, params: Body, now: int, trial_end: int | None) -> tuple[int, int]:
    """Return the first period and set the anchor from which all later ones are counted."""
    every, count = parts.interval(sub["items"]["data"][0])
    anchor = params.get("billing_cycle_anchor")
    if anchor is not None and not now < anchor <= boundary_after(now, every, count, now):
        raise refuse("billing_cycle_anchor must be within one billing period from now.",
                     param="billing_cycle_anchor")  # fmt: skip
    if trial_end is not None:
        sub["billing_cycle_anchor"] = anchor or trial_end
        return now, trial_end
    sub["billing_cycle_anchor"] = anchor or now
    return now, anchor or boundary_after(now, every, count, now)


def _first_lines(
    world: World, sub: Body, params: Body, start: int, end: int, *, trial: bool
) -> list[Body]:
    made = [lines.of_period(world, sub, each, start, end, trial=trial)
            for each in sub["items"]["data"]]  # fmt: skip
    if trial or params.get("billing_cycle_anchor") is None:
        return made
    every, count = parts.interval(sub["items"]["data"][0])
    whole = boundary_after(start, every, count, start) - start
    for each in made:
        free = params.get("proration_behavior") == "none"
        share = 0 if free else rounded(Decimal(each["amount"] * (end - start)) / whole)
        each["amount"] = each["subtotal"] = share
    return made


def add_extras(world: World, sub: Body, given: list[Body] | None, start: int) -> None:
    """Let one-time items wait for a subscription's next invoice."""
    for place, each in enumerate(given or []):
        price = of_item(world, each, f"add_invoice_items[{place}]")
        quantity = each.get("quantity", 1)
        name = world.get("product", price["product"])["name"]
        proration.wait(
            world, sub["customer"], amount(price, sub["currency"], quantity), sub["currency"],
            period=(start, start), description=name, sub=sub["id"], quantity=quantity,
            pricing=lines.pricing(price, sub["currency"]), metadata=each.get("metadata") or {},
            tax_rates=parts.rates(world, each.get("tax_rates"), "add_invoice_items"),
        )  # fmt: skip


def _blank(world: World, known_as: str, customer: Body, params: Body, now: int) -> Body:
    method = params.get("default_payment_method")
    if method:
        found = methods.fetch(world, method, "default_payment_method")
        if found["customer"] not in {None, customer["id"]}:
            raise refuse("The payment method does not belong to this customer.",
                         param="default_payment_method")  # fmt: skip
        method = found["id"]
    sent = params.get("collection_method", "charge_automatically")
    if sent == "send_invoice" and params.get("days_until_due") is None:
        raise refuse("You must specify `days_until_due` with `collection_method=send_invoice`.",
                     param="days_until_due")  # fmt: skip
    trial_settings = params.get("trial_settings") or {
        "end_behavior": {"missing_payment_method": "create_invoice"}
    }
    return world.add(
        KIND,
        "sub",
        id=known_as,
        created=now,
        customer=customer["id"],
        test_clock=customer["test_clock"],
        application=None, application_fee_percent=None,
        automatic_tax={"enabled": False, "liability": None, "disabled_reason": None},
        billing_cycle_anchor=now, billing_cycle_anchor_config=None,
        billing_mode={"type": "flexible", "flexible": {"proration_discounts": "included"},
                      "updated_at": None},
        billing_schedules=[], billing_thresholds=None, cancel_at=params.get("cancel_at") or None,
        cancel_at_period_end=False, canceled_at=None,
        cancellation_details={"comment": None, "feedback": None, "reason": None},
        collection_method=sent, currency="", days_until_due=params.get("days_until_due"),
        default_payment_method=method, default_source=None,
        default_tax_rates=parts.rates(world, params.get("default_tax_rates"), "default_tax_rates"),
        description=params.get("description"), discounts=[], ended_at=None,
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}}
        | (params.get("invoice_settings") or {}),
        latest_invoice=None, metadata=params.get("metadata") or {},
        next_pending_invoice_item_invoice=None, pause_collection=None,
        payment_settings={"payment_method_options": None, "payment_method_types": None,
                          "save_default_payment_method": "off"}
        | (params.get("payment_settings") or {}),
        pending_invoice_item_interval=None, pending_setup_intent=None, pending_update=None,
        schedule=None, start_date=now, status="incomplete", transfer_data=None, trial_end=None,
        trial_settings=trial_settings, trial_start=None,
        _pending=None, _trial_warned=False, _announced=None, _began=now,
    )  # fmt: skip

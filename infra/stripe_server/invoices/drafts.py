"""A new invoice, with what has waited for it."""

from infra.stripe_server.faults import Body
from infra.stripe_server.invoices.lines import of_waiting
from infra.stripe_server.invoices.totals import recompute
from infra.stripe_server.shapes import listing
from infra.stripe_server.times import HOUR, later
from infra.stripe_server.world import World, new_id

KIND = "invoice"
WAITING = "invoiceitem"
_EMPTY_TAX: Body = {"enabled": False, "liability": None, "status": None, "disabled_reason": None,
                    "provider": None}  # fmt: skip


def draft(
    world: World,
    customer: Body,
    *,
    currency: str,
    reason: str,
    lines: list[Body],
    sub: Body | None = None,
    waiting: list[Body] | None = None,
    more: Body | None = None,
) -> Body:
    """Make a draft of lines and of items that waited; they are on it from now on."""
    now = world.now(customer)
    known_as = new_id("in")
    method = more.get("collection_method") if more else None
    method = method or (sub["collection_method"] if sub else "charge_automatically")
    invoice = world.add(
        KIND,
        "in",
        id=known_as,
        created=now,
        customer=customer["id"],
        currency=currency,
        billing_reason=reason,
        test_clock=customer["test_clock"],
        lines=listing(f"/v1/invoices/{known_as}/lines", []),
        **_blank(customer, sub, now) | (more or {}) | {"collection_method": method},
    )
    invoice["customer_tax_ids"] = [
        {"type": each["type"], "value": each["value"]}
        for each in world.where("tax_id", customer=customer["id"])
    ]
    invoice["lines"]["data"] = [*[take(each, invoice) for each in waiting or []], *lines]
    if sub is not None and reason in {"subscription_cycle", "upcoming"}:
        # As at Stripe it looks back: the lines say which period is paid.
        invoice["period_start"], invoice["period_end"] = _ended(sub, now)
    if invoice["auto_advance"]:
        invoice["automatically_finalizes_at"] = now + HOUR
    recompute(world, invoice)
    world.emit("invoice.created", invoice)
    return invoice


def _ended(sub: Body, now: int) -> tuple[int, int]:
    """Return the period of a subscription that has just ended."""
    start: int = sub["items"]["data"][0]["current_period_start"]
    return (start if start < now else sub["_began"]), now


def take(waiting: Body, invoice: Body) -> Body:
    """Put an item that waited on an invoice and return its line."""
    waiting["invoice"] = invoice["id"]
    return of_waiting(waiting)


def waiting_for(world: World, customer: str, currency: str, sub: str | None) -> list[Body]:
    """Return what waits for a customer's next invoice: of this subscription or of none."""
    return [
        item
        for item in world.where(WAITING, customer=customer, currency=currency, invoice=None)
        if item["_subscription"] in {None, sub}
    ]


def _blank(customer: Body, sub: Body | None, now: int) -> Body:
    return {
        "account_country": "HK", "account_name": "Simtree (test)", "account_tax_ids": None,
        "amount_due": 0, "amount_overpaid": 0, "amount_paid": 0, "amount_remaining": 0,
        "amount_shipping": 0, "attempt_count": 0, "attempted": False, "auto_advance": True,
        "automatic_tax": dict(_EMPTY_TAX), "automatically_finalizes_at": None,
        "custom_fields": None, "customer_address": customer["address"],
        "customer_email": customer["email"], "customer_name": customer["name"],
        "customer_phone": customer["phone"], "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"], "customer_tax_ids": [],
        "days_until_due": sub["days_until_due"] if sub else None,
        "default_payment_method": None,
        "default_tax_rates": list(sub["default_tax_rates"]) if sub else [],
        "description": sub["description"] if sub else None,
        "discounts": list(sub["discounts"]) if sub else [],
        "due_date": None, "effective_at": None, "ending_balance": None, "footer": None,
        "from_invoice": None, "hosted_invoice_url": None, "invoice_pdf": None,
        "issuer": {"type": "self"}, "last_finalization_error": None, "latest_revision": None,
        "next_payment_attempt": None, "number": None, "amount_paid_off_stripe": 0,
        "parent": parent_of(sub),
        "payment_settings": {"default_mandate": None, "payment_method_options": None,
                             "payment_method_types": None},
        "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0,
        "period_start": now, "period_end": now, "rendering": None, "shipping_cost": None,
        "shipping_details": None, "starting_balance": 0, "statement_descriptor": None,
        "status": "draft", "total_taxes": [],
        "status_transitions": {"finalized_at": None, "marked_uncollectible_at": None,
                               "paid_at": None, "voided_at": None},
        "webhooks_delivered_at": now,
        "_token": new_id("inv", 40), "_subscription": sub["id"] if sub else None,
        "_intent": None, "_retries_from": 0,
    }  # fmt: skip


def parent_of(sub: Body | None) -> Body | None:
    """Return how an invoice says what it came from."""
    if sub is None:
        return None
    return {
        "type": "subscription_details",
        "quote_details": None,
        "subscription_details": {"subscription": sub["id"], "metadata": dict(sub["metadata"])},
    }


def due_date(invoice: Body, now: int) -> int | None:
    """Return until when an invoice that is sent wants to be paid."""
    if invoice["collection_method"] != "send_invoice":
        return None
    days = invoice["days_until_due"]
    return invoice["due_date"] or later(now, days=30 if days is None else days)

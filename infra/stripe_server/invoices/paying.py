"""From draft to open to paid, or not: the life of an invoice."""

from infra.stripe_server.customers import move_balance
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.invoices.drafts import due_date
from infra.stripe_server.invoices.totals import applied_balance, recompute
from infra.stripe_server.payments import intents
from infra.stripe_server.shapes import includable, listing
from infra.stripe_server.subscriptions import status
from infra.stripe_server.times import HOUR, later
from infra.stripe_server.world import World

RETRY_DAYS = (1, 1, 8, 6)
"""Days from one attempt to the next; a knob changes them."""
PAYMENT = "invoice_payment"


def finalize(world: World, invoice: Body) -> Body:
    """Open a draft: its number, its balance and its amount are fixed; nothing to pay is paid."""
    if invoice["status"] != "draft":
        raise refuse("This invoice is already finalized, you can't re-finalize a non-draft "
                     "invoice.", code="invoice_not_editable")  # fmt: skip
    now = world.now(invoice)
    customer = world.get("customer", invoice["customer"])
    with world.changing("customer.updated", customer):
        recompute(world, invoice)
        if not invoice["number"]:
            number = customer["next_invoice_sequence"]
            customer["next_invoice_sequence"] = number + 1
            invoice["number"] = f"{customer['invoice_prefix']}-{number:04d}"
        used = applied_balance(invoice)
        if used:
            move_balance(
                world, customer, used, invoice["currency"],
                kind="applied_to_invoice", invoice=invoice["id"],
            )  # fmt: skip
        customer["currency"] = customer["currency"] or invoice["currency"]
    page = f"{world.base_url}/i/{world.account}/{invoice['_token']}"
    invoice |= {
        "status": "open",
        "automatically_finalizes_at": None,
        "effective_at": invoice["effective_at"] or now,
        "ending_balance": invoice["starting_balance"] + used,
        "due_date": due_date(invoice, now),
        "hosted_invoice_url": page,
        "invoice_pdf": f"{page}/pdf",
        "webhooks_delivered_at": now,
    }
    invoice["status_transitions"]["finalized_at"] = now
    status.use_up_discounts(world, invoice)
    if invoice["amount_due"] > 0:
        _prepare_payment(world, invoice)
        if invoice["collection_method"] == "charge_automatically":
            invoice["next_payment_attempt"] = now + HOUR
    world.emit("invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        mark_paid(world, invoice)
    return invoice


def _prepare_payment(world: World, invoice: Body) -> Body:
    intent = intents.make(
        world, amount=invoice["amount_remaining"], currency=invoice["currency"],
        customer=invoice["customer"], description=f"Payment for Invoice {invoice['number']}",
        _invoice=invoice["id"],
        payment_method_types=["card"],
    )  # fmt: skip
    invoice["_intent"] = intent["id"]
    _add_payment(world, invoice, intent, is_default=True)
    return intent


def method_for(world: World, invoice: Body) -> Body | None:
    """Return what an invoice is charged to: its own method, its subscription's, its customer's."""
    customer = world.get("customer", invoice["customer"])
    sub = world.find("subscription", invoice["_subscription"])
    wanted = (
        invoice["default_payment_method"]
        or (sub["default_payment_method"] if sub else None)
        or customer["invoice_settings"]["default_payment_method"]
    )
    return world.find("payment_method", wanted)


def collect(world: World, invoice: Body, *, method: Body | None = None, agreed: bool = False,
            off_session: bool = True) -> Body:  # fmt: skip
    """Try once to charge an open invoice; ApiError when it fails, and that is on record."""
    intent = world.get("payment_intent", invoice["_intent"])
    method = method or method_for(world, invoice)
    invoice["attempt_count"] += 1
    invoice["attempted"] = True
    if method is None:
        refusal = ApiError(
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method.",
            code="invoice_payment_intent_requires_action" if intent["next_action"]
            else "resource_missing",
            keeps=True,
        )  # fmt: skip
        intent["last_payment_error"] = refusal.error
        _failed(world, invoice)
        raise refusal
    try:
        intents.confirm(world, intent, method, off_session=off_session, agreed=agreed)
    except ApiError as refusal:
        _failed(world, invoice, asked=refusal.error.get("code") == "authentication_required")
        raise
    if intent["status"] == "requires_action":
        world.emit("invoice.payment_action_required", invoice)
        return invoice
    paid_by(world, intent)
    return invoice


def collect_quietly(world: World, invoice: Body) -> bool:
    """Try once to charge an open invoice; say whether it is paid now."""
    try:
        collect(world, invoice)
    except ApiError:
        return False
    return bool(invoice["status"] == "paid")


def finalize_and_collect(world: World, invoice: Body) -> None:
    """Open a draft when its hour is over, and charge it at once."""
    finalize(world, invoice)
    if invoice["status"] == "open" and invoice["collection_method"] == "charge_automatically":
        collect_quietly(world, invoice)


def overdue(world: World, invoice: Body) -> None:
    """Note that an invoice which was sent has not been paid in time."""
    invoice["_is_overdue"] = True
    world.emit("invoice.overdue", invoice)
    status.invoice_failed(world, invoice, last=False)


def paid_by(world: World, intent: Body) -> None:
    """Credit an invoice with an intent that has just succeeded; what is too much becomes credit."""
    invoice = world.get("invoice", intent["_invoice"])
    amount = intent["amount_received"]
    for payment in world.where(PAYMENT, invoice=invoice["id"]):
        if payment["payment"]["payment_intent"] == intent["id"]:
            payment |= {"status": "paid", "amount_paid": amount}
            payment["status_transitions"]["paid_at"] = world.now(invoice)
            world.emit("invoice_payment.paid", payment)
    is_open = invoice["status"] in {"open", "uncollectible"}
    over = amount - (invoice["amount_remaining"] if is_open else 0)
    if over > 0:
        invoice["amount_overpaid"] += over
        customer = world.get("customer", invoice["customer"])
        with world.changing("customer.updated", customer):
            move_balance(
                world, customer, -over, invoice["currency"],
                kind="unapplied_from_invoice", invoice=invoice["id"],
            )  # fmt: skip
    if is_open and over >= 0:
        mark_paid(world, invoice)
        return
    with world.changing("invoice.updated", invoice):
        if is_open:
            invoice["amount_paid"] += amount
            invoice["amount_remaining"] -= amount
            _ask_for_the_rest(world, invoice)


def _ask_for_the_rest(world: World, invoice: Body) -> None:
    intent = world.find("payment_intent", invoice["_intent"])
    if intent is not None and intent["status"] not in {"succeeded", "canceled"}:
        intent["amount"] = invoice["amount_remaining"]
        for payment in world.where(PAYMENT, invoice=invoice["id"], status="open"):
            if payment["is_default"]:
                payment["amount_requested"] = invoice["amount_remaining"]


def attach(world: World, invoice: Body, intent: Body) -> Body:
    """Count an intent towards an invoice: at once where it has succeeded, else when it does."""
    if invoice["status"] not in {"open", "paid", "uncollectible"}:
        raise refuse("Payments can only be attached to finalized invoices.")
    for name in ("currency", "customer"):
        if intent[name] != invoice[name]:
            raise refuse(
                f"The PaymentIntent's {name} must be the invoice's.", param="payment_intent"
            )
    if intent.get("_invoice"):
        raise refuse("The PaymentIntent is attached to an invoice.", param="payment_intent")
    intent["_invoice"] = invoice["id"]
    _add_payment(world, invoice, intent, is_default=False)
    if intent["status"] == "succeeded":
        paid_by(world, intent)
    return invoice


def _add_payment(world: World, invoice: Body, intent: Body, *, is_default: bool) -> None:
    world.add(
        PAYMENT, "inpay", amount_paid=None, amount_requested=intent["amount"],
        currency=invoice["currency"], invoice=invoice["id"], is_default=is_default, status="open",
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status_transitions={"canceled_at": None, "paid_at": None}, customer=invoice["customer"],
    )  # fmt: skip


def mark_paid(world: World, invoice: Body, *, out_of_band: bool = False) -> Body:
    """Close an invoice as paid and let its subscription go on."""
    now = world.now(invoice)
    invoice |= {
        "status": "paid", "attempted": True, "next_payment_attempt": None,
        "amount_paid": invoice["amount_due"], "amount_remaining": 0,
        "amount_paid_off_stripe": invoice["amount_remaining"] if out_of_band else 0,
    }  # fmt: skip
    invoice["status_transitions"]["paid_at"] = now
    # Nobody shall pay it again by mistake.
    _cancel_intent(world, invoice)
    customer = world.get("customer", invoice["customer"])
    if customer["delinquent"] and not world.where("invoice", customer=customer["id"],
                                                  status="open"):  # fmt: skip
        with world.changing("customer.updated", customer):
            customer["delinquent"] = False
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)
    status.invoice_closed(world, invoice)
    return invoice


def _failed(world: World, invoice: Body, *, asked: bool = False) -> None:
    now = world.now(invoice)
    days = world.setting("retry_days", list(RETRY_DAYS))
    tried = invoice["attempt_count"] - invoice["_retries_from"]
    again = invoice["auto_advance"] and invoice["billing_reason"] != "subscription_create"
    invoice["next_payment_attempt"] = (
        later(now, days=days[tried - 1]) if again and tried <= len(days) else None
    )
    customer = world.get("customer", invoice["customer"])
    with world.changing("customer.updated", customer):
        customer["delinquent"] = True
    if asked:
        world.emit("invoice.payment_action_required", invoice)
    world.emit("invoice.payment_failed", invoice)
    last = again and invoice["next_payment_attempt"] is None
    status.invoice_failed(world, invoice, last=last)


def void(world: World, invoice: Body) -> Body:
    """Take an open invoice back, and the customer's credit with it."""
    if invoice["status"] not in {"open", "uncollectible"}:
        raise refuse("You can only pass in open invoices. This invoice isn't open.",
                     code="invoice_not_open")  # fmt: skip
    used = applied_balance(invoice)
    if used:
        customer = world.get("customer", invoice["customer"])
        move_balance(world, customer, -used, invoice["currency"],
                     kind="unapplied_from_invoice", invoice=invoice["id"])  # fmt: skip
    _cancel_intent(world, invoice)
    invoice |= {"status": "void", "next_payment_attempt": None}
    invoice["status_transitions"]["voided_at"] = world.now(invoice)
    world.emit("invoice.voided", invoice)
    status.invoice_closed(world, invoice)
    return invoice


def write_off(world: World, invoice: Body) -> Body:
    """Give up on an open invoice; it can still be paid."""
    if invoice["status"] != "open":
        raise refuse("You can only pass in open invoices. This invoice isn't open.",
                     code="invoice_not_open")  # fmt: skip
    invoice |= {"status": "uncollectible", "next_payment_attempt": None}
    invoice["status_details"] = {"uncollectible": {"reason": "user_forgiven"}}
    invoice["status_transitions"]["marked_uncollectible_at"] = world.now(invoice)
    world.emit("invoice.marked_uncollectible", invoice)
    status.invoice_closed(world, invoice)
    return invoice


def _cancel_intent(world: World, invoice: Body) -> None:
    intent = world.find("payment_intent", invoice["_intent"])
    if intent is not None and intent["status"] not in {"succeeded", "canceled"}:
        intents.cancel_intent(world, intent, "void_invoice")
        if (payment := _payment(world, invoice)) is not None:
            payment["status"] = "canceled"
            payment["status_transitions"]["canceled_at"] = world.now(invoice)


def _payment(world: World, invoice: Body) -> Body | None:
    found = world.where(PAYMENT, invoice=invoice["id"], status="open")
    return found[0] if found else None


@includable("invoice", "payments")
def _payments(world: World, invoice: Body) -> Body:
    return listing("/v1/invoice_payments", world.where(PAYMENT, invoice=invoice["id"]))


@includable("invoice", "confirmation_secret")
def _confirmation_secret(world: World, invoice: Body) -> Body | None:
    known = world.get("invoice", invoice["id"])
    intent = world.find("payment_intent", known["_intent"])
    if intent is None:
        return None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"}

"""The calls about invoices."""

from stripe._invoice_line_item_service import InvoiceLineItemService
from stripe._invoice_payment_service import InvoicePaymentService
from stripe._invoice_service import InvoiceService

from infra.stripe_server.changes import assign
from infra.stripe_server.coupons import redeem
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.invoices import drafts, paying
from infra.stripe_server.invoices.preview import preview
from infra.stripe_server.invoices.totals import recompute
from infra.stripe_server.lists import page, paged
from infra.stripe_server.payments import intents, methods
from infra.stripe_server.routes import route
from infra.stripe_server.subscriptions.items import rates
from infra.stripe_server.world import World

KIND = drafts.KIND
_PLAIN = ("auto_advance", "automatically_finalizes_at", "collection_method", "custom_fields",
          "days_until_due", "default_payment_method", "description", "due_date", "effective_at",
          "footer", "metadata", "payment_settings", "statement_descriptor", "number",
          "account_tax_ids", "rendering", "issuer")  # fmt: skip


@route(InvoiceService.create)
def create(world: World, params: Body) -> Body:
    if not params.get("customer"):
        raise ApiError("Missing required param: customer.", code="parameter_missing",
                       param="customer")  # fmt: skip
    customer = world.get("customer", params["customer"], "customer")
    sub = None
    if params.get("subscription"):
        sub = world.get("subscription", params["subscription"], "subscription")
    currency = params.get("currency") or (sub or customer)["currency"] or "usd"
    more = {name: params[name] for name in _PLAIN if name in params} | {
        "auto_advance": params.get("auto_advance", False)
    }
    if more.get("collection_method") == "send_invoice" and not (
        params.get("days_until_due") is not None or params.get("due_date")
    ):
        raise refuse("You must specify `days_until_due` or `due_date`.", param="days_until_due")
    if "default_tax_rates" in params:
        more["default_tax_rates"] = rates(world, params["default_tax_rates"], "default_tax_rates")
    if "discounts" in params:
        more["discounts"] = redeem(world, params["discounts"], customer=customer["id"],
                                   currency=currency)  # fmt: skip
    waiting = []
    if params.get("pending_invoice_items_behavior", "exclude") == "include":
        waiting = drafts.waiting_for(world, customer["id"], currency, sub["id"] if sub else None)
    return drafts.draft(
        world, customer, currency=currency.lower(), reason="manual", lines=[], sub=sub,
        waiting=waiting, more=more,
    )  # fmt: skip


@route(InvoiceService.create_preview)
def create_preview(world: World, params: Body) -> Body:
    return preview(world, params)


@route(InvoiceService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(InvoiceService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    invoice = world.get(KIND, known_as)
    fixed = set(params) - {"metadata", "description", "auto_advance", "default_payment_method"}
    if invoice["status"] != "draft" and fixed:
        raise refuse("Finalized invoices can't be updated in this way.",
                     param=min(fixed), code="invoice_not_editable")  # fmt: skip
    with world.changing("invoice.updated", invoice):
        assign(invoice, {name: params[name] for name in _PLAIN if name in params})
        if "discounts" in params:
            invoice["discounts"] = redeem(world, params["discounts"], customer=invoice["customer"])
        if "default_tax_rates" in params:
            invoice["default_tax_rates"] = rates(
                world, params["default_tax_rates"], "default_tax_rates"
            )
        if invoice["status"] == "draft":
            recompute(world, invoice)
    return invoice


@route(InvoiceService.delete)
def delete(world: World, params: Body, known_as: str) -> Body:
    del params
    invoice = world.get(KIND, known_as)
    if invoice["status"] != "draft" or invoice["_subscription"]:
        raise refuse("You can only delete draft invoices that are not of a subscription.",
                     code="invoice_not_editable")  # fmt: skip
    for item in world.where(drafts.WAITING, invoice=known_as):
        world.remove(item)
    world.emit("invoice.deleted", invoice)
    return world.remove(invoice)


@route(InvoiceService.finalize_invoice)
def finalize(world: World, params: Body, known_as: str) -> Body:
    invoice = world.get(KIND, known_as)
    if "auto_advance" in params:
        invoice["auto_advance"] = params["auto_advance"]
    return paying.finalize(world, invoice)


@route(InvoiceService.pay)
def pay(world: World, params: Body, known_as: str) -> Body:
    invoice = world.get(KIND, known_as)
    if invoice["status"] == "draft":
        paying.finalize(world, invoice)
    if invoice["status"] == "paid":
        raise refuse("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in {"open", "uncollectible"}:
        raise refuse(f"Invoices that are {invoice['status']} cannot be paid.",
                     code="invoice_not_open")  # fmt: skip
    if params.get("paid_out_of_band"):
        return paying.mark_paid(world, invoice, out_of_band=True)
    method = None
    if params.get("payment_method"):
        method = methods.fetch(world, params["payment_method"])
    paying.collect(world, invoice, method=method, off_session=params.get("off_session", True))
    return invoice


@route(InvoiceService.attach_payment)
def attach_payment(world: World, params: Body, known_as: str) -> Body:
    if not params.get("payment_intent"):
        raise refuse("This server attaches payment intents only.", param="payment_record")
    intent = world.get(intents.KIND, params["payment_intent"], "payment_intent")
    return paying.attach(world, world.get(KIND, known_as), intent)


@route(InvoiceService.send_invoice)
def send(world: World, params: Body, known_as: str) -> Body:
    del params
    invoice = world.get(KIND, known_as)
    if invoice["collection_method"] != "send_invoice":
        raise refuse("You can only send invoices whose collection_method is send_invoice.")
    if invoice["status"] == "draft":
        paying.finalize(world, invoice)
    world.emit("invoice.sent", invoice)
    return invoice


@route(InvoiceService.void_invoice)
def void(world: World, params: Body, known_as: str) -> Body:
    del params
    return paying.void(world, world.get(KIND, known_as))


@route(InvoiceService.mark_uncollectible)
def mark_uncollectible(world: World, params: Body, known_as: str) -> Body:
    del params
    return paying.write_off(world, world.get(KIND, known_as))


@route(InvoiceService.list)
def index(world: World, params: Body) -> Body:
    filters = dict(params)
    if "subscription" in filters:
        filters["_subscription"] = filters.pop("subscription")
    return page(world, KIND, "/v1/invoices", filters)


@route(InvoiceLineItemService.list)
def list_lines(world: World, params: Body, known_as: str) -> Body:
    invoice = world.get(KIND, known_as)
    return paged(f"/v1/invoices/{known_as}/lines", invoice["lines"]["data"], params)


@route(InvoicePaymentService.list)
def list_payments(world: World, params: Body) -> Body:
    return page(world, paying.PAYMENT, "/v1/invoice_payments", params)


@route(InvoicePaymentService.retrieve)
def retrieve_payment(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(paying.PAYMENT, known_as)


def pay_in_person(world: World, invoice: Body, method: Body, *, agreed: bool = False) -> Body:
    """Pay an open invoice on its hosted page, with its customer before the screen."""
    paying.collect(world, invoice, method=method, agreed=agreed, off_session=False)
    return world.get(intents.KIND, invoice["_intent"])

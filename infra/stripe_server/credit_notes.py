"""Credit notes: an invoice is taken back, before or after it was paid."""

from stripe._credit_note_service import CreditNoteService

from infra.stripe_server.changes import assign
from infra.stripe_server.customers import move_balance
from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.invoices import paying
from infra.stripe_server.lists import page
from infra.stripe_server.payments import refunds
from infra.stripe_server.routes import route
from infra.stripe_server.shapes import listing
from infra.stripe_server.world import World, new_id

KIND = "credit_note"


def make(world: World, params: Body) -> Body:
    """Make a credit note and do what it says: owe less, give back, or keep as credit."""
    invoice = world.get("invoice", params["invoice"], "invoice")
    if invoice["status"] not in {"open", "paid", "uncollectible"}:
        raise refuse("Credit notes can only be issued for finalized invoices.", param="invoice")
    lines = _lines(world, invoice, params)
    total = sum(each["amount"] + each["_tax"] for each in lines)
    left = invoice["total"] - invoice["pre_payment_credit_notes_amount"] - (
        invoice["post_payment_credit_notes_amount"]
    )  # fmt: skip
    if not 0 < total <= left:
        raise refuse(f"The credit note's amount ({total}) must be between 1 and {left}.",
                     param="amount")  # fmt: skip
    customer = world.get("customer", invoice["customer"])
    number = len(world.where(KIND, invoice=invoice["id"])) + 1
    known_as = new_id("cn")
    is_paid = invoice["status"] == "paid"
    note = world.add(
        KIND, "cn", id=known_as, amount=total, amount_shipping=0, created=world.now(invoice),
        currency=invoice["currency"], customer=customer["id"], customer_balance_transaction=None,
        discount_amount=0, discount_amounts=[], effective_at=world.now(invoice),
        invoice=invoice["id"], lines=listing(f"/v1/credit_notes/{known_as}/lines", lines),
        memo=params.get("memo"), metadata=params.get("metadata") or {},
        number=f"{invoice['number']}-CN-{number:02d}", out_of_band_amount=None,
        pdf=f"{invoice['hosted_invoice_url']}/credit/{known_as}",
        post_payment_amount=total if is_paid else 0, pre_payment_amount=0 if is_paid else total,
        pretax_credit_amounts=[], reason=params.get("reason"), refunds=[], shipping_cost=None,
        status="issued", subtotal=sum(each["amount"] for each in lines), total=total,
        subtotal_excluding_tax=sum(each["amount"] for each in lines),
        total_excluding_tax=sum(each["amount"] for each in lines), total_taxes=[],
        type="post_payment" if is_paid else "pre_payment", voided_at=None,
    )  # fmt: skip
    if is_paid:
        _after_payment(world, invoice, customer, note, params)
    else:
        _before_payment(world, invoice, note)
    world.emit("credit_note.created", note)
    return note


def _lines(world: World, invoice: Body, params: Body) -> list[Body]:
    if params.get("lines"):
        made = []
        for place, each in enumerate(params["lines"]):
            made.append(_line(invoice, each, place))
        return made
    del world
    amount = params.get("amount")
    if amount is None:
        given = [params.get(name) for name in ("refund_amount", "credit_amount",
                                               "out_of_band_amount")]  # fmt: skip
        amount = sum(each for each in given if each is not None)
    if not amount:
        raise refuse("You must provide `amount` or `lines`.", param="amount")
    return [_shape("Credit", amount, quantity=1, kind="custom_line_item")]


def _line(invoice: Body, given: Body, place: int) -> Body:
    if given["type"] == "custom_line_item":
        quantity = given.get("quantity", 1)
        amount = given.get("unit_amount", given.get("amount", 0)) * quantity
        return _shape(given.get("description") or "", amount, quantity=quantity,
                      kind="custom_line_item")  # fmt: skip
    for each in invoice["lines"]["data"]:
        if each["id"] == given.get("invoice_line_item"):
            break
    else:
        raise refuse("No such invoice line item.", param=f"lines[{place}][invoice_line_item]",
                     code="resource_missing")  # fmt: skip
    quantity = given.get("quantity", each["quantity"])
    off = sum(part["amount"] for part in each["discount_amounts"])
    amount = given.get("amount", (each["amount"] - off) * quantity // (each["quantity"] or 1))
    tax = sum(part["amount"] for part in each["taxes"] if part["tax_behavior"] == "exclusive")
    shape = _shape(each["description"], amount, quantity=quantity, kind="invoice_line_item")
    whole = each["amount"] - off
    return shape | {"invoice_line_item": each["id"], "_tax": tax * amount // whole if whole else 0}


def _shape(description: str, amount: int, *, quantity: int, kind: str) -> Body:
    return {
        "id": new_id("cnli"), "object": "credit_note_line_item", "amount": amount,
        "description": description, "discount_amount": 0, "discount_amounts": [],
        "invoice_line_item": None, "livemode": False, "metadata": {}, "pretax_credit_amounts": [],
        "quantity": quantity, "tax_rates": [], "taxes": [], "type": kind, "unit_amount": amount,
        "unit_amount_decimal": str(amount), "_tax": 0,
    }  # fmt: skip


def _before_payment(world: World, invoice: Body, note: Body) -> None:
    with world.changing("invoice.updated", invoice):
        invoice["pre_payment_credit_notes_amount"] += note["total"]
        invoice["amount_due"] -= note["total"]
        invoice["amount_remaining"] = max(0, invoice["amount_remaining"] - note["total"])
    intent = world.find("payment_intent", invoice["_intent"])
    if invoice["amount_remaining"] == 0:
        paying.mark_paid(world, invoice)
    elif intent is not None:
        intent["amount"] = invoice["amount_remaining"]


def _after_payment(
    world: World, invoice: Body, customer: Body, note: Body, params: Body
) -> None:  # fmt: skip
    given = {
        "refund": params.get("refund_amount") or 0,
        "credit": params.get("credit_amount") or 0,
        "outside": params.get("out_of_band_amount") or 0,
        "linked": sum(each.get("amount_refunded") or 0 for each in params.get("refunds") or []),
    }
    if sum(given.values()) != note["total"]:
        raise refuse(
            "The sum of credit amount, refund amount, out of band amount and refunds must equal "
            f"the credit note amount: {note['total']}"
        )
    with world.changing("invoice.updated", invoice):
        invoice["post_payment_credit_notes_amount"] += note["total"]
    if given["refund"]:
        intent = world.find("payment_intent", invoice["_intent"])
        if intent is None or not intent["latest_charge"]:
            raise refuse("This invoice has no charge to refund.", param="refund_amount")
        refund = refunds.make(world, world.get("charge", intent["latest_charge"]), given["refund"])
        note["refunds"] = [{"amount_refunded": given["refund"], "refund": refund["id"],
                            "payment_record_refund": None, "type": "refund"}]  # fmt: skip
    if given["credit"]:
        movement = move_balance(
            world, customer, -given["credit"], invoice["currency"], kind="credit_note",
            credit_note=note["id"],
        )  # fmt: skip
        note["customer_balance_transaction"] = movement["id"]
    note["out_of_band_amount"] = given["outside"] or None


@route(CreditNoteService.create)
def create(world: World, params: Body) -> Body:
    return make(world, params)


@route(CreditNoteService.preview)
def preview(world: World, params: Body) -> Body:
    return make(world.fork(), params)


@route(CreditNoteService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(CreditNoteService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    note = world.get(KIND, known_as)
    with world.changing("credit_note.updated", note):
        assign(note, params)
    return note


@route(CreditNoteService.void_credit_note)
def void(world: World, params: Body, known_as: str) -> Body:
    del params
    note = world.get(KIND, known_as)
    invoice = world.get("invoice", note["invoice"])
    if note["status"] == "void" or invoice["status"] != "open":
        raise refuse("You can only void credit notes of open invoices.")
    invoice["pre_payment_credit_notes_amount"] -= note["total"]
    invoice["amount_due"] += note["total"]
    invoice["amount_remaining"] += note["total"]
    note |= {"status": "void", "voided_at": world.now(invoice)}
    world.emit("credit_note.voided", note)
    return note


@route(CreditNoteService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/credit_notes", params)

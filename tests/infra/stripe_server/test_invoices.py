"""Invoices by hand, their sums, credit notes, and what customers have to their credit."""

import pytest
import stripe


@pytest.fixture
def drafted(at_stripe):
    """An invoice of 100.00 and 50.00, with 10 per cent off and 13 per cent tax on top."""
    customer = at_stripe.customer()
    rate = at_stripe.v1.tax_rates.create(
        {"display_name": "VAT", "inclusive": False, "percentage": 13}
    )
    coupon = at_stripe.v1.coupons.create({"percent_off": 10, "duration": "forever"})
    for amount in (10_000, 5_000):
        at_stripe.v1.invoice_items.create(
            {"customer": customer, "amount": amount, "currency": "cny", "description": "Usage"}
        )
    invoice = at_stripe.v1.invoices.create({
        "customer": customer, "currency": "cny", "pending_invoice_items_behavior": "include",
        "default_tax_rates": [rate.id], "discounts": [{"coupon": coupon.id}],
    })  # fmt: skip
    return at_stripe, invoice


def test_its_sums_are_exact(drafted):
    at_stripe, invoice = drafted
    assert (invoice.status, invoice.subtotal, invoice.total) == ("draft", 15_000, 15_255)
    assert invoice.total_discount_amounts[0].amount == 1_500
    assert invoice.total_taxes[0].amount == 1_755
    assert invoice.total_excluding_tax == 13_500
    final = at_stripe.v1.invoices.finalize_invoice(invoice.id)
    assert (final.status, final.amount_due, final.amount_remaining) == ("open", 15_255, 15_255)
    assert final.number
    assert final.hosted_invoice_url
    assert final.invoice_pdf
    paid = at_stripe.v1.invoices.pay(invoice.id, {"expand": ["payments"]})
    assert (paid.status, paid.amount_paid, paid.payments.data[0].amount_paid) == (
        "paid", 15_255, 15_255,
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError):
        at_stripe.v1.invoices.pay(invoice.id)


def test_tax_may_be_within_the_price_and_customers_exempt(at_stripe):
    customer = at_stripe.customer()
    rate = at_stripe.v1.tax_rates.create(
        {"display_name": "VAT", "inclusive": True, "percentage": 6}
    )
    sub = at_stripe.subscribe(
        customer, at_stripe.price(10_600, currency="cny"), default_tax_rates=[rate.id]
    )
    assert (sub.latest_invoice.total, sub.latest_invoice.total_taxes[0].amount) == (10_600, 600)
    at_stripe.v1.customers.update(customer, {"tax_exempt": "exempt"})
    free = at_stripe.subscribe(
        customer, at_stripe.price(10_600, currency="cny"), default_tax_rates=[rate.id]
    )
    assert free.latest_invoice.total_taxes[0].amount == 0


def test_a_fixed_discount_never_makes_it_negative(at_stripe):
    coupon = at_stripe.v1.coupons.create(
        {"amount_off": 5_000, "currency": "usd", "duration": "once"}
    )
    sub = at_stripe.subscribe(
        at_stripe.customer(), at_stripe.price(3_000), discounts=[{"coupon": coupon.id}]
    )
    assert (sub.status, sub.latest_invoice.total, sub.latest_invoice.status) == (
        "active", 0, "paid",
    )  # fmt: skip
    # It was for one invoice.
    assert at_stripe.v1.subscriptions.retrieve(sub.id).discounts == []


def test_it_is_paid_by_bank_transfer(drafted):
    at_stripe, invoice = drafted
    at_stripe.v1.invoices.finalize_invoice(invoice.id)
    paid = at_stripe.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid_off_stripe) == ("paid", 15_255)
    assert at_stripe.v1.charges.list({"customer": invoice.customer}).data == []


def paid_apart(at_stripe, invoice, amount, **more):
    """Attach a payment to an invoice that was made without it."""
    intent = at_stripe.v1.payment_intents.create({
        "amount": amount, "currency": "cny", "customer": invoice.customer, "confirm": True,
        "payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"],
    } | more)  # fmt: skip
    return at_stripe.v1.invoices.attach_payment(invoice.id, {"payment_intent": intent.id})


def test_it_is_paid_in_parts(drafted):
    at_stripe, invoice = drafted
    at_stripe.v1.invoices.finalize_invoice(invoice.id)
    part = paid_apart(at_stripe, invoice, 5_000)
    assert (part.status, part.amount_paid, part.amount_remaining) == ("open", 5_000, 10_255)
    whole = at_stripe.v1.invoices.pay(invoice.id, {"expand": ["payments"]})
    assert (whole.status, whole.amount_paid, whole.amount_overpaid) == ("paid", 15_255, 0)
    assert sorted(each.amount_paid for each in whole.payments.data) == [5_000, 10_255]


def test_the_rest_comes_by_bank_transfer(drafted):
    at_stripe, invoice = drafted
    at_stripe.v1.invoices.finalize_invoice(invoice.id)
    paid_apart(at_stripe, invoice, 5_000)
    paid = at_stripe.v1.invoices.pay(
        invoice.id, {"paid_out_of_band": True, "expand": ["payments.data.payment.payment_intent"]}
    )
    assert (paid.amount_paid, paid.amount_paid_off_stripe) == (15_255, 10_255)
    # What nobody needs any more cannot be paid by mistake.
    states = {each.payment.payment_intent.status for each in paid.payments.data}
    assert states == {"succeeded", "canceled"}


def test_what_is_paid_twice_becomes_credit(drafted):
    at_stripe, invoice = drafted
    at_stripe.v1.invoices.pay(invoice.id)
    again = paid_apart(at_stripe, invoice, 15_255)
    assert (again.status, again.amount_paid, again.amount_overpaid) == ("paid", 15_255, 15_255)
    assert at_stripe.v1.customers.retrieve(invoice.customer).balance == -15_255


def test_another_currency_pays_nothing(drafted):
    at_stripe, invoice = drafted
    at_stripe.v1.invoices.finalize_invoice(invoice.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        paid_apart(at_stripe, invoice, 15_255, currency="usd")
    assert refused.value.param == "payment_intent"


def test_credit_is_used_first_and_comes_back_when_it_is_void(at_stripe):
    customer = at_stripe.customer()
    at_stripe.v1.customers.balance_transactions.create(
        customer, {"amount": -2_000, "currency": "usd"}
    )
    at_stripe.v1.invoice_items.create({"customer": customer, "amount": 5_000, "currency": "usd"})
    made = at_stripe.v1.invoices.create(
        {"customer": customer, "pending_invoice_items_behavior": "include"}
    )
    final = at_stripe.v1.invoices.finalize_invoice(made.id)
    assert (final.total, final.amount_due, final.starting_balance, final.ending_balance) == (
        5_000, 3_000, -2_000, 0,
    )  # fmt: skip
    at_stripe.v1.invoices.void_invoice(made.id)
    assert at_stripe.v1.customers.retrieve(customer).balance == -2_000


def test_a_credit_note_before_payment_lowers_what_is_due(drafted):
    at_stripe, invoice = drafted
    at_stripe.v1.invoices.finalize_invoice(invoice.id)
    note = at_stripe.v1.credit_notes.create({"invoice": invoice.id, "amount": 5_255})
    assert (note.type, note.pre_payment_amount) == ("pre_payment", 5_255)
    paid = at_stripe.v1.invoices.pay(invoice.id, {"expand": ["payments"]})
    assert (paid.amount_paid, paid.payments.data[0].amount_paid) == (10_000, 10_000)


def test_a_credit_note_after_payment_gives_back_or_keeps(drafted):
    at_stripe, invoice = drafted
    at_stripe.v1.invoices.pay(invoice.id)
    given = {"invoice": invoice.id, "amount": 5_000, "refund_amount": 3_000,
             "credit_amount": 2_000}  # fmt: skip
    assert at_stripe.v1.credit_notes.preview(given).total == 5_000
    note = at_stripe.v1.credit_notes.create(given | {"expand": ["refunds.refund"]})
    assert (note.refunds[0].refund.amount, note.number) == (
        3_000, at_stripe.v1.invoices.retrieve(invoice.id).number + "-CN-01",
    )  # fmt: skip
    assert at_stripe.v1.customers.retrieve(invoice.customer).balance == -2_000
    assert at_stripe.v1.invoices.retrieve(invoice.id).post_payment_credit_notes_amount == 5_000
    with pytest.raises(stripe.InvalidRequestError):
        at_stripe.v1.credit_notes.create(
            {"invoice": invoice.id, "amount": 11_000, "refund_amount": 11_000}
        )


def test_what_waits_can_be_changed_until_it_is_invoiced(at_stripe):
    customer = at_stripe.customer()
    item = at_stripe.v1.invoice_items.create(
        {"customer": customer, "amount": 700, "currency": "usd"}
    )
    at_stripe.v1.invoice_items.update(item.id, {"amount": 900})
    sub = at_stripe.subscribe(customer, at_stripe.price(3_000))
    assert sub.latest_invoice.total == 3_900
    with pytest.raises(stripe.InvalidRequestError):
        at_stripe.v1.invoice_items.delete(item.id)


def test_an_item_in_another_currency_waits_for_its_own(at_stripe):
    customer = at_stripe.customer()
    at_stripe.v1.invoice_items.create({"customer": customer, "amount": 700, "currency": "cny"})
    assert at_stripe.subscribe(customer, at_stripe.price(3_000)).latest_invoice.total == 3_000


def test_nobody_sees_an_upcoming_invoice_that_does_not_come(at_stripe):
    sub = at_stripe.subscribe(at_stripe.customer(), at_stripe.price())
    at_stripe.v1.subscriptions.update(sub.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.invoices.create_preview({"subscription": sub.id})
    assert refused.value.code == "invoice_upcoming_none"

"""A change in the middle of a period: the preview says what is charged, to the cent."""

import pytest
import stripe

HALF = 14


@pytest.fixture
def half(at_stripe):
    """A subscription of two seats at 30.00, half of its month gone."""
    clock = at_stripe.clock()
    customer = at_stripe.customer(clock=clock)
    price = at_stripe.price(3_000)
    sub = at_stripe.subscribe(customer, price, items=[{"price": price, "quantity": 2}])
    now = at_stripe.advance(clock, days=HALF)
    return at_stripe, sub, now, clock


def changed(half, behavior, **item):
    at_stripe, sub, now, _clock = half
    change = {
        "items": [{"id": sub["items"].data[0].id, **item}],
        "proration_behavior": behavior,
        "proration_date": now,
    }
    preview = at_stripe.v1.invoices.create_preview(
        {"customer": sub.customer, "subscription": sub.id, "subscription_details": change}
    )
    done = at_stripe.v1.subscriptions.update(sub.id, change | {"expand": ["latest_invoice"]})
    return preview, done


def rows(invoice):
    return [(line.amount, line.description, line.period.start, line.period.end)
            for line in invoice.lines.data]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "due"),
    [
        ({"price": 6_000, "quantity": 2}, 3_000),
        ({"quantity": 5}, 4_500),
        ({"price": 6_000, "quantity": 1}, 0),
    ],
    ids=["a dearer plan", "more seats", "dearer, but fewer"],
)
def test_the_preview_is_the_charge(half, item, due):
    at_stripe = half[0]
    if "price" in item:
        item = item | {"price": at_stripe.price(item["price"])}
    preview, done = changed(half, "always_invoice", **item)
    assert rows(preview) == rows(done.latest_invoice)
    assert preview.amount_due == done.latest_invoice.amount_paid == due
    assert done.latest_invoice.billing_reason == "subscription_update"
    assert [line.parent.subscription_item_details.proration
            for line in preview.lines.data] == [True, True]  # fmt: skip


def test_what_is_given_back_becomes_credit_for_the_next_invoice(half):
    at_stripe, sub, _now, clock = half
    preview, done = changed(half, "always_invoice", quantity=1)
    assert (preview.total, done.latest_invoice.total, done.latest_invoice.amount_paid) == (
        -1_500, -1_500, 0,
    )  # fmt: skip
    assert at_stripe.v1.customers.retrieve(sub.customer).balance == -1_500
    at_stripe.advance(clock, days=15)
    renewed = at_stripe.v1.subscriptions.retrieve(sub.id, {"expand": ["latest_invoice"]})
    assert (renewed.latest_invoice.total, renewed.latest_invoice.amount_paid) == (3_000, 1_500)
    assert at_stripe.v1.customers.retrieve(sub.customer).balance == 0


def test_what_is_not_invoiced_at_once_waits_for_the_next_period(half):
    at_stripe, sub, _now, clock = half
    preview, done = changed(half, "create_prorations", quantity=3)
    assert preview.amount_due == 1_500 + 9_000
    assert done.latest_invoice.id == sub.latest_invoice.id
    at_stripe.advance(clock, days=15)
    renewed = at_stripe.v1.subscriptions.retrieve(sub.id, {"expand": ["latest_invoice"]})
    assert renewed.latest_invoice.amount_paid == preview.amount_due
    assert rows(renewed.latest_invoice) == rows(preview)


def test_another_interval_begins_a_new_period_now(half):
    at_stripe, _sub, now, _clock = half
    preview, done = changed(half, "create_prorations", price=at_stripe.price(30_000, every="year"))
    assert preview.amount_due == done.latest_invoice.amount_paid == 60_000 - 3_000
    assert done["items"].data[0].current_period_start == now
    assert done.billing_cycle_anchor == now


def test_nothing_is_charged_where_that_is_wanted(half):
    at_stripe, sub, _now, _clock = half
    preview, done = changed(half, "none", quantity=4)
    assert preview.amount_due == 12_000
    assert done.latest_invoice.id == sub.latest_invoice.id
    assert done["items"].data[0].quantity == 4
    assert at_stripe.v1.invoice_items.list({"customer": sub.customer}).data == []


def test_a_change_waits_for_its_payment(half):
    at_stripe, sub, _now, _clock = half
    item = {"id": sub["items"].data[0].id, "quantity": 9}
    change = {"items": [item], "payment_behavior": "pending_if_incomplete",
              "proration_behavior": "always_invoice", "expand": ["latest_invoice"]}  # fmt: skip
    at_stripe.use_card(sub.customer, "pm_card_chargeCustomerFail")
    waiting = at_stripe.v1.subscriptions.update(sub.id, change)
    assert (waiting.status, waiting["items"].data[0].quantity) == ("active", 2)
    assert waiting.pending_update.subscription_items[0].quantity == 9
    at_stripe.use_card(sub.customer, "pm_card_visa")
    at_stripe.v1.invoices.pay(waiting.latest_invoice.id)
    done = at_stripe.v1.subscriptions.retrieve(sub.id)
    assert (done.pending_update, done["items"].data[0].quantity) == (None, 9)


@pytest.mark.parametrize("card", ["pm_card_chargeCustomerFail", "pm_card_authenticationRequired"])
def test_a_change_that_cannot_be_paid_is_not_made(half, card):
    at_stripe, sub, _now, _clock = half
    at_stripe.use_card(sub.customer, card)
    with pytest.raises(stripe.CardError):
        at_stripe.v1.subscriptions.update(sub.id, {
            "items": [{"id": sub["items"].data[0].id, "quantity": 9}],
            "proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete",
        })  # fmt: skip
    same = at_stripe.v1.subscriptions.retrieve(sub.id)
    assert (same.status, same["items"].data[0].quantity) == ("active", 2)
    assert same.latest_invoice == sub.latest_invoice.id


def test_nothing_of_a_preview_stays(half):
    at_stripe, sub, now, _clock = half
    before = at_stripe.kinds()
    at_stripe.v1.invoices.create_preview({
        "subscription": sub.id,
        "subscription_details": {
            "items": [{"id": sub["items"].data[0].id, "quantity": 7}], "proration_date": now,
        },
        "invoice_items": [{"amount": 700, "currency": "usd", "description": "extra"}],
    })  # fmt: skip
    assert at_stripe.kinds() == before
    assert at_stripe.v1.invoice_items.list({"customer": sub.customer}).data == []

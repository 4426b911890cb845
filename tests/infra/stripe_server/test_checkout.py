"""Checkout sessions, and what comes of them."""

import pytest
import stripe

from tests.stripe_server import KnobRefused

BACK = {"success_url": "https://shop.test/ok?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/plans"}  # fmt: skip


@pytest.fixture
def session(at_stripe):
    """Open a session for a subscription at 199.00."""
    customer, price = at_stripe.customer(""), at_stripe.price(19_900, currency="cny")

    def opened(**more):
        given = {"mode": "subscription", "customer": customer, "client_reference_id": "ws-1",
                 "line_items": [{"price": price, "quantity": 2}]}  # fmt: skip
        return at_stripe.v1.checkout.sessions.create(given | BACK | more)

    return opened


def test_it_opens_with_what_it_will_cost(at_stripe, session):
    made = session(metadata={"a": "1"}, subscription_data={"metadata": {"b": "2"}}, locale="zh")
    assert (made.status, made.payment_status, made.amount_total) == ("open", "unpaid", 39_800)
    assert made.url.startswith("http")
    assert (made.currency, made.subscription, made.customer_details) == ("cny", None, None)
    lines = at_stripe.v1.checkout.sessions.line_items.list(made.id).data
    assert [(each.quantity, each.amount_total) for each in lines] == [(2, 39_800)]
    gone = at_stripe.v1.checkout.sessions.expire(made.id)
    assert (gone.status, gone.url) == ("expired", None)
    assert at_stripe.kinds()[-1] == "checkout.session.expired"


def test_paying_makes_the_subscription(at_stripe, session):
    made = session(subscription_data={"metadata": {"b": "2"}})
    at_stripe.knob(f"checkout/{made.id}/complete", email="buyer@example.com")
    done = at_stripe.v1.checkout.sessions.retrieve(
        made.id, {"expand": ["subscription.default_payment_method", "invoice"]}
    )
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.subscription.status == "active"
    assert done.subscription.metadata["b"] == "2"
    assert done.subscription.default_payment_method.card.last4 == "4242"
    assert (done.invoice.status, done.invoice.amount_paid) == ("paid", 39_800)
    kinds = at_stripe.kinds()
    assert kinds[-1] == "checkout.session.completed"
    assert {"customer.subscription.created", "invoice.paid", "charge.succeeded"} <= set(kinds)
    # A second press of the button does nothing.
    at_stripe.knob(f"checkout/{made.id}/complete")
    assert at_stripe.kinds() == kinds


def test_a_trial_needs_no_card_where_that_is_agreed(at_stripe, session):
    made = session(subscription_data={"trial_period_days": 14},
                   payment_method_collection="if_required")  # fmt: skip
    assert made.amount_total == 0
    at_stripe.knob(f"checkout/{made.id}/complete", number="")
    done = at_stripe.v1.checkout.sessions.retrieve(made.id, {"expand": ["subscription"]})
    assert done.payment_status == "no_payment_required"
    assert (done.subscription.status, done.subscription.default_payment_method) == (
        "trialing", None,
    )  # fmt: skip


def test_a_card_that_says_no_changes_nothing(at_stripe, session):
    made = session()
    before = at_stripe.kinds()
    with pytest.raises(KnobRefused) as refused:
        at_stripe.knob(f"checkout/{made.id}/complete", number="4000000000009995")
    assert refused.value.error["decline_code"] == "insufficient_funds"
    assert at_stripe.kinds() == before
    assert at_stripe.v1.checkout.sessions.retrieve(made.id).status == "open"
    with pytest.raises(KnobRefused) as refused:
        at_stripe.knob(f"checkout/{made.id}/complete", number="4000002760003184")
    assert refused.value.error["code"] == "authentication_required"
    at_stripe.knob(f"checkout/{made.id}/complete", number="4000002760003184", agreed=True)
    assert at_stripe.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


def test_it_learns_about_the_buyer_where_that_is_wanted(at_stripe, session):
    soon = at_stripe.v1.customers.retrieve(at_stripe.customer("")).created + 3 * 86_400
    made = session(
        subscription_data={"trial_end": soon}, tax_id_collection={"enabled": True},
        customer_update={"name": "auto"},
    )  # fmt: skip
    at_stripe.knob(f"checkout/{made.id}/complete", name="Acme", tax_id="91310000MA1FL00000")
    buyer = at_stripe.v1.customers.retrieve(made.customer, {"expand": ["tax_ids"]})
    assert (buyer.name, buyer.tax_ids.data[0].value) == ("Acme", "91310000MA1FL00000")
    done = at_stripe.v1.checkout.sessions.retrieve(made.id, {"expand": ["subscription"]})
    assert done.subscription.trial_end == soon
    with pytest.raises(stripe.InvalidRequestError):
        session(subscription_data={"trial_end": soon - 2 * 86_400})


def test_a_code_that_is_used_up_between_two_clicks_is_refused(at_stripe, session):
    coupon = at_stripe.v1.coupons.create({"percent_off": 50, "duration": "once"})
    at_stripe.v1.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF", "max_redemptions": 1,
    })  # fmt: skip
    one, two = (session(allow_promotion_codes=True) for _ in range(2))
    at_stripe.knob(f"checkout/{one.id}/complete", promotion_code="half")
    paid = at_stripe.v1.checkout.sessions.retrieve(one.id, {"expand": ["invoice"]})
    assert (paid.invoice.amount_paid, paid.total_details.amount_discount) == (19_900, 19_900)
    with pytest.raises(KnobRefused) as refused:
        at_stripe.knob(f"checkout/{two.id}/complete", promotion_code="half")
    assert refused.value.error["param"] == "promotion_code"
    assert at_stripe.v1.checkout.sessions.retrieve(two.id).status == "open"


def test_it_takes_a_payment_without_a_subscription(at_stripe):
    made = at_stripe.v1.checkout.sessions.create(BACK | {
        "mode": "payment", "allowed_payment_method_types": ["alipay"],
        "payment_intent_data": {"metadata": {"order": "o-1"}},
        "line_items": [{"quantity": 3, "price_data": {
            "currency": "jpy", "unit_amount": 500, "product_data": {"name": "SIM"}}}],
    })  # fmt: skip
    at_stripe.knob(f"checkout/{made.id}/complete", method="alipay", agreed=True)
    done = at_stripe.v1.checkout.sessions.retrieve(
        made.id, {"expand": ["payment_intent.latest_charge"]}
    )
    intent = done.payment_intent
    assert (done.payment_status, intent.amount_received, intent.currency) == ("paid", 1_500, "jpy")
    assert intent.metadata["order"] == "o-1"
    assert intent.latest_charge.payment_method_details.type == "alipay"


def test_it_keeps_a_card_for_later(at_stripe):
    customer = at_stripe.customer("")
    made = at_stripe.v1.checkout.sessions.create(BACK | {
        "mode": "setup", "customer": customer, "currency": "cny"})  # fmt: skip
    at_stripe.knob(f"checkout/{made.id}/complete")
    done = at_stripe.v1.checkout.sessions.retrieve(made.id, {"expand": ["setup_intent"]})
    assert done.setup_intent.status == "succeeded"
    kept = at_stripe.v1.customers.payment_methods.list(customer).data
    assert [each.id for each in kept] == [done.setup_intent.payment_method]


def test_it_ends_by_itself(at_stripe, session):
    made = session()
    at_stripe.knob("clock/advance", seconds=25 * 3_600)
    assert at_stripe.v1.checkout.sessions.retrieve(made.id).status == "expired"
    with pytest.raises(KnobRefused):
        at_stripe.knob(f"checkout/{made.id}/complete")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"line_items": []}, "line_items"),
        ({"success_url": ""}, "success_url"),
        ({"customer_email": "a@b.co"}, None),
        ({"expires_at": 1}, "expires_at"),
        ({"discounts": [{"coupon": "none"}]}, "discounts[0][coupon]"),
    ],
)
def test_it_refuses_what_makes_no_session(session, change, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session(**change)
    assert refused.value.param == param

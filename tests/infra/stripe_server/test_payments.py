"""Cards, refunds, disputes, connected accounts."""

import pytest
import stripe

from infra.stripe_server.payments.cards import DECLINES


def pay(at_stripe, card="pm_card_visa", options=None, **more):
    given = {"amount": 5_000, "currency": "usd", "confirm": True, "payment_method": card,
             "allowed_payment_method_types": ["card"]}  # fmt: skip
    return at_stripe.v1.payment_intents.create(given | more, options)


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
def test_a_card_says_no_as_stripe_documents_it(at_stripe, card, code, decline):
    with pytest.raises(stripe.CardError) as refused:
        pay(at_stripe, card)
    assert refused.value.code == code
    assert decline is None or refused.value.error.decline_code == decline
    kept = at_stripe.v1.payment_intents.list({"limit": 1}).data[0]
    assert (kept.status, kept.last_payment_error.code) == ("requires_payment_method", code)
    again = at_stripe.v1.payment_intents.confirm(kept.id, {"payment_method": "pm_card_visa"})
    assert (again.status, again.last_payment_error) == ("succeeded", None)


def test_a_card_can_be_kept_that_is_never_charged(at_stripe):
    customer = at_stripe.customer("pm_card_chargeCustomerFail")
    (kept,) = at_stripe.v1.customers.payment_methods.list(customer).data
    assert kept.card.last4 == "0341"
    with pytest.raises(stripe.CardError):
        pay(at_stripe, kept.id, customer=customer)
    with pytest.raises(stripe.CardError):
        at_stripe.customer("pm_card_chargeDeclined")
    assert "generic_decline" in DECLINES


def test_the_holder_is_asked(at_stripe):
    asked = pay(at_stripe, "pm_card_threeDSecure2Required", return_url="https://shop.test/back")
    assert (asked.status, asked.next_action.type) == ("requires_action", "redirect_to_url")
    at_stripe.knob(f"payment_intents/{asked.id}/agree")
    assert at_stripe.v1.payment_intents.retrieve(asked.id).status == "succeeded"
    with pytest.raises(stripe.CardError) as refused:
        pay(at_stripe, "pm_card_threeDSecure2Required", off_session=True)
    assert refused.value.code == "authentication_required"


def test_money_is_held_and_captured_in_part(at_stripe):
    held = pay(at_stripe, capture_method="manual")
    assert (held.status, held.amount_capturable) == ("requires_capture", 5_000)
    taken = at_stripe.v1.payment_intents.capture(held.id, {"amount_to_capture": 3_000})
    assert (taken.status, taken.amount_received) == ("succeeded", 3_000)
    other = pay(at_stripe, capture_method="manual")
    assert at_stripe.v1.payment_intents.cancel(other.id).status == "canceled"


def test_money_goes_back_in_parts_and_never_more_than_came(at_stripe):
    intent = pay(at_stripe)
    part = at_stripe.v1.refunds.create({"payment_intent": intent.id, "amount": 2_000})
    assert (part.status, part.charge) == ("succeeded", intent.latest_charge)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.refunds.create({"charge": intent.latest_charge, "amount": 3_001})
    assert refused.value.param == "amount"
    at_stripe.v1.refunds.create({"charge": intent.latest_charge})
    charge = at_stripe.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded, len(charge.refunds.data)) == (True, 5_000, 2)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.refunds.create({"charge": intent.latest_charge})
    assert refused.value.code == "charge_already_refunded"


def test_a_refund_may_fail_afterwards(at_stripe):
    intent = pay(at_stripe, "pm_card_refundFail")
    refund = at_stripe.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    at_stripe.knob("clock/advance", seconds=7_200)
    assert at_stripe.v1.refunds.retrieve(refund.id).status == "failed"
    assert at_stripe.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0
    assert at_stripe.kinds()[-1] == "refund.failed"


@pytest.mark.parametrize(("evidence", "ending"), [("winning_evidence", "won"),
                                                  ("losing_evidence", "lost")])  # fmt: skip
def test_a_holder_objects_and_evidence_decides(at_stripe, evidence, ending):
    intent = pay(at_stripe, "pm_card_createDispute")
    (dispute,) = at_stripe.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.status, dispute.amount, dispute.reason) == (
        "needs_response", 5_000, "fraudulent",
    )  # fmt: skip
    assert at_stripe.v1.charges.retrieve(intent.latest_charge).disputed
    assert at_stripe.kinds()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    done = at_stripe.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})
    assert done.status == ending
    assert "charge.dispute.closed" in at_stripe.kinds()
    if ending == "lost":
        with pytest.raises(stripe.InvalidRequestError) as refused:
            at_stripe.v1.refunds.create({"charge": intent.latest_charge})
        assert refused.value.code == "charge_disputed"


def test_connected_accounts_do_not_see_each_other(at_stripe):
    one, two = (
        at_stripe.v1.accounts.create({"country": "HK", "type": "standard"}).id for _ in range(2)
    )
    paid = pay(at_stripe, options={"stripe_account": one})
    assert at_stripe.v1.payment_intents.retrieve(paid.id, None, {"stripe_account": one}).id
    for options in (None, {"stripe_account": two}):
        with pytest.raises(stripe.InvalidRequestError):
            at_stripe.v1.payment_intents.retrieve(paid.id, None, options)
    with pytest.raises(stripe.PermissionError):
        at_stripe.v1.balance.retrieve(None, {"stripe_account": "acct_of_somebody"})


@pytest.mark.parametrize(
    ("change", "param"),
    [({"amount": 0}, "amount"), ({"payment_method": "pm_none"}, "payment_method"),
     ({"allowed_payment_method_types": ["zip"]}, "allowed_payment_method_types")],
)  # fmt: skip
def test_it_refuses_payments_that_are_none(at_stripe, change, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay(at_stripe, **change)
    assert refused.value.param == param

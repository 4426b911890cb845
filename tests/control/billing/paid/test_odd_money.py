"""Money at Stripe that is odd: in parts, twice, past Stripe, foreign, for who is gone."""

from dataclasses import replace

import pytest
import stripe

from control.billing.models import EventState, Invoice, StripeEvent
from control.billing.online import mirror
from control.billing.online.fetching import fetch_invoice
from control.billing.online.inbox import take_in
from control.billing.online.money_back import possible
from control.billing.online.stopping import stop_charging
from control.workspaces.models import WorkspaceState
from kit import clock, jobs
from kit.audit import ControlAuditEntry
from kit.db import control_session, control_transaction
from kit.payments import Notice


@pytest.fixture
def paid(line) -> Invoice:
    return control_session().query(Invoice).filter(Invoice.total_amount > 0).one()


@pytest.fixture
def owed(paid, account, line) -> Invoice:
    """What could not be charged for the second month."""
    v1, customer = line.stripe.client.v1, account.stripe_customer_id
    method = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    subscription = v1.subscriptions.list({"customer": customer}).data[0]
    v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})
    line.pass_days(31.2)
    line.bring()
    control_session().expire_all()
    return control_session().query(Invoice).filter_by(state="open").one()


def pay_apart(line, invoice, amount) -> None:
    """A payment that was made without the invoice, attached to it."""
    v1, customer = line.stripe.client.v1, invoice.account.stripe_customer_id
    intent = v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "cny",
            "customer": customer,
            "confirm": True,
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
        }
    )
    v1.invoices.attach_payment(invoice.stripe_id, {"payment_intent": intent.id})
    line.bring()
    control_session().expire_all()


def test_a_part_leaves_it_owed_and_the_rest_past_stripe_opens_all(owed, account, line):
    pay_apart(line, owed, 10_000)
    assert (owed.state, owed.paid_amount, owed.remaining_amount) == ("open", 10_000, 19_900)
    assert account.standing == "past_due"
    line.stripe.client.v1.invoices.pay(owed.stripe_id, {"paid_out_of_band": True})
    line.bring()
    control_session().expire_all()
    assert (owed.state, owed.outside_amount, account.standing) == ("paid", 19_900, "active")
    # Only what came through Stripe can go back through it.
    assert possible(owed).refund == 10_000


def test_paid_twice_it_is_shown_and_opens_nothing_twice(paid, account, line):
    pay_apart(line, paid, 29_900)
    assert (paid.state, paid.paid_amount, paid.overpaid_amount) == ("paid", 29_900, 29_900)
    assert (paid.remaining_amount, account.standing) == (0, "active")


def test_marked_as_paid_after_the_card_was_charged_stripe_refuses(owed, paid, line):
    with pytest.raises(stripe.InvalidRequestError):
        line.stripe.client.v1.invoices.pay(paid.stripe_id, {"paid_out_of_band": True})
    # The other way round: marked first, charged by a payment that was under way.
    line.stripe.client.v1.invoices.pay(owed.stripe_id, {"paid_out_of_band": True})
    pay_apart(line, owed, 29_900)
    assert (owed.state, owed.outside_amount, owed.overpaid_amount) == ("paid", 29_900, 29_900)


def test_an_invoice_in_another_currency_is_owed_in_that(paid, account, line):
    found = fetch_invoice(paid.stripe_id)
    foreign = replace(
        found,
        stripe_id="in_foreign",
        values=found.values
        | {
            "currency": "USD",
            "state": "open",
            "paid_amount": 0,
            "remaining_amount": 4_900,
            "attempts": 1,
            "due_at": clock.now(),
        },
    )
    assert mirror.show_invoice(foreign, ticket=mirror.take_ticket())
    assert account.standing == "past_due"
    settled = replace(foreign, values=foreign.values | {"state": "paid", "remaining_amount": 0})
    assert mirror.show_invoice(settled, ticket=mirror.take_ticket())
    assert account.standing == "active"


def test_for_a_closed_workspace_it_is_kept_and_logged(paid, account, line):
    account.workspace.state = WorkspaceState.CLOSED
    control_session().commit()
    line.pass_days(32)
    line.bring()
    control_session().expire_all()
    newest = control_session().query(Invoice).order_by(Invoice.id.desc()).first()
    assert (newest.state, account.workspace.state) == ("paid", WorkspaceState.CLOSED)
    logged = control_session().query(ControlAuditEntry).filter_by(subject_id=account.public_id)
    assert "billing:paid_for_closed" in {one.event for one in logged}
    assert {one.state for one in control_session().query(StripeEvent)} <= {
        EventState.DONE,
        EventState.IGNORED,
    }


def test_who_is_gone_is_not_charged_any_more(paid, account, line, work):
    with control_transaction():
        jobs.enqueue_control(stop_charging, workspace_id=account.workspace_id)
        jobs.enqueue_control(stop_charging, workspace_id=account.workspace_id)
    work()
    line.bring()
    found = line.stripe.client.v1.subscriptions.list(
        {"customer": account.stripe_customer_id, "status": "all"}
    )
    assert [one.status for one in found.data] == ["canceled"]
    logged = control_session().query(ControlAuditEntry).filter_by(subject_id=account.public_id)
    assert [one.event for one in logged].count("billing:charging_stopped") == 1


def test_of_a_customer_whom_nobody_knows_the_event_is_kept(paid, account, line):
    stripe_id, paid.stripe_id = paid.stripe_id, "in_of_somebody_else"
    paid.subscription.stripe_id = "sub_of_somebody_else"
    account.stripe_customer_id = None
    control_session().commit()
    event = control_session().query(StripeEvent).filter_by(object_kind="invoice").first()
    again = Notice("evt_of_a_stranger", event.kind, 1_790_000_000, "invoice", stripe_id, body={})
    take_in(again, way="webhook")
    line.work()
    control_session().expire_all()
    found = control_session().query(StripeEvent).filter_by(stripe_id="evt_of_a_stranger").one()
    assert (found.state, found.error) == (EventState.IGNORED, "unknown customer")

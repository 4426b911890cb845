"""After Stripe has given a plan up: one payment of an old invoice is no month for nothing."""

from datetime import timedelta

import pytest

from control.billing import accounts, jobs
from control.billing.models import ChargeState, Invoice, Subscription
from control.billing.online.resuming import resume_halted
from control.billing.usage.sending import send
from control.workspaces.models import WorkspaceState
from kit import clock
from kit.db import control_session
from kit.jobs.tables import JobState
from tests.factories.billing import make_charge

SECOND, FOURTH = 64, 126
"""Days after which the boundary of the second and of the fourth month lies two days back."""


@pytest.fixture
def customer(account, buy, price, line):
    """Somebody who bought, and whose card says no from the second month on."""
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    buy(price)
    use_card("pm_card_chargeCustomerFail", account, line)
    return account


def use_card(card, account, line) -> str:
    v1, customer = line.stripe.client.v1, account.stripe_customer_id
    method = v1.payment_methods.attach(card, {"customer": customer})
    subscription = control_session().query(Subscription).one().stripe_id
    v1.subscriptions.update(subscription, {"default_payment_method": method.id})
    return method.id


def halted_for(days, account, line) -> Invoice:
    """Let time go by until Stripe only drafts; return the one invoice that is open."""
    line.pass_days(days)
    line.bring()
    control_session().expire_all()
    assert accounts.live_subscription(account).state == "unpaid"
    jobs.review_due()
    line.work()
    assert account.standing == WorkspaceState.SUSPENDED
    assert line.stripe.client.v1.invoices.list({"status": "open"}).data[0].attempt_count == 5
    return control_session().query(Invoice).filter_by(state="open").one()


def pay(invoice, line, *, card: str = "pm_card_visa") -> None:
    v1 = line.stripe.client.v1
    good = v1.payment_methods.attach(card, {"customer": invoice.account.stripe_customer_id})
    v1.invoices.pay(invoice.stripe_id, {"payment_method": good.id})
    line.bring()


def states(account) -> list[str]:
    control_session().expire_all()
    found = control_session().query(Invoice).filter_by(account_id=account.id).order_by("issued_at")
    return [one.state for one in found if one.total_amount]


@pytest.mark.parametrize(("days", "void"), [(SECOND, 0), (FOURTH, 2)])
def test_who_pays_is_charged_for_what_runs_and_goes_on(customer, line, work, days, void):
    owed = halted_for(days, customer, line)
    use_card("pm_card_visa", customer, line)
    pay(owed, line)
    assert JobState.DONE in work()
    line.bring()
    assert sorted(states(customer)) == ["paid"] * 3 + ["void"] * void
    charged = line.stripe.client.v1.charges.list({"customer": customer.stripe_customer_id})
    assert [one.amount for one in charged.data if one.paid] == [29_900] * 3
    assert accounts.live_subscription(customer).state == "active"
    assert (customer.standing, accounts.owed_since(customer)) == (WorkspaceState.ACTIVE, None)
    line.pass_days(31)
    line.bring()
    assert states(customer)[-1] == "paid"


def test_declined_again_what_runs_is_owed_from_that_day(customer, line, work):
    pay(halted_for(SECOND, customer, line), line)
    work()
    line.bring()
    # Our clock is held, Stripe's is not.
    clock.advance(timedelta(minutes=5))
    jobs.review_due()
    since = accounts.owed_since(customer)
    assert since is not None
    assert abs(since - clock.now()) < timedelta(minutes=6)
    assert customer.standing == WorkspaceState.PAST_DUE
    line.pass_days(22)
    line.bring()
    jobs.review_due()
    assert customer.standing == WorkspaceState.SUSPENDED


def test_without_an_answer_of_stripes_nothing_is_free_and_nothing_is_charged_twice(
    customer, line, work
):
    owed = halted_for(FOURTH, customer, line)
    use_card("pm_card_visa", customer, line)
    pay(owed, line)
    assert customer.standing == WorkspaceState.PAST_DUE
    assert resume_halted() == 1
    # Twice opened and void, opened and paid: each was done, and none was answered.
    for _ in range(6):
        line.stripe.knob("faults", kind="500_kept", method="POST", times=1, path="/v1/invoices/in_")
        assert JobState.WAITING in work()
        clock.advance(timedelta(minutes=6))
    assert work() == [JobState.DONE]
    line.bring()
    charged = line.stripe.client.v1.charges.list({"customer": customer.stripe_customer_id})
    assert [one.amount for one in charged.data if one.paid] == [29_900] * 3
    assert sorted(states(customer)) == ["paid"] * 3 + ["void"] * 2
    assert customer.standing == WorkspaceState.ACTIVE


def test_what_was_used_beyond_the_plan_waits_for_the_next_invoice(customer, line, work):
    line.pass_days(SECOND - 4)
    charge = make_charge(customer)
    send(charge.id)
    first = charge.stripe_id
    owed = halted_for(FOURTH - SECOND + 4, customer, line)
    use_card("pm_card_visa", customer, line)
    pay(owed, line)
    work()
    work()
    control_session().expire_all()
    assert (charge.state, charge.stripe_id == first) == (ChargeState.SENT, False)
    line.pass_days(31)
    line.bring()
    assert charge.state == ChargeState.INVOICED
    assert charge.invoice_id is not None

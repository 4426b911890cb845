"""The life of a workspace against the server: trial, bought, card fails, read only, pays, back."""

from datetime import timedelta

import pytest

from control.billing import jobs
from control.billing.accounts import live_subscription, owed_since, review
from control.billing.models import BillingNotice, Invoice, InvoiceState, SubscriptionState
from control.billing.online.checkout import begin_checkout
from control.workspaces.models import WorkspaceState
from kit import audit, clock
from kit.db import control_session
from kit.tenancy import Access
from tests.stripe_server import KnobRefused


def standing(account) -> WorkspaceState:
    control_session().expire_all()
    assert account.standing == account.workspace.state
    return WorkspaceState(account.standing)


@pytest.fixture
def trial_is_over(account):
    """Nothing of the trial is left, so that a purchase is charged at once."""
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()


def test_who_buys_in_the_trial_pays_nothing_before_its_end(account, buy, price, line):
    ends = account.workspace.trial_ends_at
    buy(price, extra_seats=3)
    bought = live_subscription(account)
    assert bought is not None
    assert (bought.state, bought.extra_seats) == (SubscriptionState.TRIALING, 3)
    assert abs(bought.trial_ends_at - ends) < timedelta(seconds=2)
    assert account.plan_version_id == price.plan_version_id
    assert standing(account) == WorkspaceState.TRIAL
    line.pass_days(31)
    line.bring()
    assert standing(account) == WorkspaceState.ACTIVE
    paid = [one for one in control_session().query(Invoice) if one.total_amount]
    assert [(one.total_amount, one.state) for one in paid] == [(35_900, InvoiceState.PAID)]


@pytest.mark.usefixtures("trial_is_over")
def test_a_whole_life(account, buy, price, line):
    review(account)
    assert standing(account) == WorkspaceState.PAST_DUE
    buy(price)
    assert standing(account) == WorkspaceState.ACTIVE
    customer = account.stripe_customer_id
    method = line.stripe.client.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer}
    )
    line.stripe.client.v1.customers.update(
        customer, {"invoice_settings": {"default_payment_method": method.id}}
    )
    subscription = live_subscription(account)
    line.stripe.client.v1.subscriptions.update(
        subscription.stripe_id, {"default_payment_method": method.id}
    )
    line.pass_days(31.2)
    line.bring()
    assert standing(account) == WorkspaceState.PAST_DUE
    since = owed_since(account)
    assert since is not None
    for days, state, access in (
        (10, WorkspaceState.PAST_DUE, Access.FULL),
        (14, WorkspaceState.READ_ONLY, Access.READ_ONLY),
        (21, WorkspaceState.SUSPENDED, Access.UNPAID),
    ):
        line.pass_days((since + timedelta(days=days, seconds=1) - clock.now()) / timedelta(days=1))
        line.bring()
        jobs.review_due()
        assert standing(account) == state, days
        assert account.workspace.access == access
    invoice = control_session().query(Invoice).filter_by(state="open").one()
    good = line.stripe.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    line.stripe.client.v1.invoices.pay(invoice.stripe_id, {"payment_method": good.id})
    line.bring()
    assert owed_since(account) is None
    assert standing(account) == WorkspaceState.ACTIVE
    assert account.workspace.access == Access.FULL


@pytest.mark.usefixtures("trial_is_over")
def test_a_card_that_is_declined_on_the_page_buys_nothing(account, buy, price, line):
    with pytest.raises(KnobRefused):
        buy(price, number="4000000000000002")
    line.bring()
    assert live_subscription(account) is None
    review(account)
    assert standing(account) == WorkspaceState.PAST_DUE


def test_reminders_come_once_each(account, held, work):
    ends = account.workspace.trial_ends_at
    told = []
    for before in (8, 7, 6.5, 3, 1, 0.5):
        clock.advance(ends - timedelta(days=before) - clock.now())
        jobs.review_due()
        jobs.review_due()
        work()
        control_session().expire_all()
        told.append(account.review_at)
    noted = control_session().query(BillingNotice).filter_by(account_id=account.id)
    abouts = [one.about for one in noted.order_by("id")]
    assert abouts == ["trial-7", "trial-3", "trial-1"]
    assert all(one is not None and one > clock.now() - timedelta(days=8) for one in told)


def test_one_click_sent_twice_is_one_page(account, price, line):
    ways = {
        "extra_seats": 0,
        "submission": "same",
        "back_url": "http://acme.localhost/",
        "by": audit.SYSTEM,
    }
    assert begin_checkout(account, price, **ways) == begin_checkout(account, price, **ways)

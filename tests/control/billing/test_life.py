"""The life of a workspace against the server: trial, bought, card fails, read only, pays, back."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from control.billing import jobs
from control.billing.accounts import account_of, live_subscription, owed_since, review
from control.billing.models import BillingNotice, Invoice, InvoiceState, SubscriptionState
from control.billing.online.checkout import begin_checkout
from control.billing.schedule import set_schedule
from control.billing.standing import DunningSchedule
from control.signup.models import Signup
from control.workspaces.models import WorkspaceState
from control.workspaces.services import ask_closing, bury, take_back_closing
from kit import audit, clock, mail
from kit.db import control_session
from kit.errors import Refused
from kit.jobs.tables import control_outbox
from kit.tenancy import Access
from tests.factories.control import make_signup
from tests.stripe_server import KnobRefused


@pytest.fixture(autouse=True)
def _no_mail_of_others(sent):
    """What was sent before is forgotten."""


def make_signup_of(account) -> None:
    signup = make_signup(locale="en")
    control_session().get_one(Signup, signup.id).workspace_id = account.workspace_id
    control_session().execute(delete(control_outbox).where(control_outbox.c.kind.like("signup%")))
    control_session().commit()


def buy_for(account, price) -> None:
    begin_checkout(
        account, price, extra_seats=0, submission="x", back_url="http://x/", by=audit.SYSTEM
    )


def standing(account, where="state") -> WorkspaceState:
    control_session().expire_all()
    assert account.standing == getattr(account.workspace, where)
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
    paid_until = live_subscription(account).paid_until
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
    # The next period has begun, but nobody has paid for it.
    assert live_subscription(account).paid_until == paid_until
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


def abouts(account) -> list[str]:
    noted = control_session().query(BillingNotice).filter_by(account_id=account.id)
    return [one.about for one in noted.order_by("id")]


def test_who_leaves_is_told_nothing_of_money_and_who_stays_after_all_again(account, held, work):
    ask_closing(account.workspace, reason="over", by=audit.SYSTEM)
    clock.advance(account.workspace.trial_ends_at + timedelta(days=11) - clock.now())
    jobs.review_due()
    assert abouts(account) == []
    assert standing(account, "closing_from") == WorkspaceState.PAST_DUE
    take_back_closing(account.workspace, by=audit.SYSTEM)
    jobs.review_due()
    assert [one.partition("-")[0] for one in abouts(account)] == ["past_due", "notice"]
    # What is on its way when it is asked for, is not sent any more.
    ask_closing(account.workspace, reason="over", by=audit.SYSTEM)
    make_signup_of(account)
    work()
    assert [one for one in mail.kept() if "/settings/billing" in one.body] == []
    bury(account.workspace)
    account.review_at = clock.now()
    control_session().commit()
    jobs.review_due()
    assert account.review_at is None


def test_a_sandbox_stands_where_its_original_stands(account, rival, price, buy, line):
    sandbox = account_of(rival.id)
    sandbox.workspace.sandbox_of_id = account.workspace_id
    sandbox.workspace.trial_ends_at = clock.now() + timedelta(days=1)
    control_session().commit()
    clock.advance(timedelta(days=2))
    jobs.review_due()
    assert (sandbox.standing, abouts(sandbox)) == (WorkspaceState.TRIAL, [])
    account.workspace.trial_ends_at = clock.now() - timedelta(days=30)
    control_session().commit()
    review(account)
    jobs.review_due()
    assert standing(sandbox) == WorkspaceState.SUSPENDED
    buy(price)
    jobs.review_due()
    assert standing(sandbox) == standing(account) == WorkspaceState.ACTIVE
    assert sandbox.plan_version_id == price.plan_version_id
    assert abouts(sandbox) == []
    with pytest.raises(Refused, match="sandbox"):
        buy_for(sandbox, price)


def test_a_short_trial_is_reminded_of_the_days_that_are_left(account, held, work):
    make_signup_of(account)
    account.workspace.created_at = clock.now()
    account.workspace.trial_ends_at = ends = clock.now() + timedelta(days=5)
    control_session().commit()
    told, sent = [], 0
    for before in (5, 2, 1, 0.01):
        clock.advance(ends - timedelta(days=before) - clock.now())
        jobs.review_due()
        work()
        told.append("; ".join(one.subject for one in mail.kept()[: len(mail.kept()) - sent]))
        sent = len(mail.kept())
    name = account.workspace.name
    assert told == [
        "",
        f"The trial of {name} ends in 2 days",
        f"The trial of {name} ends in 1 day",
        "",
    ]


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
    assert abouts(account) == ["trial-7", "trial-3", "trial-1"]
    assert all(one is not None and one > clock.now() - timedelta(days=8) for one in told)


def test_the_days_between_charges_are_those_of_our_own_server(stripe_here, work):
    set_schedule(DunningSchedule(retry_days=(2, 3)), by=audit.SYSTEM)
    work()
    assert stripe_here.knob("settings")["retry_days"] == [2, 3]


def test_one_click_sent_twice_is_one_page(account, price, line):
    ways = {
        "extra_seats": 0,
        "submission": "same",
        "back_url": "http://acme.localhost/",
        "by": audit.SYSTEM,
    }
    assert begin_checkout(account, price, **ways) == begin_checkout(account, price, **ways)

"""What is owed is shown whole, and each of it can be paid: also what Stripe has given up."""

from datetime import timedelta

import pytest

from control.billing import accounts, jobs
from control.billing.models import Invoice
from control.billing.online.money_back import Way, take_back
from control.workspaces.directory import directory
from kit import audit, clock
from kit.db import control_session, workspace_scope
from tests.factories import accounts as accounts_of

HOME = "/settings/billing/"


@pytest.fixture
def owner(client, acme):
    """Let the owner log in, who does so after what happened: no log-in lasts for a month."""

    def log_in():
        with workspace_scope(acme):
            return accounts_of.signed_in(client, accounts_of.owner())

    return log_in


@pytest.fixture
def unpaid(account, buy, price, line) -> Invoice:
    """The second month's invoice, which Stripe has marked as uncollectible."""
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    buy(price)
    v1, customer = line.stripe.client.v1, account.stripe_customer_id
    bad = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    subscription = accounts.live_subscription(account).stripe_id
    v1.subscriptions.update(subscription, {"default_payment_method": bad.id})
    line.pass_days(31.2)
    line.bring()
    found = control_session().query(Invoice).filter_by(state="open").one()
    v1.invoices.mark_uncollectible(found.stripe_id)
    line.bring()
    control_session().expire_all()
    assert found.state == "uncollectible"
    return found


def of(account, **values) -> Invoice:
    usual = {
        "account_id": account.id,
        "provider": "transfer",
        "state": "open",
        "currency": "CNY",
        "due_at": clock.now() - timedelta(days=3),
    }
    made = Invoice(**usual | values)
    control_session().add(made)
    control_session().commit()
    return made


def test_what_stripe_gave_up_is_shown_and_can_be_paid(owner, unpaid, account, line):
    of(account, number="ST-1", total_amount=700, remaining_amount=700, reason="subscription_create")
    of(account, number="ST-2", total_amount=900, remaining_amount=900, reason="manual")
    owner = owner()
    page = owner.get(HOME).text
    assert "¥308.00" in page.partition("<main")[2]
    assert page.count(f'href="{unpaid.page_url}"') == 1
    assert "不会自动重试" in page
    shown = owner.get(HOME + f"invoices/{unpaid.public_id}").text
    assert f'href="{unpaid.page_url}"' in shown
    v1 = line.stripe.client.v1
    good = v1.payment_methods.attach("pm_card_visa", {"customer": account.stripe_customer_id})
    v1.invoices.pay(unpaid.stripe_id, {"payment_method": good.id})
    line.bring()
    control_session().expire_all()
    shown = owner.get(HOME + f"invoices/{unpaid.public_id}").text
    assert f'href="{unpaid.page_url}"' not in shown
    assert "¥9.00" in owner.get(HOME).text.partition("<main")[2]


def test_who_is_shut_out_may_end_the_plan_and_keep_it_after_all(owner, unpaid, account, line):
    line.pass_days(22)
    jobs.review_due()
    directory.forget()
    try:
        assert account.standing == "suspended"
        owner = owner()
        assert owner.get(HOME + "give-up").status_code == 200
        refused = owner.submit(HOME + "give-up", {"password": "not mine", "reason": ""})
        assert refused.status_code == 422
        typed = {"password": accounts_of.PASSWORD, "reason": "太贵"}
        assert owner.submit(HOME + "give-up", typed).status_code in {302, 303}
        assert accounts.live_subscription(account).cancels_at is not None
        token = owner.token(HOME)
        assert owner.post(HOME + "keep", data={"csrf_token": token}).status_code in {302, 303}
        assert accounts.live_subscription(account).cancels_at is None
    finally:
        directory.forget()


@pytest.fixture
def other(client, rival):
    with workspace_scope(rival):
        return accounts_of.signed_in(client, accounts_of.owner())


def test_a_credit_note_is_listed_with_its_document(owner, other, account, buy, price):
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    buy(price)
    paid = control_session().query(Invoice).filter(Invoice.total_amount > 0).one()
    take_back(paid, Way.CREDIT, amount=1_000, reason="两天不能用", submission="c", by=audit.SYSTEM)
    (noted,) = paid.credited_by
    page = owner().get(HOME + f"invoices/{paid.public_id}").text
    assert noted.number in page
    assert f'href="{noted.pdf_url}"' in page
    assert "两天不能用" in page
    assert other.get(HOME + f"invoices/{paid.public_id}").status_code == 404

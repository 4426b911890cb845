"""One workspace, one plan: open pages sell nothing, and what was bought twice goes back."""

from datetime import timedelta

import pytest

from control.billing import accounts
from control.billing.models import BillingNotice, Invoice, Subscription
from control.billing.online.catalogue import ensure_sold
from control.billing.online.checkout import begin_checkout
from control.billing.transfer import buying
from control.billing.transfer.receiving import receive
from control.billing.transfer.terms import TransferTerms, set_terms
from kit import audit, clock
from kit.audit import ControlAuditEntry
from kit.db import control_session
from kit.payments import Unclear
from tests.control.billing.transfer.conftest import movement
from tests.stripe_server import KnobRefused


@pytest.fixture
def now_paid(account):
    """Nothing of the trial is left: what is bought is charged at once."""
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    return account


def open_page(account, price, name) -> str:
    url = begin_checkout(
        account,
        price,
        extra_seats=0,
        submission=name,
        back_url="http://acme.localhost/settings/billing",
        by=audit.SYSTEM,
    )
    return url.rstrip("/").rsplit("/", 1)[-1].split("#")[0]


def pages(line, state) -> list[str]:
    found = line.stripe.client.v1.checkout.sessions.list({"limit": 10})
    return [one.id for one in found.data if one.status == state]


def at_stripe(line) -> list[str]:
    return sorted(
        one.status for one in line.stripe.client.v1.subscriptions.list({"status": "all"}).data
    )


def kept_of_charges(line) -> list[int]:
    found = line.stripe.client.v1.charges.list({"limit": 10}).data
    return sorted(one.amount - one.amount_refunded for one in found if one.paid)


def settle(line) -> None:
    """What Stripe tells, and what follows from that."""
    for _ in range(3):
        line.bring()
    control_session().expire_all()


def timeline(account) -> list[str]:
    found = control_session().query(ControlAuditEntry).filter_by(subject_id=account.public_id)
    return [one.event for one in found]


def test_who_goes_back_and_chooses_another_plan_has_one_page(now_paid, price, larger, line):
    first = open_page(now_paid, price, "one")
    second = open_page(now_paid, larger, "two")
    assert (pages(line, "expired"), pages(line, "open")) == ([first], [second])
    with pytest.raises(KnobRefused):
        line.stripe.knob(f"checkout/{first}/complete")
    line.stripe.knob(f"checkout/{second}/complete")
    settle(line)
    assert accounts.live_subscription(now_paid).plan_version_id == larger.plan_version_id
    assert now_paid.checkouts == []


def test_a_page_on_which_was_bought_a_moment_ago_is_no_reason_for_another(now_paid, price, line):
    line.stripe.knob(f"checkout/{open_page(now_paid, price, 'one')}/complete")
    with pytest.raises(Exception, match="bought already"):
        open_page(now_paid, price, "two")
    assert pages(line, "open") == []
    assert accounts.live_subscription(now_paid) is not None


def test_both_pages_completed_before_stripe_told_of_one(now_paid, price, larger, line):
    first = open_page(now_paid, price, "one")
    path = f"/v1/checkout/sessions/{first}"
    line.stripe.knob("faults", kind="500", method="POST", times=3, path=path)
    with pytest.raises(Unclear):
        open_page(now_paid, larger, "two")
    (second,) = set(pages(line, "open")) - {first}
    line.stripe.knob(f"checkout/{first}/complete")
    line.stripe.knob(f"checkout/{second}/complete")
    settle(line)
    assert at_stripe(line) == ["active", "canceled"]
    assert kept_of_charges(line) == [0, 29_900]
    assert accounts.live_subscription(now_paid).plan_version_id == price.plan_version_id
    assert timeline(now_paid).count("billing:double_ended") == 1
    told = control_session().query(BillingNotice).filter(BillingNotice.about.like("double-%"))
    assert told.count() == 1
    settle(line)
    assert kept_of_charges(line) == [0, 29_900]


def test_a_second_plan_that_is_in_use_is_left_to_an_operator(now_paid, price, larger, line, buy):
    buy(price)
    settle(line)
    second = control_session().query(Subscription).one()
    customer, sold = now_paid.stripe_customer_id, larger
    v1 = line.stripe.client.v1
    made = v1.subscriptions.create(
        {
            "customer": customer,
            "items": [{"price": ensure_sold(sold).stripe_price_id}],
            "default_payment_method": v1.subscriptions.retrieve(
                second.stripe_id
            ).default_payment_method,
        }
    )
    line.pass_days(9)
    settle(line)
    assert at_stripe(line) == ["active", "active"]
    assert timeline(now_paid).count("billing:double_doubted") == 1
    assert made.status == "active"


@pytest.fixture
def terms(db) -> None:
    set_terms(TransferTerms("号树", "招商银行", "7559", "", 10, 14), by=audit.SYSTEM)


def ordered(account, price) -> Invoice:
    return buying.order(account, price, extra_seats=0, moment=clock.now(), by=audit.SYSTEM)


@pytest.mark.usefixtures("terms")
def test_an_order_by_transfer_closes_the_page(now_paid, price, line, work):
    page = open_page(now_paid, price, "one")
    ordered(now_paid, price)
    work()
    assert pages(line, "expired") == [page]


@pytest.mark.usefixtures("terms")
def test_bought_in_an_old_tab_though_the_transfer_was_paid(now_paid, price, line):
    page = open_page(now_paid, price, "one")
    invoice = ordered(now_paid, price)
    receive(invoice, movement(invoice), by=audit.SYSTEM)
    line.stripe.knob(f"checkout/{page}/complete")
    settle(line)
    assert at_stripe(line) == ["canceled"]
    assert kept_of_charges(line) == [0]
    live = accounts.live_subscription(now_paid)
    assert (live.provider, now_paid.standing) == ("transfer", "active")

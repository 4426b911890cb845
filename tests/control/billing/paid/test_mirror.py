"""Events that come twice, or never: the mirror ends up the same."""

import pytest

from control.billing.models import Drift
from control.billing.online import inbox, reconcile
from control.billing.online.changing import apply_change
from kit import audit, clock
from kit.db import control_session
from kit.errors import Refused
from tests.control.billing.bought import account_of_acme
from tests.control.billing.conftest import make_plan
from tests.control.billing.picture import picture


@pytest.fixture(scope="module")
def past(past):
    """A year in short: bought, seats added, a refund, a failed month, paid; none of it told."""
    with past.going_on() as line:
        account, larger = account_of_acme(), make_plan("large", 59_900, seats=50)
        line.pass_days(1)
        apply_change(
            account, larger, extra_seats=2, moment=clock.now(), submission="1", by=audit.SYSTEM
        )
        v1 = line.stripe.client.v1
        charge = v1.charges.list({"customer": account.stripe_customer_id}).data[0]
        v1.refunds.create({"charge": charge.id, "amount": 100})
        line.pass_days(35)
    return past


@pytest.fixture
def history(line):
    news = line.news()
    kinds = {one.kind for one in news}
    assert {"customer.subscription.updated", "charge.refunded", "invoice.paid"} <= kinds
    return news


def test_an_event_that_comes_twice_is_entered_once_and_counted(history, line):
    first = history[0]
    assert inbox.take_in(first, way="webhook")
    assert not inbox.take_in(first, way="webhook")
    control_session().expire_all()
    event = inbox.find_event(first.id)
    assert event.deliveries == 2
    line.work()


def test_a_replay_of_one_that_waits_is_refused(history):
    event = next(one for one in history if one.object_kind == "invoice")
    inbox.take_in(event, way="webhook")
    with pytest.raises(Refused):
        inbox.replay(inbox.find_event(event.id), by=audit.SYSTEM)


def test_what_decides_nothing_is_entered_and_makes_no_work(history):
    event = next(one for one in history if one.object_kind == "customer")
    assert inbox.take_in(event, way="webhook")
    assert inbox.waiting_count() == 0
    assert inbox.find_event(event.id).state == "ignored"


def test_what_no_event_told_is_found_mended_and_written_down(history, account, line):
    drifted = reconcile.compare_due().drifted
    assert drifted > 0
    once = picture(account)
    assert [row[1] for row in once[2]] == ["active"]
    notes = control_session().query(Drift).all()
    assert len(notes) == drifted
    assert all(one.differences for one in notes)
    assert reconcile.compare_due().drifted == 0
    line.bring(history)
    assert picture(account) == once

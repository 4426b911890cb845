"""Use beyond the plan is paid by transfer, too: with the renewal, or alone where it is far off."""

from datetime import timedelta

import pytest

from control.billing.jobs import review_due
from control.billing.models import ChargeState, Interval, InvoiceState, PlanPrice
from control.billing.transfer import drawing
from control.billing.transfer.renewing import bill_charges, do_due
from kit import audit, clock
from kit.db import control_session
from tests.control.billing.transfer.conftest import check_sums, invoices, later, pay
from tests.factories.billing import make_charge

BEFORE_THE_END = timedelta(days=13)


@pytest.fixture
def charge(account, bought):
    made = make_charge(account)
    control_session().commit()
    return made


def look():
    for _each in range(2):
        do_due()
    control_session().expire_all()


def drawn(account, reason):
    return [one for one in invoices(account) if one.reason == reason]


def test_the_renewal_takes_it_along_once_and_says_what_for(account, bought, charge):
    look()
    assert charge.state == ChargeState.RECKONED
    later((bought.period_ends_at - BEFORE_THE_END - clock.now()) / timedelta(days=1))
    look()
    (renewal,) = drawn(account, "subscription_cycle")
    assert renewal.total_amount == 29_900 + charge.amount
    assert (charge.state, charge.invoice_id) == (ChargeState.INVOICED, renewal.id)
    line = renewal.lines[-1]
    assert (line["amount"], line["recurs"]) == (1_980, False)
    assert set(line["texts"]) == {"zh_Hans_CN", "en"}
    assert "9.90" in line["texts"]["en"]
    pay(renewal)
    assert drawn(account, "manual") == []


def test_what_was_on_a_void_invoice_is_on_the_next(account, bought, charge):
    later((bought.period_ends_at - BEFORE_THE_END - clock.now()) / timedelta(days=1))
    look()
    (first,) = drawn(account, "subscription_cycle")
    drawing.void(first, reason="mistake", by=audit.SYSTEM)
    control_session().expire_all()
    assert (charge.state, charge.invoice_id) == (ChargeState.RECKONED, None)
    look()
    assert charge.state == ChargeState.INVOICED
    assert charge.invoice_id != first.id
    check_sums(account)


def test_with_a_year_before_the_next_one_it_comes_alone_and_is_owed(
    account, price, order, charge, bought
):
    bought.interval = Interval.YEAR
    bought.period_ends_at += timedelta(days=334)
    control_session().add(
        PlanPrice(
            plan_version_id=price.plan_version_id, currency="CNY", interval="year", amount=299_000
        )
    )
    control_session().commit()
    look()
    (alone,) = drawn(account, "manual")
    assert (alone.total_amount, alone.state, alone.period_began_at) == (
        1_980, InvoiceState.OPEN, None,
    )  # fmt: skip
    ends = bought.period_ends_at
    later(11)
    review_due()
    control_session().expire_all()
    assert account.standing == "past_due"
    pay(alone)
    assert account.standing == "active"
    # It gives nothing but peace.
    assert (bought.period_ends_at, charge.state) == (ends, ChargeState.INVOICED)
    assert len(drawn(account, "manual")) == 1


def test_after_the_plan_has_ended_it_comes_alone(account, bought, charge):
    bought.cancels_at = bought.period_ends_at
    control_session().commit()
    later((bought.period_ends_at - clock.now()) / timedelta(days=1) + 0.01)
    look()
    (alone,) = drawn(account, "manual")
    assert alone.total_amount == 1_980
    assert bill_charges(account, by=audit.SYSTEM) is None


def test_what_was_let_off_is_on_no_invoice(account, bought, charge):
    charge.waived_by, charge.waived_at = "operator", clock.now()
    charge.state = ChargeState.WAIVED
    bought.cancels_at = bought.period_ends_at
    control_session().commit()
    later((bought.period_ends_at - clock.now()) / timedelta(days=1) + 0.01)
    look()
    assert drawn(account, "manual") == []

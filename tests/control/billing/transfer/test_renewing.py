"""The next period: invoiced once and in time, owed from its first day, given when it is paid."""

from datetime import UTC, datetime, timedelta

import pytest

from control.billing.accounts import live_subscription, review
from control.billing.jobs import review_due
from control.billing.models import BillingNotice, BookEntry, InvoiceState, SubscriptionState
from control.billing.online.taxes import set_rate
from control.billing.transfer import buying
from control.billing.transfer.quoting import period_end
from control.billing.transfer.renewing import do_due
from control.workspaces.models import WorkspaceState
from kit import audit, clock
from kit.db import control_session
from kit.errors import Refused
from tests.control.billing.transfer.conftest import check_sums, invoices, later, pay


def renewals(account):
    return [one for one in invoices(account) if one.reason == "subscription_cycle"]


def until(moment) -> None:
    later((moment - clock.now()).total_seconds() / 86_400)


def look(account):
    """The duties of the clock, some minutes later, twice."""
    later(0.01)
    for _each in range(2):
        do_due()
        review_due()
    control_session().expire_all()


def test_it_is_drawn_once_and_paying_moves_the_period_on(bought, account):
    first_end = bought.period_ends_at
    until(first_end - timedelta(days=15))
    look(account)
    assert renewals(account) == []
    later(2)
    look(account)
    (next_one,) = renewals(account)
    assert (next_one.period_began_at, next_one.due_at) == (first_end, first_end)
    assert "29900" in str(next_one.lines[0]["amount"])
    pay(next_one)
    assert bought.period_ends_at == next_one.period_ends_at > first_end
    look(account)
    assert len(renewals(account)) == 1
    assert account.standing == WorkspaceState.ACTIVE


def test_the_tax_in_it_is_said_by_the_rate_in_force(bought, account):
    set_rate("CNY", points=600, name="增值税", by=audit.SYSTEM)
    until(bought.period_ends_at - timedelta(days=13))
    look(account)
    (drawn,) = renewals(account)
    # 299.00 with 6 % in it: 282.08 and 16.92.
    assert (drawn.total_amount, drawn.tax_amount) == (29_900, 1_692)
    (entry,) = control_session().query(BookEntry).filter_by(invoice_id=drawn.id).all()
    assert (entry.amount, entry.tax_amount) == (29_900, 1_692)


def test_unpaid_it_goes_down_the_stair_and_paid_it_is_back(bought, account):
    until(bought.period_ends_at - timedelta(days=1))
    look(account)
    (owed,) = renewals(account)
    # Drawn late, it still gives its days.
    assert owed.due_at > bought.period_ends_at
    states = []
    for days in (0, 14, 21):
        until(owed.due_at + timedelta(days=days))
        look(account)
        states.append((account.standing, bought.state))
    assert states == [
        (WorkspaceState.PAST_DUE, SubscriptionState.PAST_DUE),
        (WorkspaceState.READ_ONLY, SubscriptionState.PAST_DUE),
        (WorkspaceState.SUSPENDED, SubscriptionState.UNPAID),
    ]
    assert len(renewals(account)) == 1
    pay(owed, 100)
    assert account.workspace.state == WorkspaceState.SUSPENDED
    pay(owed)
    assert account.workspace.state == WorkspaceState.ACTIVE
    assert bought.state == SubscriptionState.ACTIVE


def test_who_pays_after_the_period_gets_a_whole_one(bought, account):
    until(bought.period_ends_at)
    look(account)
    (owed,) = renewals(account)
    later(60)
    look(account)
    pay(owed)
    assert bought.period_began_at == clock.now()
    assert bought.period_ends_at == period_end(clock.now(), "month")


def test_a_clock_that_stood_still_draws_one_for_each_period(bought, account):
    first_end = bought.period_ends_at
    later(100)
    look(account)
    assert [one.period_began_at for one in renewals(account)] == [first_end]
    assert account.standing == WorkspaceState.ACTIVE


def test_credit_pays_the_renewal_without_anybody(bought, account):
    pay(invoices(account)[0], 40_000)
    until(bought.period_ends_at - timedelta(days=1))
    look(account)
    (next_one,) = renewals(account)
    check_sums(account)
    assert (next_one.state, account.credit_amount) == (InvoiceState.PAID, 10_100)
    assert bought.period_ends_at == next_one.period_ends_at


def test_an_offer_lapses_unless_money_came_or_may_have(order, account, held):
    lapsing = order()
    later(11)
    look(account)
    assert (lapsing.state, lapsing.remaining_amount) == (InvoiceState.VOID, 0)
    begun = order()
    pay(begun, 1)
    later(11)
    look(account)
    assert begun.state == InvoiceState.OPEN
    # The stair is that of the trial: an order that is not paid neither lengthens nor shortens it.
    assert account.standing == WorkspaceState.SUSPENDED


def test_given_up_it_ends_with_what_is_paid(bought, account):
    until(bought.period_ends_at - timedelta(days=5))
    look(account)
    (open_one,) = renewals(account)
    buying.give_up(account, reason="too dear", by=audit.SYSTEM)
    control_session().expire_all()
    assert (open_one.state, account.standing) == (InvoiceState.VOID, WorkspaceState.ACTIVE)
    until(bought.period_ends_at)
    look(account)
    assert (bought.state, account.standing) == (
        SubscriptionState.CANCELED,
        WorkspaceState.READ_ONLY,
    )
    with pytest.raises(Refused):
        buying.keep(account, by=audit.SYSTEM)


def test_kept_after_all_it_is_invoiced_at_once(bought, account):
    until(bought.period_ends_at - timedelta(days=5))
    buying.give_up(account, reason="x", by=audit.SYSTEM)
    look(account)
    assert renewals(account) == []
    buying.keep(account, by=audit.SYSTEM)
    assert [one.state for one in renewals(account)] == ["open"]


def test_nothing_is_invoiced_to_who_is_leaving(bought, account):
    account.workspace.state = WorkspaceState.CLOSING
    account.workspace.closing_from = WorkspaceState.ACTIVE
    control_session().commit()
    until(bought.period_ends_at)
    look(account)
    assert renewals(account) == []


def test_the_owner_is_told_once_of_each_step(bought, account, work, sent, owner_known):
    until(bought.period_ends_at - timedelta(days=3))
    look(account)
    (owed,) = renewals(account)
    until(owed.due_at + timedelta(days=15))
    look(account)
    work()
    said = [one.subject for one in sent()]
    assert sum(owed.number in one for one in said) == 1
    texts = " ".join(one.body for one in sent())
    assert "4111" not in texts
    assert "7559 0000 1234" in texts
    assert owed.reference in texts
    assert control_session().query(BillingNotice).filter_by(account_id=account.id).count() >= 2


@pytest.mark.parametrize(
    ("began", "anchor", "ends"),
    [
        ((2027, 1, 31), (2027, 1, 31), (2027, 2, 28)),
        ((2027, 2, 28), (2027, 1, 31), (2027, 3, 31)),
        ((2027, 3, 10), (2027, 1, 31), (2027, 4, 10)),
        ((2027, 12, 5), (2027, 12, 5), (2028, 1, 5)),
    ],
)
def test_a_period_ends_on_the_day_it_began(began, anchor, ends):
    at = [datetime(*day, 3, tzinfo=UTC) for day in (began, anchor, ends)]
    assert period_end(at[0], "month", anchor=at[1]) == at[2]
    assert period_end(at[0], "year").year == at[0].year + 1


def test_a_review_finds_nothing_to_change(bought, account):
    review(account)
    assert live_subscription(account).state == SubscriptionState.ACTIVE

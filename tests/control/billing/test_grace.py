"""A workspace that waits to be deleted is charged for no other period; if it stays, it goes on."""

from datetime import timedelta

import pytest

from control.billing import grace
from control.billing.accounts import live_subscription
from control.billing.models import Invoice
from control.billing.online import changing
from control.billing.online.checkout import begin_checkout
from control.billing.transfer import buying
from control.billing.transfer.renewing import do_due
from control.workspaces import services as workspaces
from kit import audit, clock
from kit.audit import ControlAuditEntry
from kit.db import control_session
from kit.errors import Refused
from tests.control.billing.transfer.conftest import bought, order, pay, terms, trial_over
from tests.control.billing.transfer.conftest import invoices as all_invoices

__all__ = ["bought", "order", "terms", "trial_over"]


@pytest.fixture
def card(account, buy, price, line):
    """Paid by card for the first month, ten days ago."""
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    buy(price)
    line.pass_days(10)
    return live_subscription(account)


def close(workspace):
    workspaces.ask_closing(workspace, reason="停业", by=audit.SYSTEM)


def keep(workspace):
    workspaces.take_back_closing(workspace, by=audit.SYSTEM)
    control_session().expire_all()


def at_stripe(line, card):
    control_session().expire_all()
    return line.stripe.client.v1.subscriptions.retrieve(card.stripe_id)


def noted(account) -> list[str]:
    names = control_session().query(ControlAuditEntry.event).filter_by(subject_id=account.public_id)
    return [name for (name,) in names if name.startswith("billing:renewal")]


def test_the_card_is_not_charged_again_while_it_waits(account, card, line, work, workspace):
    close(workspace)
    work()
    assert at_stripe(line, card).cancel_at_period_end
    assert card.cancels_at == card.period_ends_at
    line.bring()
    line.pass_days(25)
    line.bring()
    assert at_stripe(line, card).status == "canceled"
    assert control_session().query(Invoice).count() == 1
    assert workspace.state == "closing"
    # Too late for this plan: the workspace stays, and another has to be chosen.
    keep(workspace)
    work()
    assert (workspace.state, live_subscription(account)) == ("read_only", None)
    assert noted(account) == ["billing:renewal_stopped"]


def test_taken_back_within_the_period_it_goes_on_as_before(account, card, line, work, workspace):
    close(workspace)
    work()
    keep(workspace)
    work()
    assert not at_stripe(line, card).cancel_at_period_end
    assert (card.cancels_at, card.ends_with_workspace) == (None, False)
    line.bring()
    line.pass_days(22)
    line.bring()
    assert [one.state for one in control_session().query(Invoice)] == ["paid", "paid"]
    assert noted(account) == ["billing:renewal_stopped", "billing:renewal_goes_on"]


@pytest.mark.parametrize("kind", ["down", "500_after", "500_kept", "cut"])
def test_whatever_gets_lost_on_the_way_to_stripe(card, line, work, workspace, kind):
    line.stripe.knob("faults", kind=kind, times=9, method="POST", path="/v1/subscriptions")
    close(workspace)
    work()
    assert workspace.state == "closing"
    line.stripe.knob("reset")
    # The work is tried again, and the clock looks besides.
    assert grace.follow_all() == 1
    work()
    assert at_stripe(line, card).cancel_at_period_end
    assert card.ends_with_workspace
    assert grace.follow_all() == 0


def test_both_asked_while_stripe_is_down_end_where_the_last_said(card, line, work, workspace):
    line.stripe.knob("faults", kind="down", times=9, method="POST", path="/v1/subscriptions")
    close(workspace)
    work()
    keep(workspace)
    line.stripe.knob("reset")
    grace.follow_all()
    work()
    assert not at_stripe(line, card).cancel_at_period_end
    assert card.cancels_at is None


def test_given_up_before_it_stays_given_up(account, card, line, work, workspace):
    changing.give_up(account, reason="x", by=audit.SYSTEM)
    close(workspace)
    work()
    keep(workspace)
    work()
    assert at_stripe(line, card).cancel_at_period_end
    assert noted(account) == []


def test_while_it_waits_nothing_is_bought_changed_or_kept(account, card, price, larger, workspace):
    close(workspace)
    deeds = (
        lambda: changing.take_back_giving_up(account, by=audit.SYSTEM),
        lambda: changing.preview_change(account, larger, extra_seats=0),
        lambda: begin_checkout(
            account, price, extra_seats=0, submission="x", back_url="http://x", by=audit.SYSTEM
        ),
        lambda: buying.quote_purchase(account, price, extra_seats=0, moment=clock.now()),
        lambda: buying.quote_new(account, larger, extra_seats=0, moment=clock.now()),
    )
    for deed in deeds:
        with pytest.raises(Refused, match="to be deleted"):
            deed()


def renewals(account):
    found = all_invoices(account, reason="subscription_cycle")
    return [(one.state, one.total_amount) for one in found]


def go_to(moment):
    clock.advance(moment - clock.now())


def test_by_transfer_the_open_renewal_is_void_and_drawn_anew(account, bought, workspace):
    go_to(bought.period_ends_at - timedelta(days=5))
    do_due()
    pay(all_invoices(account, reason="subscription_cycle")[0], 1_000)
    close(workspace)
    control_session().expire_all()
    assert (bought.cancels_at, account.credit_amount) == (bought.period_ends_at, 1_000)
    clock.advance(timedelta(days=1))
    do_due()
    assert renewals(account) == [("void", 29_900)]
    with pytest.raises(Refused, match="to be deleted"):
        buying.keep(account, by=audit.SYSTEM)
    keep(workspace)
    assert renewals(account) == [("void", 29_900), ("open", 29_900)]
    again = all_invoices(account, reason="subscription_cycle")[-1]
    assert (again.paid_amount, bought.cancels_at) == (1_000, None)
    assert noted(account) == ["billing:renewal_stopped", "billing:renewal_goes_on"]


def test_by_transfer_too_it_ends_in_the_grace_and_what_is_owed_stays_owed(
    account, bought, workspace
):
    go_to(bought.period_ends_at + timedelta(days=5))
    do_due()
    close(workspace)
    assert renewals(account) == [("open", 29_900)]
    assert bought.cancels_at is None
    # Paid after all, a period has begun, and it is the last one.
    pay(all_invoices(account, reason="subscription_cycle")[0])
    assert grace.follow_all() == 1
    go_to(bought.period_ends_at + timedelta(days=1))
    do_due()
    control_session().expire_all()
    assert bought.state == "canceled"
    assert len(renewals(account)) == 1
    keep(workspace)
    assert workspace.state == "read_only"

"""From card to transfer: what waits at Stripe is taken back and billed by us, or stays there."""

from datetime import timedelta

import pytest

from control.billing.accounts import live_subscription
from control.billing.models import ChargeState, InvoiceState, Provider
from control.billing.online import changing
from control.billing.transfer import buying
from control.billing.transfer.renewing import do_due
from control.billing.usage import sending, taking_back, waiving
from control.billing.usage.jobs import begin_sweep
from kit import audit, clock
from kit.db import control_session
from tests.control.billing.transfer.conftest import invoices, pay, terms
from tests.control.billing.using import charges, items, soften, sweep, to_next_month, use

__all__ = ["terms"]
ITEMS = "/v1/invoiceitems"


@pytest.fixture
def bought(account, buy, price, line):
    """Bought by card some days ago, and a new month has just begun."""
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    buy(soften(price))
    to_next_month(account, line)
    return account


@pytest.fixture
def charged(bought, acme, line, work):
    """A month with twelve more orders than the plan includes, charged and at Stripe."""
    use(acme, orders=14)
    sweep(work)
    to_next_month(bought, line)
    sweep(work)
    [charge] = charges()
    return charge


@pytest.fixture
def moved(charged, account):
    """A charge is at Stripe, and from now on the account is paid by transfer."""
    account.provider = Provider.TRANSFER
    control_session().commit()
    clock.advance(timedelta(hours=1))
    return charged


def look(work):
    begin_sweep()
    work()
    control_session().expire_all()


@pytest.mark.usefixtures("terms", "bought")
def test_from_the_day_on_which_the_card_ends_it_is_on_our_invoice(acme, account, price, line, work):
    changing.give_up(account, reason="by transfer from now on", by=audit.SYSTEM)
    line.bring()
    pay(buying.order(account, price, extra_seats=0, moment=clock.now(), by=audit.SYSTEM))
    use(acme, orders=14)
    sweep(work)
    to_next_month(account, line)
    line.bring()
    sweep(work)
    for _each in range(3):
        look(work)
    assert (live_subscription(account).provider, items(line, account)) == ("transfer", [])
    [charge] = charges()
    bought_now = live_subscription(account)
    clock.advance(bought_now.period_ends_at - timedelta(days=13) - clock.now())
    do_due()
    control_session().expire_all()
    [renewal] = invoices(account, reason="subscription_cycle", provider="transfer")
    assert renewal.total_amount == 29_900 + charge.amount
    assert (charge.state, charge.invoice_id) == (ChargeState.INVOICED, renewal.id)
    last = line.stripe.client.v1.invoices.list({"customer": account.stripe_customer_id}).data
    assert {one.total for one in last} == {29_900}


@pytest.mark.parametrize("kind", ["down", "500", "500_after", "500_kept", "cut"])
def test_whatever_gets_lost_it_waits_for_us_when_it_has_gone_there(
    moved, account, line, work, kind
):
    line.stripe.knob("faults", kind=kind, method="DELETE", times=3, path=ITEMS)
    look(work)
    # Ours only where it is not theirs any more.
    assert moved.state == ChargeState.SENT or items(line, account) == []
    line.stripe.knob("reset")
    # It is tried again by itself, after a while.
    clock.advance(timedelta(hours=1))
    look(work)
    assert (moved.state, moved.stripe_id, moved.asked_at) == (ChargeState.RECKONED, None, None)
    assert (moved.taken_back, items(line, account)) == (1, [])
    assert taking_back.ask_for_charges() == 0


def test_back_to_the_card_it_is_sent_again_though_its_key_is_known(moved, account, line, work):
    look(work)
    account.provider = Provider.STRIPE
    control_session().commit()
    assert sending.send(moved.id)
    [there] = items(line, account)
    control_session().expire_all()
    assert (moved.state, moved.stripe_id) == (ChargeState.SENT, there.id)


def test_what_stripe_took_in_without_telling_us_is_found(bought, acme, account, line, work):
    use(acme, orders=14)
    sweep(work)
    line.stripe.knob("faults", kind="500_after", method="POST", times=3, path=ITEMS)
    to_next_month(account, line)
    sweep(work)
    account.provider = Provider.TRANSFER
    control_session().commit()
    [charge] = charges()
    # While it may be on its way nobody looks.
    assert taking_back.take_back(charge.id) is False
    clock.advance(timedelta(hours=1))
    look(work)
    assert (charges()[0].taken_back, items(line, account)) == (1, [])


def test_what_is_on_an_invoice_of_stripes_stays_there(moved, line, work):
    line.pass_days(25)
    look(work)
    assert (moved.state, moved.taken_back) == (ChargeState.INVOICED, 0)
    assert moved.invoice.provider == Provider.STRIPE
    assert moved.invoice.state in {InvoiceState.OPEN, InvoiceState.PAID}


def test_what_was_let_off_meanwhile_is_not_billed(moved, account, line, work, monkeypatch):
    delete = taking_back._delete

    def let_off_meanwhile(item):
        waiving.waive(moved, reason="a gift", by=audit.SYSTEM)
        return delete(item)

    monkeypatch.setattr(taking_back, "_delete", let_off_meanwhile)
    assert taking_back.take_back(moved.id) is False
    control_session().expire_all()
    assert (moved.state, items(line, account)) == (ChargeState.WAIVED, [])

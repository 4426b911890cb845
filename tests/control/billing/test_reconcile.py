"""The comparison with Stripe: few calls, nothing rewritten, and none that keeps others waiting."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text

from control.billing import accounts
from control.billing.models import BillingAccount, Drift, Invoice, StripeEvent, Subscription
from control.billing.online import reconcile, reconciling
from control.billing.online.reconciling import begin_reconcile, under_way
from control.workspaces.models import Workspace
from kit import clock
from kit.audit import ControlAuditEntry
from kit.db import control_session
from kit.jobs.tables import JobState
from kit.payments import Unclear, client

_HOUR = timedelta(hours=1)


@pytest.fixture
def calls(monkeypatch):
    """The paths that are asked for at Stripe."""
    made: list[str] = []
    ask = client._Line.request

    def request(line, method, url, *rest, **named):
        made.append(urlsplit(url).path.removeprefix("/v1/"))
        return ask(line, method, url, *rest, **named)

    monkeypatch.setattr(client._Line, "request", request)
    return made


@pytest.fixture
def bought(account, buy, price, line):
    """Somebody who has paid for three months, all of which is shown."""
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    buy(price)
    line.pass_days(31 * 2 + 1)
    line.bring()
    return account


def others(count):
    """More customers at Stripe, of whom nothing is known there."""
    control = control_session()
    for number in range(count):
        schema = f"t_other{number}"
        workspace = Workspace(
            schema=schema, cell="main", name=schema, address=f"other{number}", state="active",
            timezone="Asia/Shanghai", currency="CNY", locale="zh_CN", trial_ends_at=clock.now(),
        )  # fmt: skip
        control.add(workspace)
        control.flush()
        control.add(
            BillingAccount(
                workspace_id=workspace.id,
                plan_version_id=control.scalar(select(func.min(BillingAccount.plan_version_id))),
                currency="CNY",
                standing="active",
                standing_since=clock.now(),
                stripe_customer_id=f"cus_other{number}",
            )
        )
    control.commit()


def compare_all():
    return sum(reconcile.compare_customer(*one) for one in reconcile.due_customers())


def written():
    """Which transaction has written each row of the mirror."""
    control_session().expire_all()
    return [
        sorted(map(tuple, control_session().execute(select(model.id, text("xmin::text")))))
        for model in (Subscription, Invoice)
    ]


def test_a_customer_costs_three_calls_however_much_was_paid_and_no_write(bought, calls):
    months = control_session().query(Invoice).count()
    assert months >= 3
    before = written()
    calls.clear()
    assert compare_all() == 0
    assert sorted(calls) == ["charges", "invoices", "subscriptions"]
    assert written() == before
    assert control_session().query(Drift).count() == 0
    # It has had its turn, and has it again in a day.
    assert reconcile.due_customers() == []
    clock.advance(timedelta(days=1, seconds=1))
    assert [customer for _, customer in reconcile.due_customers()] == [bought.stripe_customer_id]


def test_what_went_back_is_found_by_the_charges_of_the_customer(bought, line):
    v1 = line.stripe.client.v1
    newest, oldest, *_rest = v1.charges.list({"customer": bought.stripe_customer_id}).data
    v1.refunds.create({"charge": newest.id, "amount": 700})
    line.stripe.knob(f"charges/{oldest.id}/dispute")
    assert compare_all() == 2
    control_session().expire_all()
    shown = control_session().query(Invoice).all()
    assert sorted(one.refunded_amount for one in shown)[-2:] == [0, 700]
    assert [one.is_disputed for one in shown].count(True) == 1


def test_it_goes_on_where_it_was_cut_short(bought, stripe_here):
    others(2)
    due = reconcile.due_customers()
    assert due[0] == (bought.id, bought.stripe_customer_id)
    reconcile.compare_customer(*due[1])
    stripe_here.knob("faults", kind="429", times=5, path="/v1/invoices")
    with pytest.raises(Unclear):
        reconcile.compare_customer(*due[0])
    assert reconcile.due_customers() == [due[0], due[2]]


def test_one_whom_stripe_does_not_know_has_had_his_turn(account, stripe_here):
    account.stripe_customer_id = "cus_of_nobody"
    control_session().commit()
    assert compare_all() == 0
    assert reconcile.due_customers() == []


def test_what_refuses_every_customer_ends_it(account, stripe_here, settled, work):
    others(9)
    begin_reconcile()
    settled(stripe_key=SecretStr("sk_live_of_somebody"))
    assert work() == [JobState.REFUSED]
    assert reconcile.compared_since(clock.now() - _HOUR) == 0


def test_the_hourly_ones_share_a_day_and_the_whole_takes_all(account, stripe_here, monkeypatch):
    monkeypatch.setattr(reconcile, "LEAST", 1)
    others(30)
    assert reconcile.customers() == 30
    assert len(reconcile.due_customers()) == 2
    assert len(reconcile.due_customers(since=clock.now())) == 30
    compare_all()
    assert reconcile.compared_since(clock.now() - _HOUR) == 2
    assert reconcile.compared_first() is None
    # Who has nothing that could change has his turn once a week.
    control_session().execute(
        BillingAccount.__table__.update().values(compared_at=clock.now() - timedelta(days=6))
    )
    control_session().commit()
    assert reconcile.due_customers() == []


def test_what_is_too_much_for_one_piece_of_work_goes_on_in_the_next(
    account, stripe_here, work, monkeypatch
):
    others(3)
    reconciling.ask_reconcile(by=reconciling.audit.SYSTEM)
    monkeypatch.setattr(reconciling, "SECONDS", -1)
    work()
    assert under_way() is not None
    assert reconcile.compared_since(clock.now() - _HOUR) == 0
    monkeypatch.setattr(reconciling, "SECONDS", 60)
    work()
    assert under_way() is None
    note = control_session().scalars(
        select(ControlAuditEntry).where(ControlAuditEntry.event == "billing:reconciled")
    )
    assert note.one().details["customers"] == 3


def test_what_no_webhook_told_is_found_in_the_list_of_events(account, buy, price, line, work):
    """Nobody had an endpoint: nothing counts as undelivered, and nothing ever came."""
    buy(price)
    begin_reconcile()
    work()
    control_session().query(StripeEvent).delete()
    control_session().commit()
    stripe_id = accounts.live_subscription(account).stripe_id
    line.stripe.client.v1.subscriptions.cancel(stripe_id)
    line.pass_days(0.1)
    began = clock.now()
    begin_reconcile()
    work()
    work()
    control_session().expire_all()
    ended = control_session().query(Subscription).one()
    assert ended.state == "canceled"
    told = control_session().query(StripeEvent).filter(StripeEvent.created_at >= began).all()
    assert "customer.subscription.deleted" in {one.kind for one in told}
    assert {one.way for one in told} == {"reconcile"}

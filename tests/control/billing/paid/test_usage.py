"""Use beyond soft limits: read by a sweep, told once, charged once, on the next invoice once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from control.billing.accounts import live_subscription
from control.billing.limits import Counted
from control.billing.models import (
    BillingNotice,
    ChargeState,
    Invoice,
    InvoiceState,
    PlanPrice,
    Provider,
    UsageReading,
)
from control.billing.online import changing
from control.billing.usage import carrying, closing, reading, sending, waiving
from control.workspaces.jobs import copy_access
from control.workspaces.models import WorkspaceState
from kit import audit, clock
from kit.db import control_session, control_transaction, workspace_scope
from kit.errors import Refused
from kit.jobs import enqueue_control
from kit.payments import Unclear
from tenants.billing.usage import used
from tests.control.billing.bought import account_of_acme
from tests.control.billing.using import charges, items, month_of, soften, sweep, to_next_month, use

ITEMS = "/v1/invoiceitems"


@pytest.fixture(scope="module")
def past(past):
    """Bought some days ago, with soft limits, and a new month has just begun."""
    with past.going_on() as line:
        account = account_of_acme()
        soften(control_session().get_one(PlanPrice, past.price_id))
        with control_transaction():
            enqueue_control(copy_access, workspace_id=account.workspace_id)
        line.work()
        to_next_month(account, line)
    return past


@pytest.fixture
def bought(line, account):
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


def test_a_month_is_charged_as_its_preview_said_and_is_on_the_next_invoice(
    bought, acme, line, work
):
    use(acme, orders=23, megabytes=150)
    with workspace_scope(acme):
        now = used()
    seen = reading.preview(bought, now)
    assert [(one.counted, one.units, one.amount) for one in seen] == [
        (Counted.ORDERS, 3, 2_970),
        (Counted.STORAGE, 2, 1_000),
    ]
    sweep(work)
    assert charges() == []
    month = month_of(bought).first
    to_next_month(bought, line)
    sweep(work)
    made = charges()
    assert [(one.counted, one.units, one.amount, one.month) for one in made] == [
        (Counted.ORDERS, 3, 2_970, month),
        (Counted.STORAGE, 2, 1_000, month),
    ]
    assert [one.state for one in made] == [ChargeState.SENT] * 2
    waiting = items(line, bought)
    assert sorted(one.amount for one in waiting) == [1_000, 2_970]
    assert "23" in waiting[-1].description
    line.pass_days(25)
    line.bring()
    made = charges(state=ChargeState.INVOICED)
    assert len(made) == 2
    [invoice] = {one.invoice for one in made}
    assert invoice.total_amount == 29_900 + 3_970
    assert invoice.state == InvoiceState.PAID


def test_a_month_is_charged_once_however_often_anybody_looks(charged, account, line, work):
    for _ in range(2):
        sweep(work)
    closed = control_session().scalars(
        select(UsageReading.id).where(UsageReading.closed_at.is_not(None))
    )
    assert [closing.close_month(one) for one in closed.all()] == [False, False]
    sending.send(charged.id)
    assert len(charges()) == 1
    assert len(items(line, account)) == 1


def test_nothing_is_charged_before_the_month_has_settled(bought, acme, line, work):
    use(acme, orders=14)
    sweep(work)
    to_next_month(bought, line, hours=0.5)
    sweep(work)
    assert charges() == []
    line.pass_days(1 / 24)
    sweep(work)
    assert len(charges()) == 1


def test_a_scheduler_that_was_away_for_months_charges_each_of_them_once(bought, acme, line, work):
    sweep(work)
    months = []
    for orders in (3, 13, 23):
        use(acme, orders=orders, megabytes=200)
        months.append(month_of(bought).first)
        to_next_month(bought, line)
    sweep(work)
    sweep(work)
    found = [(one.month, one.counted, one.units) for one in charges()]
    # What was stored then nobody has seen: it costs nothing.
    assert found == [
        (months[0], Counted.ORDERS, 1),
        (months[1], Counted.ORDERS, 2),
        (months[2], Counted.ORDERS, 3),
    ]


def test_the_plan_that_was_had_counts_not_the_one_that_is(bought, acme, line, work, larger):
    use(acme, orders=14)
    sweep(work)
    bought.plan_version_id = larger.plan_version_id
    live_subscription(bought).plan_version_id = larger.plan_version_id
    control_session().commit()
    version = live_subscription(bought).plan_version
    assert Counted.ORDERS not in version.limits
    to_next_month(bought, line)
    sweep(work)
    [charge] = charges()
    assert (charge.amount, charge.included) == (1_980, 2)


A_REST = timedelta(seconds=6)
"""More than work rests that was given no answer."""


@pytest.mark.parametrize("kind", ["500", "500_after", "cut", "429"])
def test_stripe_that_does_not_answer_takes_a_charge_once(bought, acme, line, work, kind):
    use(acme, orders=14)
    sweep(work)
    # The library asks three times by itself, but not who is told that there are too many.
    times = 1 if kind == "429" else 3
    line.stripe.knob("faults", kind=kind, method="POST", times=times, path=ITEMS)
    to_next_month(bought, line)
    sweep(work)
    [charge] = charges()
    assert (charge.state, charge.asked_at is None) == (ChargeState.RECKONED, False)
    clock.advance(A_REST)
    sweep(work)
    assert charges()[0].state == ChargeState.SENT
    assert len(items(line, bought)) == 1


def test_an_answer_that_was_lost_for_days_is_looked_for(bought, acme, line, work):
    use(acme, orders=14)
    sweep(work)
    line.stripe.knob("faults", kind="500_after", method="POST", times=3, path=ITEMS)
    to_next_month(bought, line)
    sweep(work)
    [there] = items(line, bought)
    # By now Stripe has forgotten the key: asked with it again it would make a second item.
    line.stripe.knob("faults", kind="500", method="POST", times=3, path=ITEMS)
    clock.advance(A_REST)
    sweep(work)
    assert charges()[0].stripe_id == there.id


def test_the_owner_is_told_once_for_each_limit_share_and_month(bought, acme, line, work):
    def told():
        found = control_session().scalars(select(BillingNotice.about).order_by(BillingNotice.id))
        return [one for one in found if one.startswith("usage-orders")]

    month = f"{month_of(bought).first:%Y%m}"
    use(acme, orders=1)
    sweep(work)
    assert told() == []
    use(acme, orders=1)
    line.pass_days(0.3)
    sweep(work)
    line.pass_days(0.3)
    sweep(work)
    assert told() == [f"usage-orders_month-{share}-{month}-2" for share in (80, 100)]
    to_next_month(bought, line)
    use(acme, orders=2)
    sweep(work)
    assert len(told()) == 4


def test_who_is_not_at_work_is_read_seldom_and_a_closed_workspace_never(bought, acme, line, work):
    sweep(work)
    assert reading.due_accounts().count(bought.id) == 0
    line.pass_days(1.1 / 24)
    assert reading.due_accounts().count(bought.id) == 0
    bought.workspace.last_active_at = clock.now()
    control_session().commit()
    assert reading.due_accounts().count(bought.id) == 1
    bought.workspace.last_active_at = None
    line.pass_days(6 / 24)
    assert reading.due_accounts().count(bought.id) == 1
    bought.workspace.state = WorkspaceState.CLOSED
    control_session().commit()
    assert reading.due_accounts().count(bought.id) == 0
    assert reading.read_account(bought.id) is False


def test_a_charge_is_let_off_before_and_after_stripe_has_it(charged, account, line, work):
    waiving.waive(charged, reason="our own fault", by=audit.SYSTEM)
    waiving.waive(charged, reason="again", by=audit.SYSTEM)
    assert (charged.state, charged.waived_reason) == (ChargeState.WAIVED, "our own fault")
    assert items(line, account) == []
    sweep(work)
    assert sending.send(charged.id) is False
    line.pass_days(25)
    line.bring()
    totals = control_session().scalars(select(Invoice.total_amount)).all()
    assert set(totals) == {29_900}


def test_who_gives_the_plan_up_pays_what_was_used_before(bought, acme, line, work):
    changing.give_up(bought, reason="too dear", by=audit.SYSTEM)
    line.bring()
    use(acme, orders=14)
    line.pass_days(1)
    sweep(work)
    ends_at = live_subscription(bought).period_ends_at
    line.pass_days((ends_at - clock.now()) / timedelta(days=1) + 0.1)
    line.bring()
    control_session().expire_all()
    assert live_subscription(bought) is None
    # It is read again in the same month, without a plan.
    line.pass_days(0.3)
    sweep(work)
    to_next_month(bought, line)
    sweep(work)
    [charge] = charges()
    assert charge.state == ChargeState.SENT
    sweep(work)
    sweep(work)
    line.pass_days(0.1)
    line.bring()
    [charge] = charges()
    assert charge.state == ChargeState.INVOICED
    assert (charge.invoice.total_amount, charge.invoice.state) == (1_980, InvoiceState.PAID)
    last = line.stripe.client.v1.invoices.list({"customer": bought.stripe_customer_id}).data
    assert len([one for one in last if one.billing_reason == "manual"]) == 1


def test_who_pays_by_the_year_pays_the_month_with_the_month(bought, acme, line, work):
    live = live_subscription(bought)
    price = live.plan_version.prices[0]
    yearly = PlanPrice(
        plan_version_id=price.plan_version_id, currency="CNY", interval="year", amount=299_000
    )
    control_session().add(yearly)
    control_session().commit()
    preview = changing.preview_change(bought, yearly, extra_seats=0)
    changing.apply_change(
        bought,
        yearly,
        extra_seats=0,
        moment=preview.moment,
        submission="to the year",
        by=audit.SYSTEM,
    )
    line.bring()
    use(acme, orders=14)
    sweep(work)
    to_next_month(bought, line)
    for _each in range(3):
        sweep(work)
    line.pass_days(0.1)
    line.bring()
    [charge] = charges()
    assert charge.state == ChargeState.INVOICED
    assert (charge.invoice.total_amount, charge.invoice.state) == (1_980, InvoiceState.PAID)
    assert live_subscription(bought).period_ends_at > clock.now() + timedelta(days=300)


def test_what_is_on_an_invoice_is_not_let_off(charged, line):
    line.pass_days(25)
    line.bring()
    with pytest.raises(Refused, match="on an invoice"):
        waiving.waive(charged, reason="too late", by=audit.SYSTEM)


def test_an_invoice_that_we_have_not_heard_of_yet_keeps_its_charge(charged, line):
    line.pass_days(25)
    with pytest.raises(Refused, match="on an invoice"):
        waiving.waive(charged, reason="a moment too late", by=audit.SYSTEM)
    line.bring()
    control_session().expire_all()
    assert (charged.state, charged.waived_by) == (ChargeState.INVOICED, "")


def test_a_charge_on_its_way_is_not_let_off_at_once(bought, acme, line, work):
    use(acme, orders=14)
    sweep(work)
    line.stripe.knob("faults", kind="500_after", method="POST", times=3, path=ITEMS)
    to_next_month(bought, line)
    sweep(work)
    [charge] = charges()
    with pytest.raises(Refused, match="on its way"):
        waiving.waive(charge, reason="too soon", by=audit.SYSTEM)
    line.pass_days(1 / 24)
    waiving.waive(charge, reason="now", by=audit.SYSTEM)
    # What Stripe had taken in without telling us is gone, too.
    assert items(line, bought) == []


def test_a_transfer_invoice_takes_what_waits_once(bought, acme, line, work):
    bought.provider = Provider.TRANSFER
    control_session().commit()
    use(acme, orders=14)
    sweep(work)
    to_next_month(bought, line)
    sweep(work)
    assert charges()[0].state == ChargeState.RECKONED
    assert items(line, bought) == []
    with control_transaction() as control:
        taken = carrying.charges_to_invoice(bought, "CNY")
        drawn = Invoice(
            account_id=bought.id,
            provider=Provider.TRANSFER,
            state=InvoiceState.OPEN,
            currency="CNY",
            total_amount=sum(one.amount for one in taken),
            remaining_amount=1_980,
            lines=[],
        )
        control.add(drawn)
        control.flush()
        carrying.put_on(drawn, taken)
        assert carrying.charges_to_invoice(bought, "CNY") == []
    [charge] = charges()
    assert (charge.state, charge.invoice_id) == (ChargeState.INVOICED, drawn.id)
    carrying.take_off(drawn)
    assert charges()[0].state == ChargeState.RECKONED


def test_a_charge_that_stripe_refuses_waits_and_is_asked_for_again(charged, account, line):
    charged.state, charged.stripe_id = ChargeState.RECKONED, None
    control_session().commit()
    line.stripe.knob("faults", kind="500", method="GET", times=3, path=ITEMS)
    with pytest.raises(Unclear):
        sending.send(charged.id)
    assert sending.ask_again() == 1

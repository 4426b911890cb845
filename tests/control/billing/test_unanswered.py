"""Stripe does not answer background work: it is tried again, and nothing is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from control.billing.models import Drift, EventState, Provider, StripeEvent, Subscription
from control.billing.online import reconcile, taxes
from control.billing.online.inbox import apply_event
from control.billing.online.stopping import ask_stop, stop_forgotten
from control.workspaces.models import WorkspaceState
from kit import audit, clock
from kit.db import apart, control_session, control_transaction
from kit.jobs.tables import JobState, Place, control_outbox
from kit.jobs.wishes import revive

TRIED = {"500": 3, "down": 3, "429": 1}
"""Calls that the library makes before it gives up: each has to fail."""


@pytest.fixture
def bought(account, buy, price, line):
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    buy(price)
    # What the purchase itself has made is done before.
    while line.work():
        pass
    return control_session().query(Subscription).one()


def later(line, work) -> list[JobState | None]:
    clock.advance(timedelta(seconds=6))
    return work()


def at_stripe(line, account) -> list[str]:
    customer = {"customer": account.stripe_customer_id, "status": "all"}
    return [one.status for one in line.stripe.client.v1.subscriptions.list(customer).data]


@pytest.mark.parametrize("kind", ["500", "429", "down"])
def test_an_event_is_applied_a_moment_later(bought, line, work, kind):
    line.stripe.client.v1.subscriptions.update(bought.stripe_id, {"cancel_at_period_end": True})
    news = line.news()
    line.stripe.knob("faults", kind=kind, method="GET", times=TRIED[kind], path="/v1/")
    line.bring(news)
    waiting = control_session().query(StripeEvent).filter_by(state=EventState.WAITING).count()
    assert waiting == 1
    assert JobState.DONE in later(line, work)
    assert control_session().query(Subscription).one().cancels_at is not None
    assert not control_session().query(StripeEvent).filter_by(state=EventState.WAITING).count()


def test_who_is_gone_is_charged_no_more_though_stripe_was_silent(bought, account, line, work):
    line.stripe.knob("faults", kind="429", method="DELETE", times=1, path="/v1/")
    with control_transaction():
        ask_stop(account.workspace_id)
        ask_stop(account.workspace_id)
    assert work() == [JobState.WAITING]
    assert at_stripe(line, account) == ["active"]
    assert later(line, work) == [JobState.DONE]
    assert at_stripe(line, account) == ["canceled"]


def test_what_still_runs_for_who_is_gone_is_found(bought, account, line, work):
    assert stop_forgotten() == 0
    account.workspace.state = WorkspaceState.CLOSED
    control_session().commit()
    assert stop_forgotten() == 1
    assert JobState.DONE in work()
    assert at_stripe(line, account) == ["canceled"]
    assert stop_forgotten() == 0


def test_a_tax_rate_reaches_every_plan(bought, account, line, work):
    with control_transaction() as control:
        gone = {"provider": Provider.STRIPE, "state": "active", "interval": "month"}
        control.add(
            Subscription(
                account_id=account.id,
                stripe_id="sub_0",
                currency="CNY",
                started_at=clock.now() - timedelta(days=9),
                **gone,
            )
        )
    taxes.set_rate("CNY", points=600, name="VAT", by=audit.SYSTEM)
    path = f"/v1/subscriptions/{bought.stripe_id}"
    line.stripe.knob("faults", kind="429", method="POST", times=1, path=path)
    assert work() == [JobState.WAITING]
    assert later(line, work) == [JobState.DONE]
    found = line.stripe.client.v1.subscriptions.retrieve(bought.stripe_id)
    assert [one.percentage for one in found.default_tax_rates or []] == [6.0]


def test_one_customer_of_whom_nothing_is_heard_stops_no_comparison(bought, account, line, db):
    line.stripe.client.v1.subscriptions.update(bought.stripe_id, {"cancel_at_period_end": True})
    bought.cancels_at = None
    control_session().commit()
    line.stripe.knob("faults", kind="500", method="GET", times=3, path="/v1/subscriptions")
    assert reconcile.compare_due().skipped == 1
    assert control_session().query(Drift).count() == 0
    assert reconcile.compare_due() == reconcile.Compared(1, 0)


def test_at_last_it_is_dead_of_a_cause_and_is_tried_again_by_hand(bought, line, work):
    line.stripe.client.v1.subscriptions.update(bought.stripe_id, {"cancel_at_period_end": True})
    news = line.news()
    line.stripe.knob("faults", kind="429", method="GET", times=apply_event.tries, path="/v1/")
    line.bring(news)
    ended = []
    while JobState.DEAD not in ended and len(ended) < apply_event.tries:
        clock.advance(timedelta(hours=1))
        ended += work()
    assert ended == [JobState.WAITING] * (apply_event.tries - 2) + [JobState.DEAD]
    is_dead = control_outbox.c.state == JobState.DEAD
    with apart(None) as own:
        assert own.scalar(select(control_outbox.c.error).where(is_dead)) == "Unclear"
    assert revive(Place(None), is_dead) == 1
    assert work() == [JobState.DONE]
    assert control_session().query(Subscription).one().cancels_at is not None

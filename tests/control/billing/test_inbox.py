"""Events that cannot be applied: they end with a cause, can be tried again, and starve no other."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from control.billing.models import Drift, EventState, StripeEvent
from control.billing.online import inbox, reconcile, tidying
from kit import audit, clock
from kit.db import apart, control_session
from kit.errors import Refused
from kit.jobs.tables import JobState, control_outbox
from kit.payments import Notice

TRIES = inbox.apply_event.tries


def rings(number):
    """A notice of a subscription that nobody knows."""
    return Notice(
        f"evt_{number}", "customer.subscription.updated", int(time.time()), "subscription", "sub_x"
    )


def works(stripe_id):
    """How the pieces of work stand that were made for an event, oldest first."""
    named = control_outbox.c.body["stripe_id"].astext == stripe_id
    with apart(None) as control:
        return control.scalars(
            select(control_outbox.c.state).where(named).order_by(control_outbox.c.created_at)
        ).all()


def rewrite(**values):
    """Have all work that has not ended stand so."""
    open_ = control_outbox.c.state == JobState.WAITING
    with apart(None) as control:
        control.execute(update(control_outbox).where(open_).values(**values))


def an_hour_later(monkeypatch):
    monkeypatch.setattr(reconcile, "STALE", -reconcile.STALE)


def test_after_the_last_try_it_has_failed_with_a_cause_and_can_be_applied_again(stripe_here, work):
    assert inbox.take_in(rings(1), way="webhook")
    stripe_here.knob("faults", kind="500", times=20)
    rewrite(attempts=TRIES - 1)
    work()
    event = inbox.find_event("evt_1")
    assert event.state == EventState.FAILED
    assert event.error == "Unclear"
    assert event.tried_at is not None
    stripe_here.knob("reset")
    inbox.replay(event, by=audit.SYSTEM)
    work()
    assert inbox.find_event("evt_1").state == EventState.IGNORED


def test_what_stripe_refuses_for_good_has_failed_at_once(stripe_here, work, settled):
    inbox.take_in(rings(1), way="webhook")
    settled(stripe_key=None)
    rewrite(attempts=TRIES - 1)
    work()
    event = inbox.find_event("evt_1")
    assert (event.state, event.error) == (EventState.FAILED, "Misconfigured")


def test_one_whose_work_was_lost_can_be_applied_again_and_one_that_is_worked_on_cannot(
    stripe_here, work
):
    inbox.take_in(rings(1), way="webhook")
    event = inbox.find_event("evt_1")
    assert event.state == EventState.WAITING
    with pytest.raises(Refused):
        inbox.replay(event, by=audit.SYSTEM)
    rewrite(state=JobState.DEAD)
    inbox.replay(inbox.find_event("evt_1"), by=audit.SYSTEM)
    work()
    assert inbox.find_event("evt_1").state == EventState.IGNORED
    assert works("evt_1") == [JobState.DEAD, JobState.DONE]


def test_those_that_fail_for_ever_starve_no_other(stripe_here, work, monkeypatch):
    monkeypatch.setattr(reconcile, "PAGE", 2)
    an_hour_later(monkeypatch)
    for number in range(3):
        inbox.take_in(rings(number), way="webhook")
    rewrite(state=JobState.DEAD)
    stripe_here.knob("faults", kind="500", times=50)
    assert reconcile.requeue_waiting() == 2
    # Asked again while that goes on, there is nothing more to do for these two.
    assert reconcile.requeue_waiting() == 1
    assert reconcile.requeue_waiting() == 0
    assert all(len(works(f"evt_{number}")) == 2 for number in range(3))
    rewrite(state=JobState.DEAD)
    control_session().execute(update(StripeEvent).values(tried_at=StripeEvent.created_at))
    control_session().commit()
    late = inbox.find_event("evt_2")
    late.tried_at = None
    control_session().commit()
    reconcile.requeue_waiting()
    assert works("evt_2")[-1] == JobState.WAITING


def test_what_is_over_is_cleared_away_in_the_end_and_what_waits_is_kept(db, monkeypatch):
    monkeypatch.setattr(tidying, "AT_ONCE", 2)
    for number in range(8):
        inbox.take_in(rings(number), way="webhook")
    states = [*["done"] * 4, "ignored", "failed", "waiting", "done"]
    for number, state in enumerate(states):
        event = inbox.find_event(f"evt_{number}")
        event.state = state
        if number < 7:
            event.created_at -= timedelta(days=366)
    for days in (0, 366):
        control_session().add(
            Drift(
                object_kind="invoice",
                object_id=f"in_{days}",
                differences={},
                created_at=clock.now() - timedelta(days=days),
            )
        )
    control_session().commit()
    assert tidying.clear_away() == 6
    left = control_session().scalars(select(StripeEvent.stripe_id).order_by(StripeEvent.id))
    assert left.all() == ["evt_5", "evt_6", "evt_7"]
    assert control_session().query(Drift).one().object_id == "in_0"
    assert tidying.clear_away() == 0

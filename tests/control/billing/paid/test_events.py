"""Stripe's events in the console: found, applied again, compared."""

import pytest

from control.billing.models import Drift, EventState, StripeEvent, Subscription
from control.billing.online.inbox import find_event
from control.billing.online.reconciling import ask_reconcile
from kit import audit
from kit.db import control_session
from kit.errors import Refused

EVENTS = "/console/billing/events"
DRIFT = "/console/billing/drift"


@pytest.fixture
def event(line) -> StripeEvent:
    """The event of a purchase, applied."""
    return control_session().query(StripeEvent).filter_by(object_kind="subscription").first()


def test_events_are_found_by_kind_object_and_customer(console, event, account):
    assert event.state == EventState.DONE
    for found in (
        "state=done", "kind=customer.sub", "about=subscription", f"object={event.object_id}",
        f"customer={account.stripe_customer_id}",
    ):  # fmt: skip
        assert event.stripe_id in console.get(f"{EVENTS}?{found}").text, found
    for missed in ("state=failed", "kind=invoice", "about=charge", "object=sub_x", "customer=c"):
        assert event.stripe_id not in console.get(f"{EVENTS}?{missed}").text, missed
    text = console.get(f"{EVENTS}/{event.public_id}").text
    assert "Acme 通信" in text
    assert event.object_id in text


def test_an_event_is_applied_again_and_changes_nothing(console, press, event, work, logged):
    shown = control_session().query(Subscription).one().state
    page = f"{EVENTS}/{event.public_id}"
    assert press(f"{page}/replay", on=page).status_code == 303
    control_session().expire_all()
    assert event.state == EventState.WAITING
    work()
    assert find_event(event.stripe_id).state == EventState.DONE
    assert control_session().query(Subscription).one().state == shown
    assert logged(event) == ["billing:event_replayed"]


def test_selected_events_are_applied_again_each_by_itself(console, press, event):
    stuck = control_session().query(StripeEvent).filter(StripeEvent.id != event.id).first()
    stuck.state = EventState.WAITING
    control_session().commit()
    page, button = f"{EVENTS}/{stuck.public_id}", f"{stuck.public_id}/replay"
    # Nothing is at work for it: it waits for somebody to press the button.
    assert button in console.get(page).text
    assert button in console.get(f"{EVENTS}?state=waiting").text
    answer = press(f"{EVENTS}/replay", on=EVENTS, ids=[event.public_id, stuck.public_id, "0" * 26])
    assert answer.status_code == 200
    control_session().expire_all()
    assert event.state == EventState.WAITING
    assert button not in console.get(page).text
    assert button not in console.get(f"{EVENTS}?state=waiting").text


def test_a_comparison_is_asked_for_and_what_it_mends_is_listed(console, press, event, work, logged):
    # What the purchase itself has made is out of the way.
    work()
    mirrored = control_session().query(Subscription).one()
    right, mirrored.extra_seats = mirrored.extra_seats, 77
    control_session().commit()
    assert press(f"{DRIFT}/compare", on=DRIFT).status_code == 303
    assert f"{DRIFT}/compare" not in console.get(DRIFT).text
    work()
    control_session().expire_all()
    assert mirrored.extra_seats == right
    assert control_session().query(Drift).one().object_id == mirrored.stripe_id
    text = console.get(f"{DRIFT}?kind=subscription").text
    assert mirrored.stripe_id in text
    assert "77 → 0" in text
    assert mirrored.stripe_id not in console.get(f"{DRIFT}?object=sub_other").text
    events = logged()
    assert events.count("billing:reconcile_asked") == events.count("billing:reconciled") == 1


def test_one_comparison_at_a_time_and_none_without_stripe(press, stripe_here, settled, logged):
    for _each in range(2):
        press(f"{DRIFT}/compare", on="/console/account")
    assert logged().count("billing:reconcile_asked") == 1
    settled(stripe_key=None)
    with pytest.raises(Refused):
        ask_reconcile(by=audit.SYSTEM)

"""What is shown of a plan that runs: never an older answer, and what no event told."""

from dataclasses import replace
from datetime import timedelta

from control.billing import accounts
from control.billing.models import EventState, Invoice
from control.billing.online import inbox, mirror, reconcile
from control.billing.online.fetching import fetch_subscription
from kit import clock
from kit.db import control_session
from tests.control.billing.picture import picture


def test_a_fetch_that_began_earlier_never_overwrites(account, line):
    stripe_id = accounts.live_subscription(account).stripe_id
    early = mirror.take_ticket()
    old = fetch_subscription(stripe_id)
    line.stripe.client.v1.subscriptions.cancel(stripe_id)
    late = mirror.take_ticket()
    assert mirror.show_subscription(fetch_subscription(stripe_id), ticket=late)
    assert not mirror.show_subscription(old, ticket=early)
    assert picture(account)[2][0][1] == "canceled"


def test_events_that_could_not_be_delivered_are_fetched(account, line):
    line.stripe.knob(
        "webhooks/endpoint", url="http://127.0.0.1:9/nowhere", secret="whsec_nobody_is_there"
    )
    line.stripe.knob("webhooks", drop=True)
    stripe_id = accounts.live_subscription(account).stripe_id
    line.stripe.client.v1.subscriptions.cancel(stripe_id)
    line.stripe.knob("webhooks/settle", seconds=5)
    line.pass_days(0.1)
    assert reconcile.fetch_missed_events(clock.now() - timedelta(days=2)) > 0
    line.work()
    assert picture(account)[2][0][1] == "canceled"


def test_an_invoice_is_for_the_time_of_its_lines(line, account):
    line.pass_days(31.1)
    line.bring()
    control_session().expire_all()
    first, second = control_session().query(Invoice).order_by(Invoice.issued_at).all()
    bought = accounts.live_subscription(account)
    assert (second.period_began_at, second.period_ends_at) == (
        bought.period_began_at,
        bought.period_ends_at,
    )
    assert first.period_ends_at == second.period_began_at
    assert all(one["recurs"] and one["off"] == 0 for one in second.lines)


def about(line, *kinds):
    """Return the news of what is there: an invoice that is announced has no id yet."""
    return [one for one in line.news() if one.object_kind in kinds and one.object_id]


def test_what_waits_of_one_invoice_is_asked_for_once(line):
    line.pass_days(31.1)
    news = about(line, "invoice", "subscription")
    told = [one.object_id for one in news if one.object_kind == "invoice"]
    assert len(told) > len(set(told)) == 1
    line.stripe.knob("faults", kind="slow", method="GET", path="/v1/invoices/", times=50)
    line.bring(news)
    assert line.stripe.knob("faults", kind="slow", times=0)[0]["times"] == 49
    assert inbox.waiting_count() == 0
    assert {inbox.find_event(one.id).state for one in news} == {EventState.DONE}
    # What comes later is asked about anew, though it is about the same.
    inbox.take_in(replace(news[-1], id="evt_later"), way="webhook")
    line.work()
    assert inbox.find_event("evt_later").state == EventState.DONE


def test_what_was_entered_after_the_question_is_asked_about_again(line, monkeypatch):
    line.pass_days(31.1)
    first, *others = about(line, "invoice")
    inbox.take_in(first, way="webhook")
    fetch = inbox.fetching.fetch_invoice

    def fetch_while_others_come(stripe_id):
        found = fetch(stripe_id)
        for one in others:
            inbox.take_in(one, way="webhook")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(inbox.fetching, "fetch_invoice", fetch_while_others_come)
        line.work()
    assert inbox.find_event(first.id).state == EventState.DONE
    assert {inbox.find_event(one.id).state for one in others} == {EventState.WAITING}
    line.work()
    assert inbox.waiting_count() == 0

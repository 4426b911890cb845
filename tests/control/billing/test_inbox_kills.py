"""Who applies an event is killed after each of its steps: nothing of it is there, or all."""

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text, update

from control.billing import accounts
from control.billing.accounts import account_of
from control.billing.models import EventState, Invoice, StripeEvent, Subscription
from control.billing.online import inbox, reconcile
from control.billing.online.checkout import begin_checkout
from control.workspaces.models import Workspace
from kit import audit, clock
from kit.db import apart, control_session
from kit.jobs.sweeper import lost_after, sweep
from kit.jobs.tables import JobState, Place, control_effects, control_outbox
from kit.payments import client
from tests.control.billing.conftest import make_plan
from tests.control.billing.line import Line
from tests.crash import killed_at

pytestmark = pytest.mark.real_commits
BEFORE = ("inbox.ticket", "inbox.fetched", "inbox.row0", "inbox.row1", "inbox.marked")
AFTER = ("inbox.committed", "job.ended")


@pytest.fixture
def bought(module_app, settled, stripe_account, work):
    """Somebody who has bought and paid, in a database of its own, and an event of that invoice."""
    settled(stripe_key=SecretStr(stripe_account.key), stripe_api_base=stripe_account.url)
    with clock.moved(clock.now().replace(microsecond=0)):
        line = Line(stripe_account, work)
        found = select(Workspace).where(Workspace.address == "acme")
        workspace = control_session().scalars(found).one()
        workspace.trial_ends_at = clock.now()
        control_session().commit()
        account = account_of(workspace.id)
        url = begin_checkout(
            account, make_plan("killed", 29_900), extra_seats=0, submission="1",
            back_url="http://acme.localhost/", by=audit.SYSTEM,
        )  # fmt: skip
        stripe_account.knob(f"checkout/{url.rstrip('/').rsplit('/', 1)[-1]}/complete")
        line.bring()
        work()
        paid = control_session().scalars(
            select(StripeEvent).where(StripeEvent.kind == "invoice.paid")
        )
        yield line, account, paid.one()


def written():
    """Which transaction has written each row of the mirror and of the books."""
    control_session().expire_all()
    return [
        sorted(map(tuple, control_session().execute(select(model.id, text("xmin::text")))))
        for model in (Subscription, Invoice)
    ]


def effects_of_events():
    statement = select(func.count()).select_from(control_effects)
    with apart(None) as control:
        return control.scalar(statement.where(control_effects.c.step == "applied"))


def test_each_step_is_whole_or_not_at_all(bought, work):
    line, account, event = bought
    stripe_id = accounts.live_subscription(account).stripe_id

    def alone():
        # No line to Stripe is shared with the parent.
        client._client.cache_clear()
        work()

    for number, point in enumerate((*BEFORE, *AFTER)):
        is_ending = number % 2 == 0
        line.stripe.client.v1.subscriptions.update(stripe_id, {"cancel_at_period_end": is_ending})
        while work():
            pass
        inbox.replay(inbox.find_event(event.stripe_id), by=audit.SYSTEM)
        before, effects = written(), effects_of_events()
        killed_at(point, alone)
        control_session().expire_all()
        shown = inbox.find_event(event.stripe_id)
        if point in BEFORE:
            assert (shown.state, written()) == (EventState.WAITING, before), point
            assert effects_of_events() == effects
        else:
            assert shown.state == EventState.DONE, point
        # Its heart is silent: who sweeps finds it, and it is done to its end, once.
        silent = clock.now() - 2 * lost_after()
        with apart(None) as control:
            control.execute(
                update(control_outbox)
                .where(control_outbox.c.state == JobState.RUNNING)
                .values(touched_at=silent)
            )
        assert sweep(Place(None)) == (point != "job.ended")
        work()
        assert inbox.find_event(event.stripe_id).state == EventState.DONE
        assert effects_of_events() == effects + 1
        control_session().expire_all()
        assert (accounts.live_subscription(account).cancels_at is not None) is is_ending, point
    assert reconcile.compare_customer(account.id, account.stripe_customer_id) == 0

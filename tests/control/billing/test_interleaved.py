"""Things happen at Stripe while its letters about them travel: whatever comes when, all is right.

Each seed is a story of its own. More of them: MIRROR_SEEDS=100 infra/bin/test on this file.
"""

import os
import random

import pytest

from control.billing.models import Drift, EventState, Invoice, StripeEvent, Subscription
from control.billing.online import inbox, reconcile
from control.billing.online.checkout import begin_checkout
from kit import audit, clock
from kit.db import control_session

SEEDS = range(int(os.environ.get("MIRROR_SEEDS", "2")))
STEPS = 6
SHOWN = ("stripe_id", "state", "extra_seats", "period_ends_at", "cancels_at", "plan_version_id")
OWED = (
    *("stripe_id", "state", "total_amount", "remaining_amount", "refunded_amount"),
    *("credited_amount", "is_disputed"),
)


class Story:
    """What happens at Stripe, and letters on their way to us."""

    def __init__(self, seed, account, line):
        self.chance = random.Random(seed)
        self.account, self.line = account, line
        self.v1 = line.stripe.client.v1
        self.letters = []
        self.sent = []

    def happen(self):
        """Do one thing at Stripe, which nobody tells us of yet."""
        deeds = [self.ends_with_its_period, self.gives_back, self.is_disputed, self.goes_on]
        self.chance.choice(deeds)()
        self.write()

    def ends_with_its_period(self):
        for one in self.v1.subscriptions.list({"customer": self.customer}).data:
            self.v1.subscriptions.update(
                one.id, {"cancel_at_period_end": not one.cancel_at_period_end}
            )

    def gives_back(self):
        if charge := self.charge():
            self.v1.refunds.create({"charge": charge.id, "amount": self.chance.randint(1, 900)})

    def is_disputed(self):
        if charge := self.charge():
            self.line.stripe.knob(f"charges/{charge.id}/dispute")

    def goes_on(self):
        self.line.pass_days(self.chance.choice([2, 16, 31]))

    @property
    def customer(self):
        control_session().rollback()
        return self.account.stripe_customer_id

    def charge(self):
        """Some charge that can still be given back or fought over."""
        found = self.v1.charges.list({"customer": self.customer}).data
        left = [one for one in found if one.paid and not one.disputed and not one.refunded]
        return self.chance.choice(left) if left else None

    def write(self):
        """Put what has happened on its way, some of it twice."""
        news = self.line.news()
        self.line.told.update(one.id for one in news)
        self.sent += news
        self.letters += news + [one for one in news if self.chance.random() < 0.25]

    def deliver(self, share):
        """Bring some letters, in no order, and apply them now or later."""
        self.chance.shuffle(self.letters)
        some = round(share * len(self.letters))
        for _ in range(some):
            inbox.take_in(self.letters.pop(), way="webhook")
            if self.chance.random() < 0.3:
                self.line.work()
        if self.chance.random() < 0.5:
            self.line.work()

    def picture(self):
        control_session().expire_all()

        def rows(model, names):
            found = control_session().query(model).filter_by(account_id=self.account.id)
            return sorted(tuple(getattr(one, name) for name in names) for one in found)

        account = self.account
        workspace = account.workspace.state
        return account.standing, workspace, rows(Subscription, SHOWN), rows(Invoice, OWED)


@pytest.fixture
def story(account, line, price, request):
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    url = begin_checkout(
        account, price, extra_seats=1, submission="1", back_url="http://acme.localhost/",
        by=audit.SYSTEM,
    )  # fmt: skip
    line.stripe.knob(f"checkout/{url.rstrip('/').rsplit('/', 1)[-1]}/complete")
    made = Story(request.param, account, line)
    made.write()
    return made


@pytest.mark.parametrize("story", SEEDS, indirect=True)
def test_whatever_comes_when_the_mirror_ends_as_stripe_is(story):
    for _ in range(STEPS):
        story.deliver(story.chance.random())
        story.happen()
    story.deliver(1)
    story.line.work()
    once = story.picture()
    assert once[2]
    assert len(once[3]) >= 1
    # Stripe itself is asked for all that it has: nothing differs.
    assert reconcile.compare_customer(story.account.id, story.customer) == 0
    assert control_session().query(Drift).count() == 0
    assert story.picture() == once
    # Every letter comes again, and every event is applied again: nothing changes.
    for letter in story.sent:
        assert not inbox.take_in(letter, way="webhook")
    for event in control_session().query(StripeEvent):
        inbox.replay(event, by=audit.SYSTEM)
    story.line.work()
    assert story.picture() == once
    states = {one.state for one in control_session().query(StripeEvent)}
    assert states == {EventState.DONE, EventState.IGNORED}

"""Somebody deletes a customer at Stripe: the next purchase begins with a new one."""

from datetime import timedelta

import pytest

from control.billing import accounts, jobs
from control.billing.models import EventState, StripeEvent
from control.billing.online.checkout import begin_checkout, open_portal
from kit import audit, clock
from kit.db import control_session

BACK = "http://acme.localhost/settings/billing"


@pytest.fixture
def bought(account, buy, price) -> str:
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    buy(price)
    return account.stripe_customer_id


@pytest.mark.parametrize("is_told", [True, False])
def test_who_lost_the_customer_buys_as_a_new_one(bought, account, price, line, is_told):
    line.stripe.client.v1.customers.delete(bought)
    news = line.news()
    if not is_told:
        # The end of the plan was heard, the deletion never.
        lost = [one for one in news if one.kind == "customer.deleted"]
        line.told |= {one.id for one in lost}
        news = [one for one in news if one not in lost]
    line.bring(news[::-1])
    # Our clock is held, Stripe's is not.
    clock.advance(timedelta(minutes=5))
    jobs.review_due()
    assert accounts.live_subscription(account) is None
    assert account.standing == "read_only"
    assert (account.stripe_customer_id is None) == is_told
    url = begin_checkout(
        account, price, extra_seats=0, submission="again", back_url=BACK, by=audit.SYSTEM
    )
    line.stripe.knob(f"checkout/{url.rsplit('/', 1)[-1].split('#')[0]}/complete")
    line.bring()
    control_session().expire_all()
    assert account.stripe_customer_id != bought
    assert account.standing == "active"
    assert not control_session().query(StripeEvent).filter_by(state=EventState.WAITING).count()


def test_the_portal_opens_for_the_new_one(bought, account, line):
    line.stripe.client.v1.customers.delete(bought)
    assert open_portal(account, back_url=BACK, by=audit.SYSTEM)
    assert account.stripe_customer_id not in {None, bought}

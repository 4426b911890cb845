"""Two colleagues choose a plan at the same moment: one page at most sells one."""

import pytest
from pydantic import SecretStr

from control.billing.accounts import account_of
from control.billing.models import PlanPrice
from kit.db import control_session
from kit.tenancy import current
from tests.control.billing.conftest import make_plan
from tests.control.billing.test_one_plan import open_page
from tests.racing import done
from tests.tenants.conftest import at_once, race_app

__all__ = ["at_once", "race_app"]


@pytest.mark.real_commits
def test_two_colleagues_at_once_have_one_page_at_most(at_once, settled, stripe_account):
    settled(stripe_key=SecretStr(stripe_account.key), stripe_api_base=stripe_account.url)
    price = make_plan("racing", 29_900).id
    workspace_id = current().id

    def click(name):
        def go():
            bought = control_session().get_one(PlanPrice, price)
            return open_page(account_of(workspace_id), bought, name)

        return go

    control_session().rollback()
    made = done(at_once([click("one"), click("two")]))
    found = stripe_account.client.v1.checkout.sessions.list({"limit": 10}).data
    (still_open,) = [one.id for one in found if one.status == "open"]
    assert still_open in made
    assert account_of(workspace_id).checkouts == [still_open]

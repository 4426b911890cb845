"""What a plan contains or not, asked where it is used."""

from dataclasses import replace

import pytest

from control.billing.accounts import review
from control.billing.features import Feature
from control.billing.jobs import review_due
from control.billing.models import BillingAccount
from kit import audit
from kit.db import control_session, session, workspace_scope
from kit.errors import Refused
from tenants.accounts.features import refuse_without
from tenants.orders import services as orders
from tenants.orders.models import Order
from tests.control.billing.conftest import make_plan
from tests.tenants.trust.test_unverified import ready


@pytest.fixture
def order_id(acme) -> int:
    with workspace_scope(acme):
        return ready().id


def submitted(tenant, order_id: int, *, standing: str = "active") -> int:
    with workspace_scope(replace(tenant, standing=standing)):
        order = session().get_one(Order, order_id)
        return orders.submit_to_carrier(order, by=audit.SYSTEM)


def have(account, *features: str) -> None:
    """Give an account a plan with these features."""
    version = make_plan("plan-" + "-".join(features), 9_900).plan_version
    version.features = list(features)
    account.plan_version_id = version.id
    control_session().commit()
    review(account)


def test_orders_go_to_carriers_where_the_plan_contains_it(acme, account, order_id, work):
    have(account)
    work()
    with pytest.raises(Refused, match="plan- does not contain") as refusal:
        submitted(acme, order_id)
    assert "Plan and billing" in str(refusal.value)
    have(account, "carrier_links")
    work()
    assert submitted(acme, order_id) == 1


def test_on_trial_everything_is_tried(acme, account, order_id, work):
    have(account)
    work()
    assert submitted(acme, order_id, standing="trial") == 1


def test_cells_that_were_told_less_by_a_former_release_are_told_again(
    acme, account, order_id, work
):
    have(account)
    account.told_form, account.review_at = 0, None
    control_session().query(BillingAccount).filter(BillingAccount.id != account.id).update(
        {"told_form": 1, "review_at": None}
    )
    control_session().commit()
    # Nobody has told it yet: nothing is refused for that.
    with workspace_scope(replace(acme, standing="active")):
        refuse_without(Feature.CARRIER_LINKS)
    assert review_due() == 1
    assert review_due() == 0
    work()
    with pytest.raises(Refused):
        submitted(acme, order_id)

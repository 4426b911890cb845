"""A workspace with its account, plans to buy, and the Stripe-compatible server with a clock."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from control.billing import accounts
from control.billing.limits import Counted, Limit, write_limits
from control.billing.models import BillingAccount, BillingPlan, PlanPrice, PlanVersion
from control.workspaces.models import Workspace
from kit import clock
from kit.db import control_session
from tests.control.billing.line import Line, purchase
from tests.kit.payments.conftest import settled, stripe_here
from tests.stripe_server import stripe_account, stripe_url

__all__ = ["settled", "stripe_account", "stripe_here", "stripe_url"]


@pytest.fixture
def held():
    """Our clock is held, so that it goes with Stripe's."""
    with clock.moved(clock.now().replace(microsecond=0)):
        yield


@pytest.fixture
def workspace(acme) -> Workspace:
    return control_session().scalars(select(Workspace).where(Workspace.schema == acme.schema)).one()


@pytest.fixture
def account(workspace) -> BillingAccount:
    return accounts.account_of(workspace.id)


def make_plan(code: str, amount: int, *, seats: int = 5, position: int = 10) -> PlanPrice:
    """Offer a plan; return its price by the month in CNY."""
    control = control_session()
    plan = BillingPlan(code=code, name_zh=code, name_en=code, position=position)
    control.add(plan)
    control.flush()
    version = PlanVersion(
        plan_id=plan.id,
        number=1,
        trial_days=30,
        limits=write_limits({Counted.SEATS: Limit(seats), Counted.CHANNELS: Limit(20)}),
        features=["carrier_links"],
        published_at=clock.now(),
    )
    control.add(version)
    control.flush()
    price = PlanPrice(
        plan_version_id=version.id,
        currency="CNY",
        interval="month",
        amount=amount,
        seat_amount=2_000,
    )
    control.add(price)
    control.commit()
    return price


@pytest.fixture
def price(db) -> PlanPrice:
    return make_plan("team", 29_900)


@pytest.fixture
def larger(db) -> PlanPrice:
    return make_plan("large", 59_900, seats=50)


@pytest.fixture
def line(held, stripe_here, work) -> Line:
    return Line(stripe_here, work)


@pytest.fixture
def buy(line, account) -> Callable[..., None]:
    """Buy a plan on the Checkout page, and hear of it."""
    return partial(purchase, line, account)

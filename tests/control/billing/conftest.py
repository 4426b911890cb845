"""A workspace with its account, plans to buy, and the Stripe-compatible server with a clock."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from control.billing import accounts
from control.billing.limits import Counted, Limit, write_limits
from control.billing.models import BillingAccount, BillingPlan, PlanPrice, PlanVersion
from control.billing.online.checkout import begin_checkout
from control.billing.online.inbox import take_in
from control.workspaces.models import Workspace
from kit import audit, clock
from kit.db import control_session
from kit.payments import Notice
from tests.kit.payments.conftest import settled, stripe_here
from tests.stripe_server import stripe_account, stripe_url

__all__ = ["settled", "stripe_account", "stripe_here", "stripe_url"]
NOTICE_KEYS = ("id", "type", "created")


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


class Line:
    """Stripe on one end, our inbox on the other: what it says is brought here by hand."""

    def __init__(self, stripe_account, work) -> None:
        self.stripe = stripe_account
        self.work = work
        self.told: set[str] = set()

    def news(self) -> list[Notice]:
        """Return the events that were not brought yet, oldest first."""
        found = list(self.stripe.client.v1.events.list({"limit": 100}).auto_paging_iter())
        return [self.notice(one) for one in reversed(found) if one.id not in self.told]

    @staticmethod
    def notice(event) -> Notice:
        body = event.to_dict()
        about = body["data"]["object"]
        return Notice(
            event.id, event.type, event.created, about["object"], about.get("id", ""), body=body
        )

    def bring(self, notices: list[Notice] | None = None) -> None:
        """Deliver what is new (or what is given) and do the work it makes."""
        for one in self.news() if notices is None else notices:
            take_in(one, way="webhook")
            self.told.add(one.id)
        self.work()

    def pass_days(self, days: float) -> None:
        """Let time go by on both ends; nothing is delivered."""
        self.stripe.knob("clock/advance", seconds=int(days * 86_400))
        clock.advance(timedelta(days=days))


@pytest.fixture
def line(held, stripe_here, work) -> Line:
    return Line(stripe_here, work)


@pytest.fixture
def buy(line, account) -> Callable[..., None]:
    """Buy a plan on the Checkout page, and hear of it."""

    def go(price: PlanPrice, *, extra_seats: int = 0, **page: str) -> None:
        url = begin_checkout(
            account,
            price,
            extra_seats=extra_seats,
            submission=f"buy-{price.public_id}",
            back_url="http://acme.localhost/settings/billing",
            by=audit.SYSTEM,
        )
        session = url.rstrip("/").rsplit("/", 1)[-1].split("#")[0]
        line.stripe.knob(f"checkout/{session}/complete", **page)
        line.bring()
        control_session().expire_all()

    return go

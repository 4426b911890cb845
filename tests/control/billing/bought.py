"""A plan bought on the first day after the trial, once for all tests of a module.

Who names these fixtures in a conftest has every test of that folder begin there: the databases go
back by a savepoint, the server by its mark, and the time is the same each time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from control.billing import accounts
from control.billing.models import BillingAccount, PlanPrice
from control.workspaces.directory import directory
from kit import clock
from kit.db import control_session
from tests.control.billing.conftest import make_plan
from tests.control.billing.line import Line, purchase
from tests.control.conftest import do_work
from tests.kit.payments.conftest import lead_to, settling
from tests.stage import Stage, staged
from tests.stripe_server import Account


@dataclass
class Past:
    """What has happened before a module's tests begin, and when that is."""

    stage: Stage
    stripe: Account
    now: datetime = field(default_factory=lambda: clock.now().replace(microsecond=0))
    told: set[str] = field(default_factory=set)
    price_id: int = 0

    @contextmanager
    def going_on(self) -> Iterator[Line]:
        """Have something more happen before the tests begin."""
        with self.stage.set_up(), clock.moved(self.now), settling() as settled:
            lead_to(self.stripe, settled)
            line = Line(self.stripe, do_work, self.told)
            yield line
            self.now, self.told = clock.now(), line.told
        self.stripe.knob("mark")


def account_of_acme() -> BillingAccount:
    found = directory.by_address("acme")
    assert found is not None
    return accounts.account_of(found.id)


@pytest.fixture(scope="module")
def stage(app) -> Iterator[Stage]:
    with staged(app) as made:
        yield made


@pytest.fixture(scope="module")
def past(stage, stripe_url) -> Past:
    made = Past(stage, Account(stripe_url))
    with made.going_on() as line:
        account, price = account_of_acme(), make_plan("team", 29_900)
        account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
        control_session().commit()
        purchase(line, account, price)
        made.price_id = price.id
    return made


@pytest.fixture
def db(stage, past):
    with stage.scene():
        yield


@pytest.fixture
def held(past):
    with clock.moved(past.now):
        yield


@pytest.fixture
def stripe_account(past) -> Account:
    past.stripe.knob("back")
    return past.stripe


@pytest.fixture
def price(db, past) -> PlanPrice:
    return control_session().get_one(PlanPrice, past.price_id)


@pytest.fixture
def line(held, stripe_here, past, work) -> Line:
    return Line(stripe_here, work, past.told)

"""Two schedulers at once: a month is closed by one of them."""

from datetime import timedelta

from sqlalchemy import select

from control.billing.accounts import account_of
from control.billing.limits import Counted, Limit, write_limits
from control.billing.models import UsageCharge, UsageReading
from control.billing.usage import closing, reading
from kit import clock
from kit.db import control_session, session
from kit.tenancy import current
from tenants.accounts import counters
from tests.control.billing.conftest import make_plan
from tests.tenants.conftest import at_once, race_app

__all__ = ["at_once", "race_app"]


def test_two_schedulers_close_a_month_once(at_once):
    price = make_plan("raced", 29_900)
    price.plan_version.limits = write_limits(
        {Counted.ORDERS: Limit(2, is_hard=False, amounts={"CNY": 990})}
    )
    account = account_of(current().id)
    month = reading.month_at(clock.now() - timedelta(days=40), reading.zone_of(account))
    made = UsageReading(
        account_id=account.id,
        month=month.first,
        ends_at=month.ends_at,
        used={},
        plan_version_id=price.plan_version_id,
        currency="CNY",
        paid_since=month.begins_at,
        read_at=month.begins_at,
    )
    control_session().add(made)
    control_session().commit()
    counters.add(Counted.ORDERS, 5, period=month.name)
    session().commit()
    reading_id = made.id
    control_session().rollback()
    answers = at_once([lambda: closing.close_month(reading_id)] * 4)
    assert sorted(answers) == [False, False, False, True]
    [charge] = control_session().scalars(select(UsageCharge)).all()
    assert (charge.units, charge.amount) == (3, 2_970)


def test_sweeps_at_once_leave_one_reading(at_once):
    account = account_of(current().id)
    account_id, month = account.id, reading.month_at(clock.now(), reading.zone_of(account)).first
    control_session().rollback()
    assert all(at_once([lambda: reading.read_account(account_id)] * 4))
    mine = select(UsageReading).where(
        UsageReading.account_id == account_id, UsageReading.month == month
    )
    assert len(control_session().scalars(mine).all()) == 1

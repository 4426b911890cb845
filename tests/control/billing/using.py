"""A plan with soft limits, how much of it is used, and what is charged for it."""

from datetime import timedelta

from sqlalchemy import select

from control.billing.limits import Counted, Limit, write_limits
from control.billing.models import PlanPrice, UsageCharge
from control.billing.usage import jobs, reading
from kit import clock
from kit.db import control_session, session, workspace_scope
from tenants.accounts import counters


def soften(price: PlanPrice) -> PlanPrice:
    """Give a plan two orders a month, a megabyte and three channels, more of them for money."""
    price.plan_version.limits = write_limits(
        {
            Counted.ORDERS: Limit(2, is_hard=False, per=10, amounts={"CNY": 990}),
            Counted.STORAGE: Limit(1, is_hard=False, per=100, amounts={"CNY": 500}),
            Counted.CHANNELS: Limit(3),
        }
    )
    control_session().commit()
    return price


def month_of(account):
    return reading.month_at(clock.now(), reading.zone_of(account))


def to_next_month(account, line, *, hours=2):
    ends_at = month_of(account).ends_at + timedelta(hours=hours)
    line.pass_days((ends_at - clock.now()) / timedelta(days=1))


def use(acme, *, orders=0, megabytes=0):
    """Have orders placed and files stored, as the counters say it."""
    with workspace_scope(acme):
        month = counters.month_of(clock.now())
        counters.add(Counted.ORDERS, orders, period=month)
        counters.add(Counted.STORAGE, megabytes * 2**20)
        session().commit()


def sweep(work):
    jobs.begin_sweep()
    # What a month's end makes is sent by work of its own.
    work()
    work()
    control_session().expire_all()


def charges(**wanted):
    statement = select(UsageCharge).filter_by(**wanted).order_by(UsageCharge.id)
    return control_session().scalars(statement.execution_options(populate_existing=True)).all()


def items(line, account):
    found = line.stripe.client.v1.invoice_items.list({"customer": account.stripe_customer_id})
    return [one for one in found.data if one.metadata and "charge" in one.metadata]

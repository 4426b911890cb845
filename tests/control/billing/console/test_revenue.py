"""What is earned, reckoned over months: by the year a twelfth, no currency into another."""

from datetime import UTC, datetime, timedelta

import pytest

from control.billing import revenue
from control.billing.models import Invoice, PlanPrice, Subscription
from kit import clock
from kit.db import control_session
from tests.control.billing.conftest import make_plan

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def july(db):
    with clock.moved(NOW):
        yield


@pytest.fixture
def price(db) -> PlanPrice:
    made = make_plan("team", 30_000)
    control_session().add_all(
        [
            PlanPrice(
                plan_version_id=made.plan_version_id,
                currency="CNY",
                interval="year",
                amount=300_001,
                seat_amount=12_000,
            ),
            PlanPrice(
                plan_version_id=made.plan_version_id, currency="USD", interval="month", amount=5_000
            ),
        ]
    )
    control_session().commit()
    return made


@pytest.fixture
def bought(account, price):
    """Enter a purchase."""

    def make(began, *, state="active", **more):
        row = Subscription(
            account_id=account.id,
            provider="stripe",
            state=state,
            plan_version_id=price.plan_version_id,
            started_at=began,
            **({"interval": "month", "currency": "CNY"} | more),
        )
        control_session().add(row)
        control_session().commit()
        return row

    return make


def amounts():
    return {one.currency: list(one.amounts) for one in revenue.monthly_revenue()}


def day(month, day_of=10):
    return datetime(2026, month, day_of, tzinfo=UTC)


def line(began, until, amount, **more):
    return {
        "text": "x",
        "quantity": 1,
        "amount": amount,
        "off": 0,
        "from": began.isoformat(),
        "until": until.isoformat(),
        "recurs": True,
    } | more


@pytest.fixture
def billed(account):
    """Enter an invoice that was issued, with its lines."""

    def make(*lines, currency="CNY", state="paid", **more):
        row = Invoice(
            account_id=account.id,
            provider="stripe",
            state=state,
            currency=currency,
            total_amount=1,
            remaining_amount=0,
            lines=list(lines),
            **more,
        )
        control_session().add(row)
        control_session().commit()
        return row

    return make


def test_what_recurs_is_by_month_and_never_mixed(billed):
    for month in (3, 4, 5):
        billed(line(day(month), day(month + 1), 34_000))
    billed(line(day(5), day(5) + timedelta(days=365), 312_001))
    billed(line(day(7), day(8), 5_000), currency="USD", state="open")
    # What was never owed, and what is paid once, do not recur.
    billed(line(day(3), day(8), 9_999), state="void")
    billed(line(day(7, 1), day(7, 31), 7_777, recurs=False))
    found = amounts()
    assert set(found) == {"CNY", "USD"}
    # 312,001 / 12 = 26,000.08
    assert found["CNY"][-6:] == [0, 34_000, 34_000, 34_000 + 26_000, 26_000, 26_000]
    assert found["USD"] == [0] * 11 + [5_000]


def test_a_month_counts_as_it_was_though_the_plan_changed_since(billed):
    billed(line(day(5), day(6), 30_000))
    billed(line(day(6), day(7), 30_000))
    # On the 20th of June another plan: 10/30 of the old one back, 10/30 of the new one.
    middle = datetime(2026, 6, 20, tzinfo=UTC)
    left = (day(7) - middle).days
    billed(line(middle, day(7), -30_000 * left // 30), line(middle, day(7), 60_000 * left // 30))
    billed(line(day(7), day(8), 60_000, off=6_000))
    assert amounts()["CNY"][-4:] == [0, 30_000, 60_000, 54_000]


def test_an_invoice_by_transfer_counts_by_its_own_period(billed, bought):
    bare = {"text": "x", "quantity": 1, "amount": 120_000}
    period = {"period_began_at": day(6), "period_ends_at": day(6) + timedelta(days=365)}
    billed(bare, subscription_id=bought(day(6)).id, **period)
    # Without a subscription it is something that was sold once.
    billed(bare, **period)
    assert amounts()["CNY"][-3:] == [0, 10_000, 10_000]


def test_customers_come_and_go(bought):
    bought(day(3), ended_at=day(6), state="canceled")
    months = {one.moment.month: one for one in revenue.coming_and_going()}
    assert [(months[m].had, months[m].won, months[m].lost) for m in (2, 3, 4, 6, 7)] == [
        (0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 0, 1), (0, 0, 0),
    ]  # fmt: skip
    assert months[6].churn == 100
    assert months[7].churn is None
    # Another plan in the same month is the same customer.
    bought(day(6), currency="USD")
    assert next(one for one in revenue.coming_and_going() if one.moment.month == 6).lost == 0


def test_trials_are_counted_in_the_month_they_end(account, bought):
    account.workspace.trial_ends_at = day(5)
    control_session().commit()
    may = next(one for one in revenue.trial_conversion() if one.moment.month == 5)
    assert (may.ended, may.bought) == (1, 0)
    # Who gave up before anything was paid has not bought.
    bought(day(4), trial_ends_at=day(5), ended_at=day(5), state="canceled")
    may = next(one for one in revenue.trial_conversion() if one.moment.month == 5)
    assert (may.ended, may.bought) == (1, 0)
    bought(day(5))
    may = next(one for one in revenue.trial_conversion() if one.moment.month == 5)
    assert may.conversion == 100


def test_what_is_owed_has_an_age(account):
    for days, amount, currency in (
        (0.5, 1, "CNY"), (7.9, 10, "CNY"), (8.1, 100, "CNY"), (15.5, 1_000, "CNY"),
        (30, 10_000, "CNY"), (2, 7, "USD"), (-1, 5, "CNY"),
    ):  # fmt: skip
        control_session().add(
            Invoice(
                account_id=account.id,
                provider="transfer",
                state="open",
                currency=currency,
                total_amount=amount,
                remaining_amount=amount,
                due_at=NOW - timedelta(days=days),
                lines=[],
            )
        )
    control_session().commit()
    found = [(one.currency, one.age, one.amount) for one in revenue.overdue()]
    assert found[:4] == [
        ("CNY", "0-7", 11), ("CNY", "8-14", 100), ("CNY", "15-21", 1_000), ("CNY", "22", 10_000),
    ]  # fmt: skip
    assert found[4] == ("USD", "0-7", 7)


def test_the_page_shows_charts_with_tables(console, billed):
    billed(line(day(5), day(6), 30_000))
    billed(line(day(5), day(6), 5_000), currency="USD")
    text = console.get("/console/billing/revenue").text
    assert text.count("data-chart ") == 4
    assert text.count("<table") == 4
    for words in ("¥300.00", "CNY", "USD", "2026-05"):
        assert words in text

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


def test_what_recurs_is_by_month_and_never_mixed(bought):
    bought(day(3), ended_at=day(6), state="canceled", extra_seats=2)
    bought(day(5), interval="year", extra_seats=1)
    bought(day(7), currency="USD")
    bought(day(1), state="incomplete_expired")
    bought(day(7), state="trialing", trial_ends_at=day(8))
    found = amounts()
    assert set(found) == {"CNY", "USD"}
    # (300,001 + 12,000) / 12 = 26,000.08
    assert found["CNY"][-6:] == [0, 34_000, 34_000, 34_000 + 26_000, 26_000, 26_000]
    assert found["USD"] == [0] * 11 + [5_000]


def test_what_is_not_paid_for_any_more_counts_until_then(bought):
    bought(day(4), state="unpaid", period_began_at=day(6))
    assert amounts()["CNY"][-4:] == [30_000, 30_000, 0, 0]


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


def test_the_page_shows_charts_with_tables(console, bought, account):
    bought(day(5))
    bought(day(5), currency="USD")
    text = console.get("/console/billing/revenue").text
    assert text.count("data-chart ") == 4
    assert text.count("<table") == 4
    for words in ("¥300.00", "CNY", "USD", "2026-05"):
        assert words in text

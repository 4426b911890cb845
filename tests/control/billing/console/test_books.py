"""The books as the operator reads them and takes them to an ERP."""

from datetime import UTC, datetime

import pytest

from control.billing.bookkeeping import enter
from control.billing.models import Invoice, InvoiceState, Provider
from kit.db import control_session, control_transaction


@pytest.fixture
def booked(account) -> Invoice:
    with control_transaction() as control:
        made = Invoice(
            account_id=account.id,
            provider=Provider.STRIPE,
            number="B-0001",
            state=InvoiceState.PAID,
            currency="CNY",
            total_amount=10_600,
            tax_amount=600,
            paid_amount=10_600,
            remaining_amount=0,
            # Half past midnight of the first of July in Shanghai.
            issued_at=datetime(2026, 6, 30, 16, 30, tzinfo=UTC),
            paid_at=datetime(2026, 7, 2, tzinfo=UTC),
            lines=[],
        )
        control.add(made)
        control.flush()
        enter(account, made)
    control_session().commit()
    return made


def test_a_month_is_shown_by_account_with_both_sides(console, booked):
    text = console.get("/console/billing/books?month=2026-07").text
    turnover = text.partition("<tbody>")[2].partition("</tbody>")[0]
    for line in ("1012", "1122", "2221", "6001", "¥106.00", "¥100.00", "¥6.00"):
        assert line in turnover
    assert "month=2026-06" in text
    assert "month=2026-08" in text
    assert (
        "6001"
        not in console.get("/console/billing/books?month=2026-06").text.partition("<tbody>")[0]
    )


@pytest.mark.parametrize("month", ["", "2026-13", "x", "9999-12", "0001-01", "2026-07-01"])
def test_a_month_that_is_none_shows_this_one(console, booked, month):
    assert console.get(f"/console/billing/books?month={month}").status_code == 200


def test_entries_are_found_and_say_where_the_money_went(console, booked):
    text = console.get("/console/billing/books?q=B-0001").text
    assert "1122 应收账款" in text
    assert "6001 主营业务收入 ¥100.00" in text
    assert "2221 应交税费 ¥6.00" in text
    assert "B-0001" not in console.get("/console/billing/books?q=B-0002").text
    assert "B-0001" not in console.get("/console/billing/books?kind=refunded").text

"""What use beyond soft limits costs, as a table."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.billing.limits import Counted, Limit, read_limits, write_limits
from control.billing.usage.reckoning import month_at, month_from, reckon

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAY = month_from(date(2026, 5, 17), SHANGHAI)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def lines(limit, used, *, counted=Counted.ORDERS, currency="CNY", paid_since=LONG_AGO):
    limits = read_limits(write_limits({counted: limit}))
    return [
        (one.units, one.unit_amount, one.amount)
        for one in reckon(
            limits, {counted: used}, currency=currency, month=MAY, paid_since=paid_since
        )
    ]


@pytest.mark.parametrize(
    ("limit", "used", "charged"),
    [
        (Limit(1_000, is_hard=False, per=100, amounts={"CNY": 990}), 1_000, []),
        (Limit(1_000, is_hard=False, per=100, amounts={"CNY": 990}), 1_001, [(1, 990, 990)]),
        (Limit(1_000, is_hard=False, per=100, amounts={"CNY": 990}), 1_100, [(1, 990, 990)]),
        (Limit(1_000, is_hard=False, per=100, amounts={"CNY": 990}), 1_101, [(2, 990, 1_980)]),
        (Limit(0, is_hard=False, amounts={"CNY": 5}), 7, [(7, 5, 35)]),
        # Hard, without limit, without a price, in a currency that has none.
        (Limit(1_000, amounts={"CNY": 990}), 5_000, []),
        (Limit(None, is_hard=False, amounts={"CNY": 990}), 5_000, []),
        (Limit(1_000, is_hard=False), 5_000, []),
        (Limit(1_000, is_hard=False, amounts={"USD": 990}), 5_000, []),
        (Limit(1_000, is_hard=False, amounts={"CNY": 0}), 5_000, []),
    ],
)
def test_what_is_begun_is_charged(limit, used, charged):
    assert lines(limit, used) == charged


@pytest.mark.parametrize(
    ("counted", "paid_since", "is_charged"),
    [
        (Counted.ORDERS, None, False),
        (Counted.ORDERS, MAY.begins_at, True),
        # Bought in the middle of May: nobody knows which orders were placed before.
        (Counted.ORDERS, datetime(2026, 5, 10, tzinfo=UTC), False),
        (Counted.STORAGE, datetime(2026, 5, 10, tzinfo=UTC), True),
        (Counted.STORAGE, None, False),
    ],
)
def test_free_days_cost_nothing(counted, paid_since, is_charged):
    limit = Limit(1, is_hard=False, amounts={"CNY": 1})
    assert bool(lines(limit, 2, counted=counted, paid_since=paid_since)) is is_charged


@pytest.mark.parametrize(
    ("at", "first", "begins_at", "ends_at"),
    [
        ("2026-05-31T15:59:59+00:00", date(2026, 5, 1), "2026-04-30T16:00", "2026-05-31T16:00"),
        ("2026-05-31T16:00:00+00:00", date(2026, 6, 1), "2026-05-31T16:00", "2026-06-30T16:00"),
        ("2026-12-31T16:00:00+00:00", date(2027, 1, 1), "2026-12-31T16:00", "2027-01-31T16:00"),
    ],
)
def test_a_month_is_the_workspaces_own(at, first, begins_at, ends_at):
    month = month_at(datetime.fromisoformat(at), SHANGHAI)
    assert month.first == first
    assert [f"{one:%Y-%m-%dT%H:%M}" for one in (month.begins_at, month.ends_at)] == [
        begins_at,
        ends_at,
    ]


@given(
    included=st.integers(0, 10**6),
    per=st.integers(1, 10**4),
    each=st.integers(1, 10**5),
    used=st.integers(0, 10**7),
)
def test_a_charge_pays_for_all_that_was_used_and_for_less_than_a_unit_more(
    included, per, each, used
):
    found = lines(Limit(included, is_hard=False, per=per, amounts={"CNY": each}), used)
    if used <= included:
        assert found == []
        return
    [(units, _each, amount)] = found
    assert amount == units * each
    assert (units - 1) * per < used - included <= units * per

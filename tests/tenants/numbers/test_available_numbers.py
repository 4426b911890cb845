"""What a channel can sell, and how numbers are searched."""

import pytest

from kit import audit
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tenants.numbers import queries, services
from tests.factories.accounts import owner
from tests.factories.numbers import (
    make_child_channel,
    make_number,
    make_numbers,
    make_root_channel,
)

BY = audit.System("tester")


def found(channel=None, **wanted):
    numbers = queries.available_numbers(channel=channel, limit=50, **wanted)
    return [number.msisdn for number in numbers]


def test_a_channel_sees_its_own_its_ancestors_and_the_houses(in_acme):
    root = make_root_channel("Root")
    child = make_child_channel(root)
    other = make_root_channel("Other")
    make_number("13900001001")
    make_number("13900001002", channel=root)
    make_number("13900001003", channel=child)
    make_number("13900001004", channel=other)
    assert found() == ["13900001001"]
    assert found(root) == ["13900001001", "13900001002"]
    assert found(child) == ["13900001001", "13900001002", "13900001003"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"tail": "8"}, ["13900005288", "13900178888"]),
        ({"tail": "88"}, ["13900005288", "13900178888"]),
        ({"tail": "288"}, ["13900005288"]),
        ({"tail": "8888"}, ["13900178888"]),
        ({"tail": "78888"}, ["13900178888"]),
        ({"tail": "8x"}, []),
        ({"contains": "5288"}, ["13900005288"]),
        ({"contains": "0017"}, ["13900178888"]),
        ({"contains": "5"}, ["13900005288"]),
        ({"contains": "%"}, []),
        ({"without_four": True}, ["13900005288", "13900178888"]),
        ({"number_class": "premium"}, ["13900178888"]),
        ({"carrier": "unicom"}, []),
        ({"city": "南京"}, []),
    ],
)
def test_search(in_acme, wanted, expected):
    make_numbers("13900005288", "13900178888", "13900004127")
    assert found(**wanted) == expected


def test_contained_pairs_in_another_order_do_not_match(in_acme):
    make_number("13902828280")
    assert found(contains="8282") == ["13902828280"]
    assert found(contains="828282828") == []


def test_held_blocked_and_allocated_ones_are_not_offered(in_acme):
    held, blocked, sold, free = make_numbers(*[f"1390000100{n}" for n in range(4)])
    services.hold_number(held, owner="a", minutes=5, by=BY)
    services.block_number(blocked, reason="x", by=BY)
    services.allocate_number(sold, item_id="i", owner=None, by=BY)
    assert found() == [free.msisdn]


def test_one_goes_on_after_the_last_seen(in_acme):
    make_numbers(*[f"1390000100{n}" for n in range(5)])
    first = queries.available_numbers(channel=None, limit=2)
    rest = queries.available_numbers(channel=None, limit=9, after=first[-1].public_id)
    assert [number.msisdn[-1] for number in rest] == ["2", "3", "4"]


def test_a_number_is_found_however_it_is_typed(in_acme):
    number = make_number("13900001001")
    assert queries.find_number("+86 139-0000-1001") == number
    assert queries.find_number("13900001002") is None
    assert queries.find_number("x") is None


def test_stock_is_counted_by_pool_and_state_in_one_query(in_acme):
    first, second = make_numbers("13900001001", "13900001002")
    services.hold_number(first, owner="a", minutes=5, by=BY)
    [stock] = queries.stock_by_pool(reach_of(owner(), Permission.Number.VIEW))
    assert (stock.total, stock.available, stock.is_low) == (2, 1, False)
    services.edit_pool(stock.pool, version=1, name="新池", alert_below=5, remark="", by=BY)
    assert queries.stock_by_pool(reach_of(owner(), Permission.Number.VIEW))[0].is_low
    assert second.pool.name == "新池"

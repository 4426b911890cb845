"""Money is exact: whole minor units, parts that add up, rounding that favours nobody."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.money import Money, basis_points, decimals, split

AMOUNTS = st.integers(-(10**15), 10**15)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


def test_it_adds_subtracts_and_negates():
    assert Money(1050) + Money(250) == Money(1300)
    assert Money(1050) - Money(2000) == Money(-950)
    assert -Money(5) == Money(-5)
    assert (bool(Money(0)), bool(Money(-1))) == (False, True)
    assert sorted([Money(3), Money(-1), Money(2)]) == [Money(-1), Money(2), Money(3)]
    assert Money(2) <= Money(2) >= Money(1)


def test_two_currencies_do_not_add():
    with pytest.raises(ValueError, match="CNY and USD do not mix"):
        Money(1) + Money(1, "USD")
    with pytest.raises(ValueError, match="USD and CNY do not mix"):
        Money(1, "USD") - Money(1)


def test_two_currencies_do_not_compare():
    with pytest.raises(ValueError, match="CNY and USD"):
        sorted([Money(2, "USD"), Money(1)])
    with pytest.raises(ValueError, match="CNY and USD"):
        max(Money(1), Money(2, "USD"))
    assert Money(1) != Money(1, "USD")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.34", "CNY", 1234),
        (" 1,234.5 ", "CNY", 123450),
        ("1，000", "CNY", 100000),
        ("-0.01", "CNY", -1),
        ("0", "CNY", 0),
        ("1.50000", "CNY", 150),
        ("500", "JPY", 500),
        ("999999999999999.99", "CNY", 99_999_999_999_999_999),
    ],
)
def test_it_reads_major_units(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "CNY"),
        ("twelve", "CNY"),
        ("0.001", "CNY"),
        ("1.5", "JPY"),
        ("NaN", "CNY"),
        ("sNaN", "CNY"),
        ("Infinity", "CNY"),
        ("1e1000000", "CNY"),
        ("1e999999999999", "CNY"),
        ("1000000000000000", "CNY"),
        ("1" * 40, "CNY"),
        ("100000000000000000000000000000000.001", "CNY"),
        ("0.0000000000000000000000000000000000000001", "CNY"),
        ("100.0000000000000000000000000000000000000001", "CNY"),
    ],
)
def test_it_refuses_what_is_not_exact(text, currency):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Money.parse(text, currency)


@given(AMOUNTS, st.sampled_from(["CNY", "JPY", "USD"]))
def test_major_units_read_back_as_the_same(minor, currency):
    assert Money.parse(str(Money(minor, currency).major), currency) == Money(minor, currency)


def test_major_units_are_exact():
    assert Money(1234).major == Decimal("12.34")
    assert Money(1234, "JPY").major == Decimal(1234)
    assert (decimals("JPY"), decimals("CNY"), decimals("XXX")) == (0, 2, 2)


@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_and_nobody_is_off_by_more_than_one(total, weights):
    parts = split(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    assert all(
        abs(part * whole - total * weight) < whole
        for part, weight in zip(parts, weights, strict=True)
    )


@given(AMOUNTS, WEIGHTS)
def test_a_part_without_weight_gets_nothing(total, weights):
    assert all(
        part == 0
        for part, weight in zip(split(total, weights), weights, strict=True)
        if weight == 0
    )


def test_a_tie_goes_to_the_earlier_part():
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(1, [1, 1]) == [1, 0]
    assert split(0, [5, 5]) == [0, 0]


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_weights_must_be_positive(weights):
    with pytest.raises(ValueError, match="weights must be positive"):
        split(100, weights)


@pytest.mark.parametrize(
    ("amount", "rate", "share"),
    [
        (10_000, 1, 1),
        (5_000, 1, 1),
        (4_999, 1, 0),
        (-5_000, 1, -1),
        (-4_999, 1, 0),
        (250, 3000, 75),
    ],
)
def test_basis_points_round_half_away_from_zero(amount, rate, share):
    assert basis_points(amount, rate) == share


@given(AMOUNTS, st.integers(0, 10_000))
def test_basis_points_are_the_same_both_ways(amount, rate):
    share = basis_points(amount, rate)
    assert basis_points(-amount, rate) == -share
    assert abs(share * 10_000 - amount * rate) <= 5_000

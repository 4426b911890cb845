"""Numbers are taken in by the thousand: all or none, each wrong row named."""

import pytest
from sqlalchemy import func, select

from kit import audit
from kit.db import session
from tenants.accounts.dictionary import Carrier
from tenants.numbers import services
from tenants.numbers.models import Number
from tenants.numbers.patterns import NumberClass
from tests.factories.numbers import make_number, make_numbers, make_pool

BY = audit.System("tester")


def add(*rows, pool=None):
    pool = pool or make_pool()
    return services.add_numbers(
        [row if isinstance(row, services.NewNumber) else services.NewNumber(row) for row in rows],
        pool=pool,
        by=BY,
    )


def stock():
    return session().scalar(select(func.count()).select_from(Number))


def test_everything_about_a_number_is_filled_in(in_acme):
    number = make_number("13905138888")
    assert number.tail == "8888"
    assert number.bigrams == sorted({"13", "39", "90", "05", "51", "38", "88"})
    assert not number.has_four
    assert (number.pattern, number.number_class) == ("AAAA", NumberClass.PREMIUM)
    assert (number.carrier, number.is_home_guessed) == (Carrier.MOBILE, True)


def test_the_longest_segment_tells_carrier_and_home(in_acme):
    for prefix, city in (("139", "全省"), ("1390513", "盐城")):
        services.add_segment(
            prefix=prefix, carrier=Carrier.MOBILE, province="江苏", city=city, by=BY
        )
    near, far = make_numbers("13905138888", "13995138888")
    assert (near.province, near.city, near.is_home_guessed) == ("江苏", "盐城", False)
    assert far.city == "全省"


def test_the_row_itself_comes_first(in_acme):
    services.add_segment(prefix="139", carrier=Carrier.MOBILE, province="江苏", city="南京", by=BY)
    pool = make_pool(carrier=Carrier.UNICOM)
    ported = make_number(
        "13905138888", pool=pool, carrier=Carrier.UNICOM, province="上海", city="上海"
    )
    assert (ported.carrier, ported.city, ported.is_home_guessed) == (Carrier.UNICOM, "上海", False)


def test_iot_numbers_have_13_digits_and_no_home(in_acme):
    number = make_number("1440012345678", province="江苏")
    assert (number.carrier, number.province, number.pattern) == (Carrier.MOBILE, "", "")


def test_an_unknown_prefix_is_of_the_pools_carrier(in_acme):
    assert make_number("14000012345").is_home_guessed


def test_every_wrong_row_is_named_and_nothing_is_saved(in_acme):
    pool = make_pool()
    add("13905130001", pool=pool)
    with pytest.raises(services.RowsRefused) as refusal:
        add(
            "13905130001",
            "13905130002",
            "139-0513-0002",
            "12",
            "13305130003",
            "13905130009",
            pool=pool,
        )
    problems = refusal.value.problems
    assert sorted(problems) == [0, 2, 3, 4]
    assert stock() == 1


def test_one_wrong_row_is_the_sentence(in_acme):
    with pytest.raises(services.RowsRefused) as refusal:
        add("12")
    assert "12" in str(refusal.value)


def test_no_rows_are_no_numbers(in_acme):
    assert add() == 0
    assert stock() == 0


def test_a_class_of_the_file_wins(in_acme):
    number = make_number("13905130001", number_class=NumberClass.PREMIUM, extra_amount=500)
    assert (number.number_class, number.extra_amount) == (NumberClass.PREMIUM, 500)


def test_many_cross_the_chunks(in_acme):
    assert add(*[f"139{place:08}" for place in range(10_050)]) == 10_050
    assert stock() == 10_050


def test_segments_are_taken_in_all_or_none(in_acme):
    rows = [
        services.NewSegment("1390513", Carrier.MOBILE, "江苏", "盐城"),
        services.NewSegment("1390514", Carrier.MOBILE, "江苏", "扬州"),
    ]
    assert services.add_segments(rows, by=BY) == 2
    wrong = [
        *rows,
        services.NewSegment("1390515", Carrier.MOBILE, "", ""),
        services.NewSegment("1390515", Carrier.MOBILE, "", ""),
        services.NewSegment("xx", Carrier.MOBILE, "", ""),
    ]
    with pytest.raises(services.RowsRefused) as refusal:
        services.add_segments(wrong, by=BY)
    assert sorted(refusal.value.problems) == [0, 1, 3, 4]
    assert services.add_segments([], by=BY) == 0

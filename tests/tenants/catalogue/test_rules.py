"""Submit rules: all objections at once, in plain words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kit import clock
from tenants.catalogue.models import Product
from tenants.catalogue.regions import canonical, place
from tenants.catalogue.rules import Applicant, History, age_on, failures

NOW = datetime(2026, 8, 1, 4, tzinfo=UTC)
TODAY = date(2026, 8, 1)


@pytest.fixture(autouse=True)
def _held_clock(in_acme):
    with clock.moved(NOW):
        yield


def _product(**changes):
    values = {
        "carrier": "telecom",
        "age_min": 16,
        "age_max": 65,
        "regions_allowed": [],
        "regions_barred": [],
        "address_keywords_barred": [],
        "repeat_days": 30,
        "repeat_by": ["document", "phone", "address"],
        "max_per_person": 5,
    }
    return Product(**(values | changes))


def _person(**changes):
    values = {
        "born_on": date(1990, 1, 1),
        "province": "广东省",
        "city": "深圳市",
        "district": "南山区",
        "address": "粤海街道1号",
    }
    return Applicant(**(values | changes))


def _check(product, applicant=None, history=None):
    return failures(product, applicant or _person(), history=history or History())


def test_a_good_applicant_passes():
    assert _check(_product()) == []


@pytest.mark.parametrize(
    ("born_on", "passes"),
    [
        (date(2010, 8, 1), True),
        (date(2010, 8, 2), False),
        (date(1960, 8, 2), True),
        (date(1960, 8, 1), False),
        (None, False),
    ],
)
def test_age(born_on, passes):
    if born_on == date(1960, 8, 1):
        assert age_on(born_on, TODAY) == 66
    assert (not _check(_product(), _person(born_on=born_on))) is passes


def test_a_birthday_on_the_29th_of_february():
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_enterprises_have_no_age():
    enterprise = _person(kind="enterprise", born_on=None)
    assert _check(_product(max_per_person=1), enterprise, History(live_items_of_carrier=9)) == []


@pytest.mark.parametrize(
    ("regions", "passes"),
    [
        (["广东省"], True),
        (["广东"], True),
        (["广东省深圳市"], True),
        (["广东深圳市南山区"], True),
        (["广东省深圳市南山区粤海街道"], True),
        (["广东省深圳市福田区"], False),
        (["北京市", "上海市"], False),
    ],
)
def test_regions_allowed_down_to_the_street(regions, passes):
    assert (not _check(_product(regions_allowed=regions))) is passes
    assert (not _check(_product(regions_barred=regions))) is not passes


def test_regions_need_an_address():
    nowhere = _person(province="", city="", district="", address="")
    assert len(_check(_product(regions_barred=["西藏"]), nowhere)) == 1
    assert _check(_product(), nowhere) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("广东省深圳市", "广东深圳市"),
        ("北京市北京市朝阳区", "北京朝阳区"),
        ("北京市市辖区朝阳区", "北京市朝阳区"),
        ("内蒙古自治区包头市", "内蒙古 包头市"),
        ("广西壮族自治区南宁市", "广西南宁市"),
        ("香港特别行政区", "香港"),
    ],
)
def test_places_are_written_in_one_way(one, other):
    assert canonical(one) == canonical(other)


def test_a_street_line_may_repeat_the_region():
    assert place("广东省", "深圳", "南山区", "广东省深圳市南山区1号") == "广东深圳市南山区1号"


def test_keywords():
    product = _product(address_keywords_barred=["街道", "宿舍", "1号"])
    (sentence,) = _check(product)
    assert "街道" in sentence
    assert "1号" in sentence
    assert "宿舍" not in sentence


@pytest.mark.parametrize("by", ["document", "phone", "address"])
@pytest.mark.parametrize(("days", "passes"), [(29, False), (30, True), (0, False)])
def test_the_repeat_window(by, days, passes):
    history = History(repeats={by: TODAY - timedelta(days=days)})
    assert (not _check(_product(), history=history)) is passes


def test_each_part_of_the_repeat_window_can_be_switched_off():
    history = History(repeats={"document": TODAY, "phone": TODAY, "address": TODAY})
    assert len(_check(_product(), history=history)) == 3
    assert len(_check(_product(repeat_by=["phone"]), history=history)) == 1
    assert _check(_product(repeat_days=0), history=history) == []


@pytest.mark.parametrize(("count", "most", "passes"), [(4, 5, True), (5, 5, False), (99, 0, True)])
def test_at_most_five_to_a_person(count, most, passes):
    history = History(live_items_of_carrier=count)
    assert (not _check(_product(max_per_person=most), history=history)) is passes


def test_all_objections_come_at_once():
    product = _product(
        regions_allowed=["北京"], regions_barred=["广东"], address_keywords_barred=["街道"]
    )
    history = History(
        repeats={"document": TODAY, "phone": TODAY, "address": None}, live_items_of_carrier=5
    )
    assert len(_check(product, _person(born_on=date(2020, 1, 1)), history)) == 7

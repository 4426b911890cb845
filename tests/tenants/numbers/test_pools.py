"""Pools and segments are edited, never under somebody else's hands."""

import pytest

from kit import audit
from kit.errors import Refused
from tenants.accounts.dictionary import Carrier
from tenants.numbers import access, services
from tests.factories.numbers import make_number, make_pool

BY = audit.System("tester")


def edit(pool, **changes):
    given = {"version": pool.version, "name": pool.name, "alert_below": 0, "remark": ""} | changes
    return services.edit_pool(pool, **given, by=BY)


def test_a_name_is_taken_once(in_acme):
    make_pool(name="一号池")
    with pytest.raises(Refused) as refusal:
        make_pool(name="一号池")
    assert refusal.value.field == "name"
    other = make_pool(name="二号池")
    with pytest.raises(Refused):
        edit(other, name="一号池")
    assert other.name == "二号池"


def test_an_edit_bumps_the_version_and_a_stale_one_is_refused(in_acme):
    pool = make_pool()
    edit(pool, remark="new")
    assert (pool.remark, pool.version) == ("new", 2)
    assert edit(pool, remark="new").version == 2
    with pytest.raises(Refused):
        edit(pool, version=1, remark="stale")
    assert pool.remark == "new"


def test_only_an_empty_pool_is_deleted(in_acme):
    empty, full = make_pool(), make_pool()
    make_number(pool=full)
    public_id = empty.public_id
    services.delete_pool(empty, by=BY)
    with pytest.raises(access.Missing):
        access.pool(public_id)
    with pytest.raises(Refused):
        services.delete_pool(full, by=BY)
    assert access.pool(full.public_id) == full


def test_segments_are_added_changed_and_deleted(in_acme):
    given = {"carrier": Carrier.MOBILE, "province": "江苏", "city": "盐城"}
    segment = services.add_segment(prefix="1390513", **given, by=BY)
    for prefix in ("1390513", "12", "1234567890", "13x"):
        with pytest.raises(Refused) as refusal:
            services.add_segment(prefix=prefix, **given, by=BY)
        assert refusal.value.field == "prefix"
    services.edit_segment(segment, **given | {"city": "南京"}, by=BY)
    services.edit_segment(segment, **given | {"city": "南京"}, by=BY)
    assert access.segment(segment.public_id).city == "南京"
    services.delete_segment(segment, by=BY)
    with pytest.raises(access.Missing):
        access.segment(segment.public_id)

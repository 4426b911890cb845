"""Products are added as drafts, put on the shelf, taken off and deleted."""

import pytest
from sqlalchemy import func, select

from kit import audit
from kit.db import session
from kit.errors import Missing, Refused
from tenants.accounts.queries import log_of
from tenants.catalogue import access, queries, services
from tenants.catalogue.models import Product, ProductState
from tests.factories.catalogue import make_product
from tests.factories.channels import make_chain, make_channel

BASIC = {"carrier": "telecom", "kind": "traffic_card", "by": audit.SYSTEM}


def _count() -> int:
    return session().scalar(select(func.count()).select_from(Product))


def test_it_adds_a_draft_with_a_code_and_the_carriers_window(in_acme):
    product = services.add_product(name="星卡29元", **BASIC)
    assert product.state == ProductState.DRAFT
    assert product.code == f"P{product.id:04}"
    assert product.sort_key.startswith("xingka")
    assert (product.repeat_days, product.age_min, product.age_max) == (30, 16, 65)
    assert log_of(product.public_id)[0].event == "product:added"


@pytest.mark.parametrize(("carrier", "days"), [("unicom", 15), ("mobile", 90), ("broadnet", 0)])
def test_each_carrier_has_its_window(in_acme, carrier, days):
    assert services.add_product(name="x", **(BASIC | {"carrier": carrier})).repeat_days == days


def test_it_refuses_a_code_that_is_taken(in_acme):
    services.add_product(name="甲", code="A1", **BASIC)
    with pytest.raises(Refused) as refusal:
        services.add_product(name="乙", code="a1", **BASIC)
    assert refusal.value.field == "code"
    assert _count() == 1


@pytest.mark.parametrize(
    "content",
    [
        {"age_min": 30, "age_max": 20},
        {"retail_amount": -1},
        {"repeat_by": ["name"]},
        {"delivery_modes": ["pigeon"]},
    ],
)
def test_it_refuses_senseless_content(in_acme, content):
    with pytest.raises(Refused):
        services.add_product(name="甲", **BASIC, **content)
    assert _count() == 0


def _edit(product, **changes):
    kept = {
        "version": product.version,
        "name": product.name,
        "code": product.code,
        "carrier": product.carrier,
        "kind": product.kind,
    }
    return services.edit_product(product, **(kept | changes), by=audit.SYSTEM)


def test_an_edit_keeps_what_it_leaves_out(in_acme):
    product = make_product(data_mb=1_024, regions_allowed=["广东省"])
    _edit(product, name="新名", voice_minutes=100)
    assert (product.name, product.data_mb, product.voice_minutes) == ("新名", 1_024, 100)
    assert product.regions_allowed == ["广东省"]
    assert sorted(log_of(product.public_id)[0].details["changed"]) == ["name", "voice_minutes"]


def test_a_stale_edit_is_refused(in_acme):
    product = make_product()
    version = product.version
    _edit(product, data_mb=5)
    with pytest.raises(Refused):
        _edit(product, version=version, data_mb=6)
    assert product.data_mb == 5


def test_an_edit_keeps_ages_in_order(in_acme):
    product = make_product()
    with pytest.raises(Refused):
        _edit(product, age_min=70)
    assert product.age_min == 16


def test_on_and_off_the_shelf(in_acme):
    product = make_product(on_shelf=False)
    assert queries.sellable_products(None) == []
    with pytest.raises(Refused):
        services.take_off_shelf(product, by=audit.SYSTEM)
    services.put_on_shelf(product, by=audit.SYSTEM)
    with pytest.raises(Refused):
        services.put_on_shelf(product, by=audit.SYSTEM)
    assert queries.sellable_products(None) == [product]
    services.take_off_shelf(product, by=audit.SYSTEM)
    assert product.state == ProductState.OFF_SHELF
    assert queries.sellable_products(None) == []


def test_what_cannot_be_delivered_stays_off_the_shelf(in_acme):
    product = make_product(on_shelf=False, delivery_modes=[])
    with pytest.raises(Refused):
        services.put_on_shelf(product, by=audit.SYSTEM)
    assert product.state == ProductState.DRAFT


def test_what_is_blocked_for_a_channel_is_blocked_below_it(in_acme):
    root, child = make_chain(1)
    other = make_channel()
    product = make_product(blocked_channel_ids=[root.id])
    for channel in (root, child):
        assert queries.sellable_products(channel) == []
        with pytest.raises(Missing):
            access.sellable(product.public_id, channel=channel)
    assert queries.sellable_products(other) == [product]
    assert access.sellable(product.public_id, channel=None) == product


def test_it_deletes_what_is_off_the_shelf_and_restores_it(in_acme):
    product = make_product()
    with pytest.raises(Refused):
        services.delete_product(product, by=audit.SYSTEM)
    services.take_off_shelf(product, by=audit.SYSTEM)
    services.delete_product(product, by=audit.SYSTEM)
    services.delete_product(product, by=audit.SYSTEM)
    assert product.deleted_at is not None
    for refused in (
        lambda: _edit(product),
        lambda: services.put_on_shelf(product, by=audit.SYSTEM),
    ):
        with pytest.raises(Refused):
            refused()
    services.restore_product(product, by=audit.SYSTEM)
    services.restore_product(product, by=audit.SYSTEM)
    assert product.deleted_at is None

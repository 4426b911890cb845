"""The back office's pages of products: for the owner, a colleague with fewer rights, a stranger."""

import re
from datetime import timedelta

import pytest

from kit import audit, clock
from kit.db import session, workspace_scope
from tenants.catalogue import queries, services
from tenants.catalogue.models import Product, ProductState
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import again, make_chain, make_channel, make_grade

GOOD = {
    "name": "星卡29元",
    "carrier": "telecom",
    "kind": "traffic_card",
    "monthly_amount": "29",
    "first_topup_amount": "50",
    "data_mb": "30720",
    "targeted_data_mb": "0",
    "voice_minutes": "100",
    "sms_count": "0",
    "contract_months": "12",
    "promotion_months": "0",
    "retail_amount": "0",
    "carrier_amount": "100",
    "delivery_modes": ["courier", "counter"],
    "picking": "any",
    "age_min": "18",
    "age_max": "60",
    "repeat_by": ["document"],
    "regions_allowed": "广东省\r\n\r\n福建省厦门市\r\n广东省",
    "max_per_person": "5",
}


@pytest.fixture
def stranger(client, rival):
    """The owner of another workspace."""
    with workspace_scope(rival):
        return signed_in(client, owner())


@pytest.fixture
def office(client, in_acme):
    return signed_in(client, owner())


def _url(row, *rest):
    return "/".join(["/products", again(row).public_id, *rest])


def test_the_list_shows_tabs_and_filters(office):
    make_product(name="甲卡", carrier="unicom")
    make_product(name="乙卡", carrier="telecom", kind="iot", on_shelf=False)
    gone = make_product(name="丙卡", on_shelf=False)
    services.delete_product(gone, by=audit.SYSTEM)
    names = ("甲卡", "乙卡", "丙卡")
    for query, there in [
        ("", ["甲卡", "乙卡"]),
        ("status=on_shelf", ["甲卡"]),
        ("status=draft", ["乙卡"]),
        ("carrier=unicom", ["甲卡"]),
        ("kind=iot", ["乙卡"]),
        ("q=乙", ["乙卡"]),
    ]:
        text = office.get(f"/products/?{query}").text
        rows = text[text.index("<tbody>") :]
        assert [name for name in names if name in rows] == there, query
    there = office.get("/products/?deleted=yes").location
    assert there == "/recycle-bin/?kind=product"
    assert there in office.get("/products/").text
    assert "丙卡" in office.get(there).text


def test_an_export_is_logged(office):
    make_product()
    assert office.get("/products/?export=xlsx", buffered=True).status_code == 200
    assert session().query(audit.AuditEntry).filter_by(event="products:exported").count() == 1


def test_it_adds_a_draft(office):
    answer = office.submit("/products/new", GOOD)
    assert answer.status_code == 303
    made = session().query(Product).one()
    assert made.state == ProductState.DRAFT
    assert (made.monthly_amount, made.data_mb, made.age_min) == (2_900, 30_720, 18)
    assert made.regions_allowed == ["广东省", "福建省厦门市"]
    assert made.delivery_modes == ["courier", "counter"]
    assert (made.repeat_days, made.repeat_by) == (30, ["document"])


def test_it_shows_refusals_beside_the_fields(office):
    assert office.submit("/products/new", {}).status_code == 422
    answer = office.submit("/products/new", GOOD | {"age_max": "17"})
    assert answer.status_code == 422
    assert "age_max-error" in answer.text
    assert session().query(Product).count() == 0


def test_it_edits_and_notices_a_conflict(office):
    root = make_channel()
    blocked = root.public_id
    product = make_product(regions_barred=["西藏"], blocked_channel_ids=[])
    shown = office.get(_url(product, "edit")).text
    assert "西藏" in shown
    office.submit(
        _url(product, "edit"), GOOD | {"code": "", "blocked": [blocked], "regions_barred": ""}
    )
    stands = again(product)
    assert (stands.name, stands.regions_barred) == ("星卡29元", [])
    assert stands.blocked_channel_ids == [again(root).id]
    assert stands.code.startswith("P")
    stale = office.submit(_url(product, "edit"), GOOD | {"name": "乙", "version": "1"})
    assert stale.status_code == 422
    assert again(product).name == "星卡29元"


def test_shelf_and_recycle_bin(office):
    product = make_product(name="要删的", on_shelf=False)
    text = office.get(_url(product)).text
    assert any("要删的" in one for one in re.findall(r'data-confirm="([^"]*)"', text))
    token = {"csrf_token": office.token(_url(product))}
    office.post(_url(product, "put-on-shelf"), data=token)
    assert again(product).state == ProductState.ON_SHELF
    office.post(_url(product, "delete"), data=token)
    assert again(product).deleted_at is None
    office.post(_url(product, "take-off-shelf"), data=token)
    assert again(product).state == ProductState.OFF_SHELF
    office.post(_url(product, "delete"), data=token)
    assert again(product).deleted_at is not None
    assert office.get(_url(product, "edit")).status_code == 404
    assert office.get(_url(product)).status_code == 200
    office.post(_url(product, "restore"), data=token)
    assert again(product).deleted_at is None


def test_the_detail_shows_content_rates_and_log(office):
    product = make_product(name="甲卡", data_mb=30 * 1024, voice_minutes=100)
    make_rate(product, 12_345)
    text = office.get(_url(product)).text
    for seen in ("30 GB", "123.45", "product-log", "/try"):
        assert seen in text
    drawer = {"HX-Request": "true", "HX-Target": "div#drawer-body"}
    assert "<html" not in office.get(_url(product), headers=drawer).text


def test_rates_are_set_changed_and_removed(office):
    product, gold = make_product(), make_grade(name="金牌")
    grade = gold.public_id
    today = clock.today()
    data = {
        "milestone": "activated",
        "grade": grade,
        "amount": "80",
        "timing": "next_month",
        "valid_from": today.isoformat(),
    }
    assert office.submit(_url(product, "rates", "new"), {"milestone": "x"}).status_code == 422
    office.submit(_url(product, "rates", "new"), data)
    (rate,) = queries.rates_of(again(product))
    assert (rate.amount, rate.grade.name, rate.valid_to) == (8_000, "金牌", None)
    like = f"{_url(product, 'rates', 'new')}?like={rate.public_id}"
    assert "80.00" in office.get(like).text
    office.submit(like, data | {"amount": "90", "valid_to": (today + timedelta(1)).isoformat()})
    (rate,) = queries.rates_of(again(product))
    assert rate.amount == 9_000
    remove = _url(product, "rates", rate.public_id, "remove")
    text = office.get(_url(product, "rates/")).text
    assert "90.00" in text
    assert "金牌" in text
    office.post(remove, data={"csrf_token": office.token(_url(product, "rates/"))})
    assert queries.rates_of(again(product)) == []


def test_a_rate_of_another_product_is_not_there(office):
    one, other = make_product(), make_product()
    rate = make_rate(other).public_id
    token = {"csrf_token": office.token("/products/")}
    assert office.post(_url(one, "rates", rate, "remove"), data=token).status_code == 404
    assert len(queries.rates_of(again(other))) == 1


def test_why_shows_each_level_and_its_source(office):
    product, chain = make_product(), make_chain(8_000, 5_000)
    make_rate(product, 10_000)
    make_rate(product, 9_000, channel=chain[2])
    channel = chain[2].public_id
    names = [one.name for one in chain]
    empty = office.get(_url(product, "why")).text
    assert "<tbody>" not in empty
    text = office.get(f"{_url(product, 'why')}?channel={channel}&on=nonsense").text
    for seen in (*names, "100.00", "80.00", "90.00", "20.00"):
        assert seen in text
    early = office.get(f"{_url(product, 'why')}?channel={channel}&on=2019-01-01").text
    assert "<tbody>" not in early
    assert office.get(f"{_url(product, 'why')}?channel=unknown").status_code == 404


def test_rules_are_tried_out_and_nothing_is_kept(office):
    product = make_product(regions_allowed=["广东省"], address_keywords_barred=["学校"])
    path = _url(product, "try")
    far = {"kind": "person", "age": "15", "province": "西藏", "address": "学校路1号"}
    text = office.submit(path, far | {"live_items": "5"}).text
    assert text.count("<li>") - office.get(path).text.count("<li>") == 4
    assert "15" in text
    good = {"kind": "person", "document": "11010519491231002X", "province": "广东省"}
    assert "76" in office.submit(path, good | {"live_items": "0"}).text
    wrong = office.submit(path, {"kind": "person", "document": "110105194912310021"})
    assert wrong.status_code == 422
    assert "document-error" in wrong.text
    piece = office.get(path, headers={"HX-Request": "true"}).text
    assert "<html" not in piece
    assert session().query(audit.AuditEntry).filter_by(subject_kind="Product").count() == 2


@pytest.fixture
def paths(in_acme):
    product = make_product()
    rate = make_rate(product)
    one = f"/products/{product.public_id}"
    return {
        "edit": [f"{one}/edit"],
        "price": [f"{one}/rates/new"],
        "view": [one, f"{one}/rates/", f"{one}/why", f"{one}/try"],
        "buttons": [
            f"{one}/put-on-shelf",
            f"{one}/take-off-shelf",
            f"{one}/delete",
            f"{one}/restore",
            f"{one}/rates/{rate.public_id}/remove",
        ],
    }


def test_a_colleague_with_fewer_rights_sees_but_does_not_touch(client, paths):
    colleague = signed_in(client, make_user(roles=[make_role(permissions=["product:view"])]))
    for path in ["/products/", *paths["view"]]:
        assert colleague.get(path).status_code == 200, path
    for path in ["/products/new", *paths["edit"], *paths["price"]]:
        assert colleague.get(path).status_code == 403, path
    token = {"csrf_token": colleague.token("/products/")}
    for path in paths["buttons"]:
        assert colleague.post(path, data=token).status_code == 403, path
        assert colleague.get(path).status_code in {404, 405}, path


def test_prices_need_their_own_right(client, paths):
    editor = signed_in(
        client, make_user(roles=[make_role(permissions=["product:view", "product:edit"])])
    )
    assert editor.get(paths["edit"][0]).status_code == 200
    assert editor.get(paths["price"][0]).status_code == 403


def test_a_role_without_products_sees_none(client, paths):
    nobody = signed_in(client, make_user(roles=[make_role(permissions=["user:view"])]))
    for path in ["/products/", *paths["view"]]:
        assert nobody.get(path).status_code == 403, path


def test_a_stranger_finds_nothing(stranger, paths):
    token = {"csrf_token": stranger.token("/products/")}
    for path in [*paths["view"], *paths["edit"], *paths["price"]]:
        assert stranger.get(path).status_code == 404, path
    for path in paths["buttons"]:
        assert stranger.post(path, data=token).status_code == 404, path


def test_nobody_comes_in_without_a_log_in(client, acme, paths):
    browser = client.at(acme)
    for path in ["/products/", *paths["view"], *paths["edit"]]:
        assert browser.get(path).location.startswith("/login"), path

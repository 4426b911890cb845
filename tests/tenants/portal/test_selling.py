"""Taking an order in the portal: product, number, paste, submit; and who sees it afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kit import audit, clock
from kit.db import session
from tenants.accounts.dictionary import Carrier
from tenants.catalogue.services import take_off_shelf
from tenants.channels.services import freeze_channel
from tenants.customers.models import Customer
from tenants.numbers import services as numbers
from tenants.numbers.models import Number
from tenants.orders.models import Order
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import again, make_chain, make_channel, make_person, portal
from tests.factories.customers import resident_id
from tests.factories.numbers import make_card, make_number
from tests.factories.orders import make_order
from tests.page import says


@pytest.fixture
def chain(in_acme):
    return make_chain(6_000)


@pytest.fixture
def seller(client, chain):
    return portal(client, make_person(chain[-1]))


@pytest.fixture
def product(in_acme):
    product = make_product(carrier=Carrier.MOBILE, name="大流量星卡")
    make_rate(product, 10_000)
    return product


def _take(product, *rest):
    return "/".join(["/portal/take", again(product).public_id, *rest])


def _filled(product, **changed):
    return {
        "customer_name": "周小满",
        "customer_phone": "13700137001",
        "document": resident_id(),
        "delivery_mode": again(product).delivery_modes[0],
        **changed,
    }


def _state(msisdn):
    session().expire_all()
    number = session().scalars(select(Number).where(Number.msisdn == msisdn)).one()
    return (number.state, (number.reserved_by or "").partition(":")[0])


def _count():
    return session().scalar(select(func.count()).select_from(Order))


def _hold(browser, product, msisdn):
    token = browser.token(_take(product))
    return browser.post(_take(product, "hold", msisdn), data={"csrf_token": token})


def test_home_shows_todays_figures_and_my_earnings(seller, chain, product):
    make_order(product=product, channel=chain[-1])
    page = seller.get("/portal/").text
    assert "大流量星卡" in page
    assert "¥0.00" in page
    assert seller.get("/portal/commission/").status_code == 200


def test_products_show_what_i_earn_and_not_what_others_do(seller, product):
    page = seller.get("/portal/take/").text
    assert "大流量星卡" in page
    assert "¥60.00" in page
    assert "¥100.00" not in page


def test_an_order_is_taken_with_a_picked_number(seller, product):
    make_number("13900001001")
    make_number("13900001002")
    offered = seller.get(_take(product, "numbers?tail=1001")).text
    assert "139 0000 1001" in offered
    assert "139 0000 1002" not in offered
    held = _hold(seller, product, "13900001001")
    assert held.location.endswith("?number=13900001001")
    assert _state("13900001001") == ("reserved", "portal")
    assert "139 0000 1001" in seller.get(held.location).text
    read = seller.post(
        "/portal/paste",
        data={
            "text": f"周小满 13700137001 {resident_id()}",
            "csrf_token": seller.token(held.location),
        },
    ).json
    assert (read["customer_name"], read["customer_phone"]) == ("周小满", "13700137001")
    typed = {name: read[name] for name in ("customer_name", "customer_phone", "document")}
    done = seller.submit(held.location, _filled(product, **typed, msisdn="13900001001"))
    assert done.status_code == 303
    assert "13900001001" in seller.get(done.location).text
    assert _state("13900001001") == ("allocated", "")
    order = session().scalars(select(Order)).one()
    assert (order.placed_by_kind, order.placed_by_name) == ("channel_user", "赵店长")
    assert order.number in seller.get("/portal/orders/?q=13900001001").text or (
        order.public_id in seller.get("/portal/orders/?q=13900001001").text
    )


def test_picking_another_gives_the_first_one_back(seller, product):
    for msisdn in ("13900001001", "13900001002"):
        make_number(msisdn)
        _hold(seller, product, msisdn)
    assert _state("13900001001") == ("available", "")
    assert _state("13900001002") == ("reserved", "portal")


def test_whoever_is_quicker_gets_the_number(seller, client, chain, product):
    make_number("13900001001")
    rival = portal(client, make_person(make_channel()))
    _hold(rival, product, "13900001001")
    late = _hold(seller, product, "13900001001")
    assert late.status_code == 303
    assert "number=" not in late.location
    owner_of_hold = session().scalars(select(Number.reserved_by)).one()
    answer = seller.submit(_take(product), _filled(product, msisdn="13900001001"))
    assert answer.status_code == 422
    assert _count() == 0
    assert session().scalars(select(Number.reserved_by)).one() == owner_of_hold


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_a_new_customer_is_written_to_in_the_language_of_the_page(seller, product, language):
    make_number("13900001001")
    _hold(seller, product, "13900001001")
    seller.set_cookie("language", language, domain=seller.host.partition(":")[0])
    filled = _filled(product, msisdn="13900001001")
    assert seller.submit(_take(product), filled).status_code == 303
    assert session().scalars(select(Customer.language)).one() == language


def test_an_expired_hold_is_anybodys(seller, client, product):
    number = make_number("13900001001")
    _hold(seller, product, "13900001001")
    again(number).reserved_until = clock.now() - timedelta(minutes=1)
    session().commit()
    assert numbers.expire_holds() == 1
    path = f"{_take(product)}?number=13900001001"
    assert "139 0000 1001" not in seller.get(path).text
    other = portal(client, make_person(make_channel()))
    done = other.submit(_take(product), _filled(product, msisdn="13900001001"))
    assert done.status_code == 303
    late = seller.submit(path, _filled(product, msisdn="13900001001", document=resident_id()))
    assert late.status_code == 422
    assert _count() == 1


def test_a_double_click_is_one_order(seller, product):
    path = _take(product)
    typed = _filled(product, csrf_token=seller.token(path), submission="s" * 32)
    first, second = (seller.post(path, data=typed) for _ in range(2))
    assert (first.status_code, first.location) == (303, second.location)
    assert _count() == 1


def test_stock_of_others_is_not_to_be_had(seller, chain, product):
    make_number("13900001001", channel=make_channel())
    card = make_card()
    again(card).channel_id = make_channel().id
    session().commit()
    iccid = card.iccid
    assert "139 0000 1001" not in seller.get(_take(product, "numbers")).text
    assert _hold(seller, product, "13900001001").status_code == 404
    for forged in ({"msisdn": "13900001001"}, {"iccid": iccid}, {"msisdn": "1"}):
        assert seller.submit(_take(product), _filled(product, **forged)).status_code == 422
    assert _count() == 0


def test_a_product_off_the_shelf_or_barred_is_not_there(seller, chain, product):
    barred = make_product(carrier=Carrier.MOBILE, blocked_channel_ids=[chain[0].id])
    barred_path, path = _take(barred), _take(product)
    assert seller.get(barred_path).status_code == 404
    take_off_shelf(again(product), by=audit.SYSTEM)
    assert seller.get(path).status_code == 404
    assert seller.get(f"{path}/numbers").status_code == 404


def test_a_frozen_channel_takes_no_orders(client, chain, product):
    browser = portal(client, make_person(chain[-1]))
    path = _take(product)
    freeze_channel(again(chain[0]), reason="欠缴", by=audit.SYSTEM)
    assert browser.get(path).status_code in {302, 422}
    assert _count() == 0


@pytest.mark.parametrize("name", ["customer_name", "remark", "city", "recipient_address", "iccid"])
@pytest.mark.parametrize("text", ["王\x00明", "王\u202e明", "长" * 400])
def test_what_cannot_be_seen_or_is_too_long_is_refused(seller, product, name, text):
    assert seller.submit(_take(product), _filled(product, **{name: text})).status_code == 422
    assert _count() == 0


@pytest.mark.parametrize("text", ["O'Brien", "<script>alert(1)</script>", "😀", "{{ 7*7 }}"])
def test_harmless_text_is_shown_as_it_is(seller, product, text):
    done = seller.submit(_take(product), _filled(product, customer_name=text, remark=text))
    assert done.status_code == 303
    for path in (done.location, "/portal/orders/", "/portal/"):
        assert "<script>alert(1)" not in seller.get(path).text


@pytest.mark.parametrize(
    "query",
    ["q='", "q=²", "before=²", f"before={'9' * 19}", "before=x", "state=exploded", "before=-1"],
)
def test_whatever_stands_in_the_address_the_lists_answer(seller, query):
    assert seller.get(f"/portal/orders/?{query}").status_code == 200
    assert seller.get(f"/portal/commission/?{query}").status_code == 200


def test_an_owner_sees_his_subtree_and_a_clerk_his_own(client, chain, product):
    top = portal(client, make_person(chain[0]))
    clerk = portal(client, make_person(chain[-1], role="clerk"))
    order = make_order(product=product, channel=chain[-1], recipient_name="别人的客户")
    path = f"/portal/orders/{order.public_id}"
    above = make_order(
        product=make_product(carrier=Carrier.MOBILE),
        channel=chain[0],
        recipient_phone="13811112222",
    )
    above_path = f"/portal/orders/{above.public_id}"
    assert top.get(path).status_code == 200
    assert top.get(above_path).status_code == 200
    assert path in top.get("/portal/orders/").text
    assert clerk.get(path).status_code == 404
    assert path not in clerk.get("/portal/orders/").text
    done = clerk.submit(_take(product), _filled(product, customer_phone="13922223333"))
    own = done.location.partition("?")[0]
    assert clerk.get(own).status_code == 200
    assert own in clerk.get("/portal/orders/").text
    below = portal(client, make_person(chain[-1]))
    assert below.get(own).status_code == 200
    assert below.get(above_path).status_code == 404
    page = top.get(path).text
    assert "13700137000" not in page
    assert "137****7000" in page


def test_an_empty_choice_says_why_and_what_to_do(seller, product):
    nothing = seller.get(_take(product, "numbers"))
    assert says(nothing, "No number is free for this product")
    assert not says(nothing, "No number matches")
    make_number("13900001234")
    narrowed = seller.get(_take(product, "numbers") + "?tail=9999")
    assert says(narrowed, "No number matches")
    assert says(narrowed, "Show all free numbers")

"""A number's way from the shelf to a commission paid out, page by page."""

import re

import stdnum.cn.ric

from kit import clock, tenancy
from kit.db import session
from tenants.channels.models import Channel
from tenants.orders.models import Order
from tenants.orders.states import OrderState
from tenants.settlement.models import CommissionLine, LineState, Payout
from tests.databases import PEOPLE_PASSWORD
from tests.factories import accounts, channels, numbers

BODY = "11010519900307234"
DOCUMENT = BODY + stdnum.cn.ric.calc_check_digit(BODY + "0")
PASTED = f"李小花，13712345678，{DOCUMENT}，广东省深圳市南山区科技路 8 号"
RATE, EARNED = 10_000, 6_000
AMOUNTS = (
    "monthly_amount",
    "data_mb",
    "targeted_data_mb",
    "voice_minutes",
    "sms_count",
    "contract_months",
    "promotion_months",
    "first_topup_amount",
    "retail_amount",
    "carrier_amount",
)


def _only(model):
    session().expire_all()
    return session().query(model).one()


def _do(browser, path, **data):
    response = browser.submit(path, data)
    assert response.status_code == 303, f"{path}: {response.text[:3000]}"
    return response.headers["Location"]


def _channel(office, **data):
    path = _do(office, "/channels/new", kind="agent", contact_name="陈总", **data)
    public_id = path.rpartition("/")[2]
    return session().query(Channel).filter_by(public_id=public_id).one()


def _store(office):
    """Two levels of channels, and a browser of the owner of the lower one."""
    top = _channel(office, name="华南总代", contact_phone="13900139001", share="0")
    store = _channel(
        office,
        name="南山门店",
        contact_phone="13900139002",
        share="60",
        parent=top.public_id,
    )
    path = _do(office, f"/channels/{store.public_id}/invite", name="刘店长", role="owner")
    link = re.search(r"/join/[\w-]+", office.get(path).text)
    assert link
    portal = office.at(tenancy.current())
    _do(
        portal,
        link[0],
        name="刘店长",
        phone="13900139002",
        username="liu_store",
        password=PEOPLE_PASSWORD,
    )
    return store, portal


def _product(office):
    path = _do(
        office,
        "/products/new",
        name="畅行卡",
        carrier="unicom",
        kind="traffic_card",
        picking="any",
        delivery_modes="counter",
        repeat_days="0",
        **dict.fromkeys(AMOUNTS, "0"),
        age_min="16",
        age_max="65",
        max_per_person="5",
    )
    today = clock.today().isoformat()
    rate = {"milestone": "activated", "amount": "100", "timing": "at_once", "valid_from": today}
    _do(office, f"{path}/rates/new", **rate)
    token = office.token(path)
    assert office.post(f"{path}/put-on-shelf", data={"csrf_token": token}).status_code == 303
    return path.rpartition("/")[2]


def _take(portal, product, number):
    page = portal.get(f"/portal/take/{product}/numbers").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    held = portal.post(
        f"/portal/take/{product}/hold/{number}", data={"csrf_token": token[1]}
    ).headers["Location"]
    read = portal.post("/portal/paste", data={"text": PASTED, "csrf_token": token[1]}).get_json()
    assert read["document"] == DOCUMENT
    placed = _do(portal, held, delivery_mode="counter", **read)
    assert "186 0000 1456" in portal.get(placed).text
    return _only(Order)


def _handle(office, order, card):
    here, item = f"/orders/{order.public_id}", f"/orders/items/{order.items[0].public_id}"
    today = clock.today().isoformat()
    _do(office, f"{here}/audit", remark="资料齐全")
    _do(office, f"{here}/submit", carrier_order_number="U-1")
    _do(office, f"{item}/answer", state="opened", text="成功")
    _do(office, f"{item}/card", iccid=card)
    _do(office, f"{item}/hand-over", remark="")
    _do(office, f"{item}/event", event="activated", occurred_on=today, month="0")


def test_a_number_is_sold_and_its_commission_paid_out(client, in_acme):
    office = accounts.signed_in(client, accounts.owner())
    store, portal = _store(office)
    product = _product(office)
    numbers.make_numbers("18600001456", pool=numbers.make_pool(carrier="unicom"))
    card = numbers.make_card(carrier="unicom").iccid

    order = _take(portal, product, "18600001456")
    assert order.state == OrderState.NEW
    _handle(office, order, card)
    assert _only(Order).state == OrderState.COMPLETED

    # The store gets its share and sees why; the back office sees the same line.
    line = session().query(CommissionLine).filter_by(channel_id=store.id).one()
    assert (line.amount, line.state) == (EARNED, LineState.PENDING)
    assert sum(one.amount for one in session().query(CommissionLine)) == RATE
    for page in (
        portal.get(f"/portal/commission/{line.public_id}"),
        office.get(f"/settlement/lines/{line.public_id}"),
    ):
        assert page.status_code == 200
        assert "60.00" in page.text

    _do(office, "/settlement/settle", until=clock.today().isoformat())
    pay = f"/settlement/balances/{store.public_id}/pay"
    money = {"amount": "60.00", "method": "bank", "reference": "TX-1"}
    money["paid_on"] = clock.today().isoformat()
    # Money is not recorded without the right password.
    assert office.submit(pay, money | {"password": "wrong"}).status_code == 422
    assert session().query(Payout).count() == 0
    _do(office, pay, **money, password=PEOPLE_PASSWORD)
    assert _only(Payout).amount == EARNED
    home = portal.get("/portal/").text
    assert re.search(r"60\.00</strong><span>本月已付", home)


def test_nobody_else_sees_the_order(client, in_acme, rival):
    office = accounts.signed_in(client, accounts.owner())
    _store_of_mine, portal = _store(office)
    product = _product(office)
    numbers.make_numbers("18600001456", pool=numbers.make_pool(carrier="unicom"))
    order = _take(portal, product, "18600001456")
    here = order.public_id
    assert office.get(f"/orders/{here}").status_code == 200
    other = channels.portal(client, channels.make_person(channels.make_channel()))
    assert other.get(f"/portal/orders/{here}").status_code == 404
    assert client.at(rival).get(f"/orders/{here}").status_code == 302

"""The list, the drawer and the entry of orders, for the owner, a salesperson and a rival."""

import io
import re
import zipfile

import pytest
from sqlalchemy import func, select

from kit import audit
from kit.audit import AuditEntry
from kit.db import session, workspace_scope
from tenants.accounts.dictionary import Carrier
from tenants.accounts.models import DataScope
from tenants.orders import services
from tenants.orders.models import Order
from tests.factories.accounts import make_user, owner, role, signed_in
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import again, make_channel
from tests.factories.customers import make_customer, resident_id
from tests.factories.numbers import make_card, make_number
from tests.factories.orders import make_order
from tests.page import says


@pytest.fixture
def office(client, in_acme):
    return signed_in(client, owner())


@pytest.fixture
def salesperson(client, in_acme):
    # His own channels and orders are a matter of scopes; here he reaches all.
    role().scope = DataScope.ALL
    return signed_in(client, make_user())


@pytest.fixture
def stranger(client, rival):
    """The owner of another workspace, at that workspace's host."""
    with workspace_scope(rival):
        return signed_in(client, owner())


def _path(order, *rest):
    return "/".join(["/orders", again(order).public_id, *rest])


def _rows(response):
    text = response.text
    return text[text.index("<tbody>") :] if "<tbody>" in text else ""


def _count():
    return session().scalar(select(func.count()).select_from(Order))


def _filled(product, **changed):
    return {
        "customer_kind": "person",
        "customer_name": "周小满",
        "customer_phone": "13700137001",
        "document_kind": "resident_id",
        "document": resident_id(),
        "lines-0-product": again(product).public_id,
        "lines-0-quantity": "1",
        "delivery_mode": again(product).delivery_modes[0],
        **_named(changed),
    }


def _named(typed):
    """Name the fields of the first line as the form does."""
    lines = {"product", "quantity", "msisdn", "iccid"}
    return {f"lines-0-{name}" if name in lines else name: value for name, value in typed.items()}


@pytest.fixture
def product(in_acme):
    return make_product(carrier=Carrier.MOBILE)


def test_the_list_is_narrowed_by_every_filter_and_tab(office):
    channel, product = make_channel(), make_product(carrier=Carrier.MOBILE, retail_amount=1_000)
    number, card = make_number(), make_card()
    one = make_order(
        channel=channel,
        product=product,
        number=number,
        card=card,
        customer=make_customer(name="阿一"),
        recipient_name="阿一",
        recipient_phone="13711112222",
    )
    two = make_order(
        customer=make_customer(name="贝二"), recipient_name="贝二", recipient_phone="13733334444"
    )
    services.pass_audit(two, by=audit.SYSTEM)
    first, second = one.number, two.number
    wanted = {
        f"q={one.number}": first,
        f"q={number.msisdn}": first,
        f"q={card.iccid}": first,
        "q=13711112222": first,
        "q=2222": first,
        "q=贝二": second,
        f"product={product.public_id}": first,
        f"channel={channel.public_id}": first,
        "payment=unpaid": first,
        "status=new": first,
        "status=audited": second,
    }
    both = _rows(office.get("/orders/?carrier=to_submit&activation=not_activated"))
    assert first in both
    assert second in both
    assert "137****2222" in both
    assert "13711112222" not in both
    for query, there in wanted.items():
        rows = _rows(office.get(f"/orders/?{query}"))
        assert [known for known in (first, second) if known in rows] == [there], query
    for query in ("q=9999", "status=completed", "placed_to=2020-01-01", "carrier=opened"):
        rows = _rows(office.get(f"/orders/?{query}"))
        assert first not in rows, query
        assert second not in rows, query


@pytest.mark.parametrize("typed", ["'", '"; --', "%", "\\", "²", "１２", "a" * 300, "✓"])
def test_whatever_is_searched_the_list_answers(office, typed):
    make_order()
    assert office.get(f"/orders/?q={typed}").status_code == 200
    assert office.get(f"/orders/customers?q={typed}{typed}").status_code == 200


def test_a_nul_in_an_address_is_not_understood(office):
    make_order()
    for path in ("?q=%00", "?%00=1", "customers?q=ab%00", "%00", "of-customer/%00", "%00/edit"):
        assert office.get(f"/orders/{path}").status_code == 400, path


def test_an_export_is_logged_and_masked(office):
    order = make_order(recipient_phone="13711112222")
    number = order.number
    with office.get("/orders/?export=xlsx&status=new") as sheet:
        assert sheet.status_code == 200
        book = zipfile.ZipFile(io.BytesIO(sheet.data))
    text = "".join(book.read(name).decode() for name in book.namelist())
    assert number in text
    assert "13711112222" not in text
    entry = session().scalars(select(AuditEntry).where(AuditEntry.event == "orders:exported")).one()
    assert entry.details["count"] == 1


def test_an_order_opens_as_a_page_a_drawer_and_a_fragment(office):
    product = make_product(carrier=Carrier.MOBILE)
    make_rate(product, 12_300)
    order = make_order(product=product, channel=make_channel(), number=make_number())
    number, msisdn, path = order.number, order.items[0].msisdn, _path(order)
    page = office.get(path).text
    assert number in page
    assert f"{msisdn[:3]} {msisdn[3:7]} {msisdn[7:]}" in page
    assert "¥123.00" in page
    assert "137****7000" in page
    assert "13700137000" not in page
    drawer = office.get(path, headers={"HX-Request": "true", "HX-Target": "div#drawer-body"})
    assert number in drawer.text
    assert "<html" not in drawer.text
    fragment = office.get(path, headers={"HX-Request": "true"})
    assert "<html" not in fragment.text


def test_an_order_is_entered(office, product):
    number, card = make_number(), make_card()
    typed = _filled(product, msisdn=number.msisdn, iccid=card.iccid)
    typed |= {"remark": "尽快", "deliver_on": "2027-01-01"}
    answer = office.submit("/orders/new", typed)
    assert answer.status_code == 303
    page = office.get(answer.location)
    assert page.status_code == 200
    order = session().scalars(select(Order)).one()
    assert (order.customer.name, order.recipient_name, order.remark) == ("周小满", "周小满", "尽快")
    assert order.items[0].msisdn == typed["lines-0-msisdn"]
    assert order.placed_by_name == "王小树"


def test_an_order_for_a_registered_customer_keeps_what_is_known(office, product):
    customer = make_customer(name="吴老客", phone="13711113333")
    public_id = customer.public_id
    choices = office.get("/orders/customers?q=吴老客").text
    assert f"/orders/new?customer={public_id}" in choices
    forged = _filled(product, customer_name="别人")
    answer = office.submit(f"/orders/new?customer={public_id}", forged)
    assert answer.status_code == 303
    assert session().scalars(select(Order)).one().customer.public_id == public_id
    listed = office.get(f"/orders/of-customer/{public_id}").text
    assert session().scalars(select(Order)).one().number in listed


def test_a_product_without_numbers_in_stock_is_ordered_without_one(office, product):
    answer = office.submit("/orders/new", _filled(product, quantity="3"))
    assert answer.status_code == 303
    items = session().scalars(select(Order)).one().items
    assert [item.msisdn for item in items] == [None, None, None]


def test_a_product_that_needs_a_number_says_so(office):
    product = make_product(carrier=Carrier.MOBILE, picking="fixed_home")
    answer = office.submit("/orders/new", _filled(product))
    assert answer.status_code == 422
    assert _count() == 0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"msisdn": "13999999999"}, "This number is not in stock."),
        ({"iccid": "89860099999999999999"}, "No card with this ICCID is in stock."),
        (
            {"quantity": "2", "msisdn": "13900001111"},
            "A number or a card can only be given for a quantity of one.",
        ),
        (
            {"quantity": "2", "iccid": "89860099999999999999"},
            "A number or a card can only be given for a quantity of one.",
        ),
        ({"product": "nosuchproduct"}, "This choice does not exist any more."),
        ({"channel": "nosuchchannel"}, "This choice does not exist any more."),
        ({"customer_name": ""}, "Please fill this in."),
        ({"customer_name": "　 "}, "Please fill this in."),
        ({"customer_phone": "12"}, "This is not a telephone number."),
        ({"delivery_mode": ""}, "Please fill this in."),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(office, product, changed, sentence):
    make_number("13900001111")
    answer = office.submit("/orders/new", _filled(product) | _named(changed))
    assert answer.status_code == 422
    assert says(answer, sentence)
    assert _count() == 0


@pytest.mark.parametrize("quantity", ["0", "-1", "51", "1e9", "²", "x", "9" * 400])
def test_a_quantity_that_makes_no_sense_is_refused(office, product, quantity):
    assert office.submit("/orders/new", _filled(product, quantity=quantity)).status_code == 422
    assert _count() == 0


def test_a_number_that_somebody_else_has_is_refused(office, product):
    number = make_number()
    make_order(number=number)
    answer = office.submit("/orders/new", _filled(product, msisdn=again(number).msisdn))
    assert answer.status_code == 422
    assert _count() == 1


def test_a_double_click_is_one_order(office, product):
    page = office.get("/orders/new").text
    submission = re.search(r'name="submission"[^>]*value="([^"]+)"', page)[1]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    typed = _filled(product, submission=submission, csrf_token=token)
    answers = [office.post("/orders/new", data=typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert _count() == 1


def test_an_order_is_changed_and_a_stale_form_is_not(office):
    order = make_order(recipient_name="旧名")
    path, mode = _path(order, "edit"), order.delivery_mode
    typed = {"recipient_phone": "13700137000", "delivery_mode": mode, "version": order.version}
    typed |= {"csrf_token": office.token(path)}
    first = office.post(path, data=typed | {"recipient_name": "甲"})
    second = office.post(path, data=typed | {"recipient_name": "乙"})
    assert (first.status_code, second.status_code) == (303, 422)
    told = "Somebody else has made it “%(value)s” meanwhile. If you save, yours stands."
    assert says(second, told, value="甲")
    assert again(order).recipient_name == "甲"


def test_what_the_state_has_closed_is_not_changed(office):
    order = make_order(recipient_name="旧名")
    services.cancel_order(order, reason="x", by=audit.SYSTEM)
    mode = order.delivery_mode
    typed = {"recipient_name": "新名", "recipient_phone": "13700137000", "delivery_mode": mode}
    assert office.submit(_path(order, "edit"), typed).status_code == 422
    assert again(order).recipient_name == "旧名"
    allowed = typed | {"recipient_name": "旧名", "remark": "记一笔"}
    assert office.submit(_path(order, "edit"), allowed).status_code == 303
    assert again(order).remark == "记一笔"


def test_a_salesperson_sees_no_buttons_beyond_his_rights(salesperson):
    order = make_order(number=make_number())
    page = salesperson.get(_path(order)).text
    for action in ("audit", "reject", "assign", "submit", "cancel"):
        assert f"{_path(order, action)}" not in page, action
    assert _path(order, "edit") in page
    assert salesperson.get("/orders/new").status_code == 200


def test_a_person_without_the_right_cannot_open_or_enter_orders(client, in_acme):
    from tests.factories.accounts import make_role

    browser = signed_in(client, make_user(roles=[make_role(permissions=["product:view"])]))
    order = make_order()
    for path in ("/orders/", "/orders/new", "/orders/customers?q=ab", _path(order)):
        assert browser.get(path).status_code == 403, path


def test_a_rival_finds_nothing_and_a_cookie_is_worth_nothing_elsewhere(
    client, in_acme, rival, stranger
):
    order = make_order()
    customer = again(order).customer.public_id
    path = _path(order)
    for place in (path, f"{path}/edit", f"/orders/of-customer/{customer}"):
        assert stranger.get(place).status_code == 404, place
    assert stranger.get(f"/orders/new?customer={customer}").status_code == 404
    rows = stranger.get("/orders/").text
    assert again(order).number not in rows
    from tests.factories.accounts import sign_in

    token = sign_in(owner())
    thief = client.at(rival)
    thief.set_cookie("office", token, domain=thief.host)
    assert thief.get(path).location.startswith("/login")
    assert thief.get("/orders/").location.startswith("/login")


def test_a_stranger_is_sent_to_the_door(client, in_acme):
    order = make_order()
    for path in ("/orders/", "/orders/new", _path(order)):
        assert client.at(in_acme).get(path).location.startswith("/login")


def test_several_products_make_one_order(office, product):
    other = make_product(carrier=Carrier.MOBILE, retail_amount=1_500)
    number = make_number()
    typed = _filled(product, quantity="2") | {
        "lines-7-product": again(other).public_id,
        "lines-7-quantity": "1",
        "lines-7-msisdn": again(number).msisdn,
    }
    assert office.submit("/orders/new", typed).status_code == 303
    (order,) = session().scalars(select(Order))
    names = [item.product_name for item in order.items]
    assert names == [again(product).name] * 2 + [again(other).name]
    assert order.total_amount == 2 * again(product).retail_amount + 1_500


def test_what_is_wrong_with_a_line_stands_beside_it(office, product):
    typed = _filled(product) | {
        "lines-1-product": again(product).public_id,
        "lines-1-quantity": "1",
        "lines-1-msisdn": "13999999999",
    }
    answer = office.submit("/orders/new", typed)
    assert answer.status_code == 422
    assert 'id="lines-1-msisdn-error"' in answer.text
    assert 'id="lines-0-msisdn-error"' not in answer.text
    assert _count() == 0


def test_more_lines_than_there_may_be_are_refused_not_cut_off(office, product):
    key = again(product).public_id
    many = {f"lines-{place}-product": key for place in range(21)}
    many |= {f"lines-{place}-quantity": "1" for place in range(21)}
    answer = office.submit("/orders/new", _filled(product) | many)
    assert answer.status_code == 422
    assert says(answer, "At most %(count)s lines.", count=20)
    assert _count() == 0

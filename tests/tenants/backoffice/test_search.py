"""The search for everything: each finds what he may see, and nothing else."""

import pytest

from kit.db import session, workspace_scope
from tenants.accounts.models import DataScope, Role
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import find_user
from tenants.backoffice.search import KINDS
from tests.factories import accounts
from tests.factories.catalogue import make_product
from tests.factories.channels import make_channel
from tests.factories.customers import make_customer
from tests.factories.numbers import make_card, make_number
from tests.factories.orders import make_order


def _found(browser, text):
    token = browser.token("/search/")
    answer = browser.post("/search/", data={"q": text, "csrf_token": token})
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def office(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def test_a_customer_by_name_number_and_the_end_of_the_phone(office):
    customer = make_customer(name="欧阳晓东", phone="13912348765")
    path = f'"/customers/{customer.public_id}"'
    for text in ("阳晓", "ouyangxiao", customer.number, "8765", "13912348765"):
        assert path in _found(office, text), text
    assert "13912348765" not in _found(office, "8765").replace('value="13912348765"', "")


def test_each_other_kind_by_what_is_written_of_it(office):
    number, card = make_number(), make_card()
    channel, product = make_channel(name="城南店"), make_product(name="畅享套餐")
    order, person = make_order(), accounts.make_user(name="钱多多")
    for text, path in (
        (number.msisdn[3:9], f"/numbers/{number.public_id}"),
        (card.iccid[:12], f"/cards/{card.public_id}"),
        (card.iccid, f"/cards/{card.public_id}"),
        (channel.number, f"/channels/{channel.public_id}"),
        ("城南", f"/channels/{channel.public_id}"),
        ("畅享", f"/products/{product.public_id}"),
        (order.number, f"/orders/{order.public_id}"),
        ("钱多", f"/users/{person.public_id}"),
    ):
        assert f'"{path}"' in _found(office, text), text


@pytest.mark.parametrize("text", ["结算", "jiesuan", "号码池"])
def test_a_page_by_its_name_or_its_pinyin(office, text):
    page = _found(office, text)
    assert '<a href="/' in page
    assert "没有符合条件" not in page


def test_nothing_found_says_so(office):
    assert "没有符合" in _found(office, "查无此物")


@pytest.mark.parametrize("text", ["", " ", "%", "__", "'; --", "\x00\u202e", "9" * 500])
def test_odd_input_is_harmless(office, text):
    _found(office, text)


def test_what_was_opened_last_stands_first(office):
    first, second = make_customer(name="甲先生").public_id, make_customer(name="乙先生").public_id
    for one in (first, second, first):
        office.get(f"/customers/{one}")
    page = office.get("/search/").text
    assert page.index("甲先生") < page.index("乙先生")
    assert page.count("data-found><span>甲先生") == 1


def test_a_colleague_finds_no_kind_that_the_role_does_not_open(in_acme, client):
    customer, product = make_customer(name="欧阳晓东"), make_product(name="欧阳套餐")
    keys = customer.public_id, product.public_id
    role = accounts.make_role(permissions=[Permission.Product.VIEW])
    page = _found(accounts.signed_in(client, accounts.make_user(roles=[role])), "欧阳")
    assert [key in page for key in keys] == [False, True]


def test_a_colleague_finds_no_record_outside_his_scope(in_acme, client):
    seen = [Permission.Customer.VIEW, Permission.Order.VIEW]
    role = accounts.make_role(permissions=seen, scope=DataScope.OWN)
    user = accounts.make_user(roles=[role])
    theirs, mine = make_customer(name="欧阳晓东"), make_customer(name="欧阳小妹", by=user)
    order = make_order()
    keys, number, order_key = (theirs.public_id, mine.public_id), order.number, order.public_id
    browser = accounts.signed_in(client, user)
    page = _found(browser, "欧阳")
    assert [key in page for key in keys] == [False, True]
    assert order_key not in _found(browser, number)


def test_what_a_colleague_may_no_longer_see_leaves_the_recent_ones(in_acme, client):
    path = f"/customers/{make_customer(name='欧阳晓东').public_id}"
    user = accounts.make_user(roles=[accounts.make_role(permissions=[Permission.Customer.VIEW])])
    user_key = user.public_id
    other = accounts.make_role(permissions=[Permission.Product.VIEW]).id
    browser = accounts.signed_in(client, user)
    browser.get(path)
    assert "欧阳晓东" in browser.get("/search/").text
    found = find_user(user_key)
    found.roles = [session().get_one(Role, other)]
    assert "欧阳晓东" not in browser.get("/search/").text


def test_nothing_of_another_workspace_is_found(in_acme, rival, client):
    public_id = make_customer(name="欧阳晓东").public_id
    session().commit()
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
    assert public_id not in _found(browser, "欧阳")


def test_a_stranger_is_sent_to_the_door(in_acme, client):
    assert client.at(in_acme).get("/search/").location == "/login?next=/search/"


@pytest.mark.parametrize("finder", KINDS, ids=lambda one: one.code)
def test_every_finder_leads_to_a_page_of_its_record(app, finder):
    rules = list(app.url_map.iter_rules(finder.endpoint))
    assert [rule.arguments for rule in rules] == [{"public_id"}]

"""Favourites: stars set and taken away, for three people."""

import pytest

from kit.db import session, workspace_scope
from tenants.accounts.models import Role, User
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import find_user
from tenants.desk import favourites
from tests.factories import accounts
from tests.factories.catalogue import make_product
from tests.factories.customers import make_customer


def _star(browser, kind, key, *, on="1", piece=False):
    data = {"kind": kind, "key": key, "on": on, "csrf_token": browser.token("/search/")}
    headers = {"HX-Request": "true"} if piece else {}
    return browser.post("/favourites/", data=data, headers=headers)


def test_a_record_and_a_page_are_kept_and_let_go(in_acme, client):
    key, product = make_customer(name="欧阳晓东").public_id, make_product(name="畅享套餐").public_id
    browser = accounts.signed_in(client, accounts.owner())
    page = browser.get(f"/customers/{key}").text
    assert 'aria-pressed="false"' in page
    piece = _star(browser, "customer", key, piece=True)
    assert 'aria-pressed="true"' in piece.text
    assert _star(browser, "page", "settlement.payouts").status_code == 303
    _star(browser, "product", product)
    _star(browser, "customer", key)
    assert 'aria-pressed="true"' in browser.get(f"/customers/{key}").text
    listed = browser.get("/favourites/").text
    assert listed.count("欧阳晓东</span>") == 1
    assert 'value="settlement.payouts"' in listed
    assert "畅享套餐" in browser.get("/favourites/?short=1", headers={"HX-Request": "true"}).text
    assert browser.get("/search/").text.index("收藏") < browser.get("/search/").text.index("欧阳")
    _star(browser, "customer", key, on="")
    assert "欧阳晓东" not in browser.get("/favourites/").text


def test_a_colleague_keeps_only_what_he_may_see(in_acme, client):
    key = make_customer(name="欧阳晓东").public_id
    role = accounts.make_role(permissions=[Permission.Product.VIEW])
    browser = accounts.signed_in(client, accounts.make_user(roles=[role]))
    for kind, one in (
        ("customer", key),
        ("page", "customers.index"),
        ("page", "accounts.logout"),
        ("nothing", "x"),
        ("product", "../x"),
    ):
        assert _star(browser, kind, one).status_code == 404
    assert "还没有收藏" in browser.get("/favourites/").text


def test_what_may_no_longer_be_seen_is_left_out(in_acme, client):
    key = make_customer(name="欧阳晓东").public_id
    user = accounts.make_user(roles=[accounts.make_role(permissions=[Permission.Customer.VIEW])])
    user_key = user.public_id
    other = accounts.make_role(permissions=[Permission.Product.VIEW]).id
    browser = accounts.signed_in(client, user)
    _star(browser, "customer", key)
    assert "欧阳晓东" in browser.get("/favourites/").text
    find_user(user_key).roles = [session().get_one(Role, other)]
    assert "欧阳晓东" not in browser.get("/favourites/").text


def test_nothing_of_another_workspace_is_kept(in_acme, rival, client):
    key = make_customer(name="欧阳晓东").public_id
    favourites.add_favourite(accounts.owner(), "customer", key)
    session().commit()
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
    assert _star(browser, "customer", key).status_code == 404
    assert "欧阳晓东" not in browser.get("/favourites/").text


def test_there_is_a_bound_and_the_piece_says_so(in_acme, client, monkeypatch):
    monkeypatch.setattr(favourites, "MOST_FAVOURITES", 1)
    browser = accounts.signed_in(client, accounts.owner())
    _star(browser, "page", "orders.index")
    refused = _star(browser, "page", "customers.index", piece=True)
    assert refused.status_code == 422
    assert "1 项收藏" in refused.text
    assert _star(browser, "page", "orders.index", piece=True).status_code == 200


def test_a_stranger_is_sent_to_the_door(in_acme, client):
    assert client.at(in_acme).get("/favourites/").location == "/login?next=/favourites/"


def test_kept_by_many_at_once_is_kept_once(at_once):
    user_id = accounts.owner().id

    def keep():
        favourites.add_favourite(session().get_one(User, user_id), "page", "orders.index")

    at_once([keep] * 6)
    assert favourites.favourites_of(accounts.owner()) == [("page", "orders.index")]


@pytest.mark.parametrize("text", ["yonghu", "订单"])
def test_what_is_found_bears_a_star(in_acme, client, text):
    browser = accounts.signed_in(client, accounts.owner())
    data = {"q": text, "csrf_token": browser.token("/search/")}
    answer = browser.post("/search/", data=data, headers={"X-Palette": "1", "HX-Request": "true"})
    assert ("data-star" in answer.text) == ("data-found" in answer.text)


def test_a_page_of_the_menu_asks_for_its_star_when_it_is_shown(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    path, piece = "/favourites/star?key=orders.index", {"HX-Request": "true"}
    assert f'hx-get="{path}"' in browser.get("/orders/").text
    assert 'aria-pressed="false"' in browser.get(path, headers=piece).text
    _star(browser, "page", "orders.index")
    assert 'aria-pressed="true"' in browser.get(path, headers=piece).text
    assert browser.get(path).location == "/favourites/"


def test_the_bound_holds_however_many_come_at_once(at_once, monkeypatch):
    monkeypatch.setattr(favourites, "MOST_FAVOURITES", 2)
    user_id = accounts.owner().id

    def keep(key):
        favourites.add_favourite(session().get_one(User, user_id), "page", key)

    at_once([lambda place=place: keep(f"page.{place}") for place in range(8)])
    assert len(favourites.favourites_of(accounts.owner())) == 2

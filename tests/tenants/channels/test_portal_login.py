"""The way into the portal: join, password, code, forgotten password, and out."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kit import audit, clock
from kit.db import session, workspace_scope
from tenants.channels import services
from tenants.channels.models import ChannelReset, ChannelUser, ChannelUserSession
from tenants.channels.realm import PORTAL
from tests.databases import PEOPLE_PASSWORD
from tests.factories.channels import (
    again,
    make_channel,
    make_person,
    newest_code,
    portal,
    sign_in,
)

PHONE = "13722223333"
JOIN = {
    "name": "钱多多",
    "phone": "13712345678",
    "username": "qian.duo",
    "password": "Green-tea-2026",
}


@pytest.fixture
def person(in_acme):
    return make_person(make_channel(), phone=PHONE, username="zhao.dian")


@pytest.fixture
def browser(client, acme):
    return client.at(acme)


def _is_in(browser) -> bool:
    """Tell whether the portal opens; how its home looks is tested elsewhere."""
    browser.inspect = False
    found = browser.get("/portal/").status_code == 200
    browser.inspect = True
    return found


def _sign_in(browser, login="zhao.dian", password=PEOPLE_PASSWORD, path="/portal/login", **more):
    return browser.submit(path, {"login": login, "password": password, **more})


def test_nobody_comes_in_without_a_log_in(browser):
    assert browser.get("/portal/").location == "/portal/login?next=/portal/"


def test_a_password_lets_in(browser, person):
    answer = _sign_in(browser)
    assert answer.status_code == 303
    assert answer.location == "/portal/"
    assert "Expires" not in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert _is_in(browser)
    assert browser.get("/portal/login").location == "/portal/"


def test_a_remembered_log_in_outlives_the_browser(browser, person):
    answer = _sign_in(browser, login=PHONE, remember="y")
    assert "Expires" in answer.headers["Set-Cookie"]
    assert session().scalars(select(ChannelUserSession)).one().is_remembered


@pytest.mark.parametrize(
    ("following", "goes_to"),
    [("/portal/orders/", "/portal/orders/"), ("//evil.example", "/portal/")],
)
def test_it_goes_on_to_our_own_pages_only(browser, person, following, goes_to):
    answer = _sign_in(browser, path=f"/portal/login?next={following}")
    assert answer.location == goes_to


def test_a_wrong_password_does_not(browser, person):
    known = _sign_in(browser, password="Wrong-one-1")
    unknown = _sign_in(browser, login="nobody", password="Wrong-one-1")
    assert known.status_code == unknown.status_code == 422
    assert PORTAL.cookie not in known.headers.get("Set-Cookie", "").split("=")[0]
    assert again(person).failed_logins == 1
    assert not _is_in(browser)


def test_a_frozen_channel_is_told_why(browser, person):
    services.freeze_channel(person.channel, reason="欠缴代收款", by=audit.SYSTEM)
    assert "欠缴代收款" in _sign_in(browser).text
    assert not _is_in(browser)


def test_the_back_offices_cookie_is_another(client, browser, person):
    token = sign_in(person)
    browser.set_cookie("office", token, domain=browser.host)
    assert not _is_in(browser)


def test_another_workspaces_session_is_worth_nothing(client, rival, person):
    browser = portal(client, person)
    assert _is_in(browser)
    cookie = browser.get_cookie(PORTAL.cookie, domain=browser.host)
    stranger = client.at(rival)
    stranger.set_cookie(PORTAL.cookie, cookie.value, domain=stranger.host)
    session().close()
    assert not _is_in(stranger)


def test_signing_out_ends_the_session(client, person):
    browser = portal(client, person)
    token = {"csrf_token": browser.token("/portal/forgot")}
    assert browser.post("/portal/logout", data=token).location == "/portal/login"
    assert not _is_in(browser)
    assert session().scalars(select(ChannelUserSession)).one().ended_at is not None
    assert browser.get("/portal/logout").status_code == 405


def test_a_code_lets_in(browser, person):
    page = browser.submit("/portal/login/code", {"phone": PHONE})
    assert page.status_code == 200
    answer = browser.post(
        "/portal/login/code/enter",
        data={**_hidden(page), "code": newest_code()},
    )
    assert answer.location == "/portal/"
    assert _is_in(browser)


def test_the_code_page_says_the_same_to_everybody(browser, person):
    known = browser.submit("/portal/login/code", {"phone": PHONE})
    unknown = browser.submit("/portal/login/code", {"phone": "13799999999"})
    assert known.status_code == unknown.status_code == 200
    assert session().scalar(select(func.count()).select_from(ChannelReset)) == 1
    wrong = browser.post("/portal/login/code/enter", data={**_hidden(unknown), "code": "123456"})
    assert wrong.status_code == 422
    assert browser.submit("/portal/login/code", {"phone": "12"}).status_code == 422


def test_a_forgotten_password_is_set_anew(browser, person):
    page = browser.submit("/portal/forgot", {"phone": PHONE})
    data = {**_hidden(page), "code": newest_code()}
    weak = browser.post("/portal/forgot/set", data={**data, "password": "short"})
    assert weak.status_code == 422
    answer = browser.post("/portal/forgot/set", data={**data, "password": "Blue-river-77"})
    assert answer.location == "/portal/login"
    assert _sign_in(browser).status_code == 422
    assert _sign_in(browser, password="Blue-river-77").status_code == 303


def _hidden(page) -> dict[str, str]:
    from tests.page import parse

    return {
        field.get("name", ""): field.get("value", "")
        for field in parse(page.text).iter("input")
        if field.get("type") == "hidden"
    }


@pytest.fixture
def link(in_acme):
    channel = make_channel(name="一号店")
    return "/join/" + services.invite(channel, role="clerk", name="小钱", by=audit.SYSTEM)[1]


def test_an_invited_person_joins_and_is_in(browser, link):
    page = browser.get(link).text
    assert "一号店" in page
    assert "小钱" in page
    assert browser.submit(link, JOIN).location == "/portal/"
    person = session().scalars(select(ChannelUser)).one()
    assert (person.name, person.role, person.phone) == ("钱多多", "clerk", "+8613712345678")
    assert _is_in(browser)


def test_a_used_link_says_so(browser, link):
    browser.submit(link, JOIN)
    for path in (link, "/join/made-up"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "<h1>" in answer.text


def test_an_old_link_says_so(browser, link):
    with clock.moved(clock.now() + timedelta(days=8)):
        assert browser.get(link).status_code == 404


def test_a_link_of_another_workspace_does_not_open(client, rival, link):
    session().close()
    assert client.at(rival).get(link).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": PHONE}, "phone"),
        ({"username": "Zhao.Dian"}, "username"),
        ({"password": "12345678"}, "password"),
        ({"name": ""}, "name"),
    ],
)
def test_joining_refuses_in_plain_words(browser, person, link, change, field):
    answer = browser.submit(link, JOIN | change)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert session().scalar(select(func.count()).select_from(ChannelUser)) == 1
    assert not _is_in(browser)


def test_a_read_only_workspace_still_lets_in(in_acme, person):
    from dataclasses import replace

    from kit.tenancy import Access

    session().commit()
    session().close()
    with workspace_scope(replace(in_acme, access=Access.READ_ONLY)):
        _, token = services.sign_in(
            "zhao.dian", PEOPLE_PASSWORD, remember=False, ip_address=None, user_agent=None
        )
        with clock.moved(clock.now() + timedelta(minutes=6)):
            assert services.person_behind(token) is not None
        services.sign_out(token)
        assert services.person_behind(token) is None

"""A locked screen opens nothing but the page that asks for the password."""

from datetime import timedelta

import pytest

from kit import clock
from kit.db import session
from kit.security.realms import realm_of
from tenants.accounts import queries, services
from tenants.accounts.models import SecurityPolicy
from tenants.accounts.policy import forget_policy
from tests.factories import accounts
from tests.factories.accounts import PASSWORD
from tests.factories.world import address, make_world, rules


@pytest.fixture(autouse=True)
def forgotten(in_acme):
    forget_policy()
    yield
    forget_policy()


def locked(client, next_page="/users/"):
    browser = accounts.signed_in(client, accounts.owner())
    token = browser.token("/account")
    answer = browser.post("/account/lock", data={"csrf_token": token, "next": next_page})
    assert answer.location == f"/account/unlock?next={next_page}"
    return browser


def test_it_is_unlocked_by_the_own_password_and_leads_back(in_acme, client):
    browser = locked(client)
    page = browser.get("/account/unlock?next=/users/")
    assert "acme_owner" in page.text
    assert 'href="/users/"' not in page.text, "no menu"
    assert browser.submit("/account/unlock", {"password": "wrong"}).status_code == 422
    assert accounts.owner().failed_logins == 1
    assert browser.get("/users/").location == "/account/unlock?next=/users/"
    answer = browser.submit("/account/unlock?next=/users/", {"password": PASSWORD})
    assert answer.location == "/users/"
    assert browser.get("/users/").status_code == 200
    assert browser.get("/account/unlock").location == "/home/"
    names = accounts.log_names(accounts.owner())
    assert names[:2] == ["user:screen_unlocked", "user:screen_locked"]


def test_it_never_leads_to_another_site(in_acme, client):
    browser = locked(client, "//evil.example.com")
    answer = browser.submit("/account/unlock?next=//evil.example.com", {"password": PASSWORD})
    assert answer.location == "/home/"


def test_nothing_else_opens_over_the_whole_map(app, in_acme, client):
    things = make_world() | {"kind": "numbers"}
    browser = locked(client)
    token = browser.token("/account/unlock")
    browser.inspect = False
    opened, asked = [], 0
    for rule in rules(app, "office"):
        if rule.endpoint in {
            *("accounts.lock", "accounts.unlock", "accounts.logout", "accounts.login"),
            "accounts.logo",
        }:
            continue
        path = address(rule, things) or rule.rule.replace("<kind>", "numbers")
        path = path.replace("<token>", "no-such")
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            asked += 1
            if method == "GET":
                answer = browser.get(path)
            else:
                answer = browser.post(path, data={"csrf_token": token})
            if answer.status_code != 302 or "/account/unlock" not in answer.location:
                opened.append((answer.status_code, method, rule.endpoint))
    assert not opened
    assert asked > 100
    assert realm_of(app, "accounts").name == "office"
    piece = browser.get("/users/", headers={"HX-Request": "true"})
    assert piece.headers["HX-Redirect"] == "/account/unlock"
    assert browser.post("/logout", data={"csrf_token": token}).location == "/login"


def test_other_log_ins_stay_open(in_acme, client):
    other = accounts.signed_in(client, accounts.owner())
    locked(client)
    assert other.get("/users/").status_code == 200


def test_a_browser_left_alone_is_locked_by_the_server_too(in_acme, client):
    with clock.moved(clock.now()):
        session().add(
            SecurityPolicy(
                preset="manual", passwords_expire=False, mail_codes=True, idle_minutes=10
            )
        )
        browser = accounts.signed_in(client, accounts.owner())
        assert 'data-lock="10"' in browser.get("/users/").text
        clock.advance(timedelta(minutes=14))
        assert browser.get("/users/").status_code == 200
        clock.advance(timedelta(minutes=16))
        assert browser.get("/users/").location == "/account/unlock?next=/users/"
        browser.submit("/account/unlock", {"password": PASSWORD})
        assert browser.get("/users/").status_code == 200


def test_without_the_setting_nothing_locks_by_itself(in_acme, client):
    with clock.moved(clock.now()):
        browser = accounts.signed_in(client, accounts.owner())
        clock.advance(timedelta(hours=11))
        page = browser.get("/users/")
        assert 'data-lock="0"' in page.text


def test_unlocking_counts_as_proof(in_acme, client):
    with clock.moved(clock.now()):
        token = accounts.sign_in(accounts.owner())
        clock.advance(timedelta(hours=1))
        services.lock_screen(queries.open_session(token))
        services.unlock_screen(queries.open_session(token), PASSWORD)
        assert services.has_proved_recently(queries.open_session(token))

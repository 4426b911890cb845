"""The pages of the second step, and that nothing else opens before it is passed."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from kit import clock, mail
from kit.db import session
from kit.security.routes import Open, access_of
from kit.security.totp import code_at
from tenants.accounts import queries
from tests.factories import accounts
from tests.factories.accounts import PASSWORD
from tests.factories.world import address, make_world, rules

LOGIN = {"login": "acme_owner", "password": PASSWORD}


@pytest.fixture
def owner(in_acme):
    with clock.moved(clock.now()):
        yield accounts.owner()


def secret_of(page):
    return re.search(r"<code>([A-Z2-7 ]{30,})</code>", page.text)[1].replace(" ", "")


def codes_of(page):
    return re.findall(r"<code>(\w{5}-\w{5})</code>", page.text)


def later(seconds=31):
    clock.advance(timedelta(seconds=seconds))


def at_the_second_step(client, workspace):
    browser = client.at(workspace)
    response = browser.submit("/login?next=/users/", LOGIN)
    assert response.location == "/login/step?next=/users/"
    assert browser.get_cookie("office", domain=browser.host.partition(":")[0]) is None
    return browser


def test_it_is_set_up_used_renewed_and_switched_off(owner, in_acme, client):
    browser = accounts.signed_in(client, owner)
    path = "/account/second-step"
    token = browser.token(path)
    assert browser.post(f"{path}/begin", data={"csrf_token": token}).location == path
    shown = browser.get(path)
    assert "no-store" in shown.headers["Cache-Control"]
    secret = secret_of(shown)
    assert browser.submit(path, {"code": "000000"}).status_code == 422
    response = browser.submit(path, {"code": code_at(secret, clock.now())})
    codes = codes_of(response)
    assert len(codes) == 10
    file = unquote(re.search(r'href="(data:text/plain[^"]+)"', response.text)[1])
    assert all(code in file for code in codes)
    assert "no-store" in response.headers["Cache-Control"]
    assert not codes_of(browser.get(path))

    later()
    other = at_the_second_step(client, in_acme)
    step = "/login/step?next=/users/"
    assert other.submit(step, {"code": "000000"}).status_code == 422
    response = other.submit(step, {"code": code_at(secret, clock.now())})
    assert (response.status_code, response.location) == (303, "/users/")
    assert other.get("/users/").status_code == 200
    assert other.get(step).location == "/login?next=/users/"

    renewed = codes_of(other.post(f"{path}/codes", data={"csrf_token": other.token(path)}))
    assert set(renewed).isdisjoint(codes)
    assert browser.get(path).status_code == 302, "the other log-in has ended"
    assert other.post(f"{path}/remove", data={"csrf_token": other.token(path)}).location == path
    assert queries.authenticator(accounts.owner()) is None


def test_a_recovery_code_and_a_mail_open_it_too(owner, in_acme, client):
    _secret, codes = accounts.enrolled(owner)
    later()
    browser = at_the_second_step(client, in_acme)
    path = "/login/step?way=recovery&next=/users/"
    assert browser.submit(path, {"code": codes[0]}).location == "/users/"
    browser = at_the_second_step(client, in_acme)
    token = browser.token("/login/step")
    response = browser.post("/login/step/send/mail?next=/users/", data={"csrf_token": token})
    assert response.location == "/login/step?way=mail&next=/users/"
    accounts.run_jobs()
    code = re.search(r"\d{6}", mail.kept(1)[0].body)[0]
    assert browser.submit(response.location, {"code": code}).location == "/users/"


def test_a_role_leads_to_the_set_up_before_anything_else(owner, in_acme, client):
    owner.roles[0].requires_second_step = True
    browser = at_the_second_step(client, in_acme)
    assert browser.get("/login/step?next=/users/").location == "/login/enrol?next=/users/"
    token = browser.token("/login/enrol?next=/users/")
    browser.post("/login/enrol/begin?next=/users/", data={"csrf_token": token})
    path = "/login/enrol?next=/users/"
    secret = secret_of(browser.get(path))
    assert browser.submit(path, {"code": "000000"}).status_code == 422
    response = browser.submit(path, {"code": code_at(secret, clock.now())})
    assert len(codes_of(response)) == 10
    assert 'href="/users/"' in response.text
    assert browser.get("/users/").status_code == 200
    assert browser.get("/login/enrol").status_code == 302
    shown = browser.get("/account/second-step")
    assert "/account/second-step/remove" not in shown.text


def test_it_can_be_left_by_signing_out(owner, in_acme, client):
    accounts.enrolled(owner)
    browser = at_the_second_step(client, in_acme)
    token = browser.token("/login/step")
    assert browser.post("/login/step/cancel", data={"csrf_token": token}).location == "/login"
    assert browser.get("/login/step").location == "/login"


def test_after_the_first_step_nothing_opens_but_the_second(app, owner, in_acme, client):
    """Over the whole URL map, and with the waiting token in every cookie it could be put into."""
    things = make_world() | {"kind": "numbers"}
    accounts.enrolled(accounts.owner())
    session().commit()
    browser = at_the_second_step(client, in_acme)
    host = browser.host.partition(":")[0]
    stolen = browser.get_cookie("office_step", domain=host).value
    for cookie in ("office", "portal"):
        browser.set_cookie(cookie, stolen, domain=host)
    token = browser.token("/login/step")
    browser.inspect = False
    opened, asked = [], 0
    for rule in rules(app):
        view = app.view_functions[rule.endpoint]
        if access_of(view) == Open.PUBLIC:
            continue
        path = address(rule, things) or rule.rule.replace("<kind>", "numbers")
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            asked += 1
            if method == "GET":
                answer = browser.get(path)
            else:
                answer = browser.post(path, data={"csrf_token": token})
            if answer.status_code != 302 or "/login" not in answer.location:
                opened.append((answer.status_code, method, rule.endpoint))
    assert not opened
    assert asked > 150
    assert browser.get("/login/step").status_code == 200


def test_an_administrator_takes_it_away_and_nobody_else(owner, in_acme, client, rival):
    user = accounts.make_user(name="钱七")
    accounts.enrolled(user)
    path = f"/users/{user.public_id}"
    colleague = accounts.signed_in(client, accounts.agent())
    assert colleague.get(f"{path}/second-step").status_code == 403
    browser = accounts.signed_in(client, accounts.owner())
    assert f'href="{path}/second-step"' in browser.get(path).text
    assert browser.submit(f"{path}/second-step", {"own": "wrong"}).status_code == 422
    assert browser.submit(f"{path}/second-step", {"own": PASSWORD}).location == path
    assert f'href="{path}/second-step"' not in browser.get(path).text


def test_setting_it_up_asks_for_the_password_again(owner, in_acme, client):
    browser = accounts.signed_in(client, owner)
    later(3600)
    token = browser.token("/account/second-step")
    for verb in ("begin", "codes", "remove"):
        response = browser.post(f"/account/second-step/{verb}", data={"csrf_token": token})
        assert response.location == "/account/prove?next=/account/second-step"
    assert queries.candidate(accounts.owner()) is None

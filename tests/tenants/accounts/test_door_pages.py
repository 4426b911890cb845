"""The door of the back office: sign in, sign out, forgotten password."""

import re

from kit import clock, mail
from tests.factories import accounts
from tests.factories.accounts import NEW_PASSWORD, PASSWORD


def test_signing_in_leads_home_and_back_to_where_one_was(in_acme, client):
    browser = client.at(in_acme)
    response = browser.get("/users/")
    assert response.status_code == 302
    assert response.location == "/login?next=/users/"
    response = browser.submit(
        response.location, {"login": "acme_owner", "password": PASSWORD, "remember": "y"}
    )
    assert (response.status_code, response.location) == (303, "/users/")
    cookie = browser.get_cookie("office", domain="acme.simtree.test")
    assert cookie.http_only
    assert cookie.expires is not None
    assert browser.get("/users/").status_code == 200
    assert browser.get("/login").location == "/home/"


def test_the_door_leads_to_the_sign_up_of_the_site(in_acme, client):
    # D016: who has no workspace yet finds the way from here.
    page = client.at(in_acme).get("/login").text
    assert 'href="http://simtree.test/signup"' in page


def test_a_notice_stands_before_staying_signed_in(in_acme, client):
    # D034: the script shows it before the box can be ticked for the first time on a device.
    page = client.at(in_acme).get("/login").text
    assert re.search(r'<input[^>]*data-notice="[^"]{40,}"[^>]*name="remember"', page)


def test_without_remembering_the_cookie_ends_with_the_browser(in_acme, client):
    browser = client.at(in_acme)
    browser.submit("/login", {"login": "acme_owner", "password": PASSWORD})
    assert browser.get_cookie("office", domain="acme.simtree.test").expires is None


def test_next_never_leads_to_another_site(in_acme, client):
    browser = client.at(in_acme)
    response = browser.submit(
        "/login?next=//evil.example.com", {"login": "acme_owner", "password": PASSWORD}
    )
    assert response.location == "/home/"


def test_a_wrong_password_stays_on_the_page(in_acme, client):
    browser = client.at(in_acme)
    response = browser.submit("/login", {"login": "acme_owner", "password": "wrong"})
    assert response.status_code == 422
    assert "锁定" in response.text
    assert browser.get_cookie("office", domain="acme.simtree.test") is None


def test_people_of_another_workspace_do_not_get_in(in_acme, rival, client):
    browser = client.at(rival)
    assert (
        browser.submit("/login", {"login": "acme_owner", "password": PASSWORD}).status_code == 422
    )


def test_a_cookie_of_another_workspace_opens_nothing(in_acme, rival, client):
    token = accounts.sign_in(accounts.owner())
    browser = client.at(rival)
    browser.set_cookie("office", token, domain="rival.simtree.test")
    assert browser.get("/home/").location == "/login?next=/home/"


def test_signing_out_needs_a_post(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    assert browser.get("/logout").status_code == 405
    token = browser.token("/account")
    assert browser.post("/logout", data={"csrf_token": token}).location == "/login"
    assert browser.get("/home/").status_code == 302


def test_a_link_by_mail_sets_a_new_password(in_acme, client):
    browser = client.at(in_acme)
    response = browser.submit("/forgot", {"login": "acme_owner", "way": "mail"})
    assert response.status_code == 200
    accounts.run_jobs()
    (message, *_) = mail.kept()
    path = re.search(r"acme\.simtree\.test(/reset/\S+)", message.body)[1]
    typed = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert browser.submit(path, typed).location == "/login"
    assert browser.get(path).status_code == 410
    response = browser.submit("/login", {"login": "acme_owner", "password": NEW_PASSWORD})
    assert response.status_code == 303


def test_an_unknown_account_is_answered_the_same(in_acme, client):
    browser = client.at(in_acme)
    known = browser.submit("/forgot", {"login": "acme_owner", "way": "mail"})
    unknown = browser.submit("/forgot", {"login": "nobody_here", "way": "mail"})
    assert known.status_code == unknown.status_code == 200
    hide = re.compile(r'nonce="[^"]+"|value="[^"]+"|content="[^"]+"')
    assert len(hide.sub("", known.text)) == len(hide.sub("", unknown.text))


def test_a_code_by_sms_sets_a_new_password(in_acme, client):
    accounts.owner().phone_proved_at = clock.now()
    browser = client.at(in_acme)
    assert browser.get("/reset/code").location == "/forgot"
    response = browser.submit("/forgot", {"login": "acme_owner", "way": "sms"})
    assert response.location == "/reset/code"
    accounts.run_jobs()
    message = next(one for one in mail.kept() if one.way == "sms")
    code = re.search(r"\d{6}", message.body)[0]
    typed = {"code": code, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    wrong = typed | {"code": "000000" if code != "000000" else "000001"}
    assert browser.submit("/reset/code", wrong).status_code == 422
    assert browser.submit("/reset/code", typed).location == "/login"
    response = browser.submit("/login", {"login": "13800138000", "password": NEW_PASSWORD})
    assert response.status_code == 303

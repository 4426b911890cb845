"""One's own account: details, password, log-ins, proof."""

from datetime import timedelta

from kit import clock
from tenants.accounts import queries
from tests.factories import accounts
from tests.factories.accounts import NEW_PASSWORD, PASSWORD


def test_a_first_password_must_be_changed_before_anything_else(in_acme, client):
    user = accounts.make_user(username="fresh_one", must_change=True)
    browser = accounts.signed_in(client, user)
    for path in ("/home/", "/account", "/customers/"):
        assert browser.get(path).location == "/account/password"
    piece = browser.get("/customers/", headers={"HX-Request": "true"})
    assert piece.headers["HX-Redirect"] == "/account/password"
    typed = {"old": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert browser.submit("/account/password", typed).location == "/account/sessions"
    assert browser.get("/home/").status_code == 200


def test_changing_the_password_keeps_this_log_in_only(in_acme, client):
    here = accounts.signed_in(client, accounts.owner())
    there = accounts.signed_in(client, accounts.owner())
    typed = {"old": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert here.submit("/account/password", typed | {"old": "wrong"}).status_code == 422
    assert there.get("/home/").status_code == 200
    here.submit("/account/password", typed)
    assert here.get("/home/").status_code == 200
    assert there.get("/home/").status_code == 302


def test_details_are_changed(in_acme, client):
    user = accounts.agent()
    public_id = user.public_id
    browser = accounts.signed_in(client, user)
    typed = {"name": "新名字", "email": user.email, "phone": "13900139009"}
    assert browser.submit("/account", typed).status_code == 422
    assert browser.submit("/account", typed | {"password": PASSWORD}).location == "/account"
    found = queries.find_user(public_id)
    assert (found.name, found.phone) == ("新名字", "+8613900139009")


def test_log_ins_are_listed_and_ended(in_acme, client):
    here = accounts.signed_in(client, accounts.owner())
    there = accounts.signed_in(client, accounts.owner())
    page = here.get("/account/sessions")
    assert page.text.count("Firefox") >= 2
    assert "203.0.113.9" in page.text
    token = here.token("/account/sessions")
    other = queries.sessions_of(accounts.owner())[0].public_id
    here.post(f"/account/sessions/{other}/end", data={"csrf_token": token})
    assert there.get("/home/").status_code == 302
    accounts.signed_in(client, accounts.owner())
    here.post("/account/sessions/end-others", data={"csrf_token": token})
    assert len(queries.sessions_of(accounts.owner())) == 1


def test_another_ones_log_in_cannot_be_ended(in_acme, client):
    browser = accounts.signed_in(client, accounts.agent())
    accounts.sign_in(accounts.owner())
    other = queries.sessions_of(accounts.owner())[0].public_id
    token = browser.token("/account/sessions")
    browser.post(f"/account/sessions/{other}/end", data={"csrf_token": token})
    assert len(queries.sessions_of(accounts.owner())) == 1


def test_proof_leads_back(in_acme, client):
    with clock.moved(clock.now()):
        browser = accounts.signed_in(client, accounts.owner())
        clock.advance(timedelta(hours=1))
        found = queries.sessions_of(accounts.owner())[0]
        assert clock.now() - found.proved_at > timedelta(minutes=30)
        assert browser.submit("/account/prove", {"password": "wrong"}).status_code == 422
        response = browser.submit("/account/prove?next=/users/", {"password": PASSWORD})
        assert response.location == "/users/"
        assert queries.sessions_of(accounts.owner())[0].proved_at == clock.now()

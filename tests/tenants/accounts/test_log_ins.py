"""The log of log-ins, and the notice of a log-in from a new device."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import clock, crypto, mail
from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.jobs.tables import cell_outbox
from tenants.accounts import queries, services
from tenants.accounts.models import LogIn
from tenants.accounts.realm import load_user
from tests.factories import accounts
from tests.factories.accounts import PASSWORD
from tests.page import says


def attempt(login, password=PASSWORD, device=None):
    return services.sign_in(
        login,
        password,
        remember=False,
        ip_address="203.0.113.77",
        user_agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0",
        device=crypto.digest(device) if device else None,
    )


def written(user):
    rows = session().scalars(queries.log_ins_of(user).order_by(LogIn.id))
    return [(row.result, row.is_new_device) for row in rows]


def waiting():
    kinds = session().scalars(select(cell_outbox.c.kind)).all()
    return [kind for kind in kinds if kind == "accounts.send_new_device"]


def test_every_try_of_somebody_known_is_written_down(in_acme):
    user = accounts.make_user(username="sun_ba")
    with clock.moved(clock.now()):
        for _each in range(10):
            with pytest.raises(Refused):
                attempt("sun_ba", "wrong")
        clock.advance(timedelta(minutes=4))
        user.locked_until = clock.now() + timedelta(minutes=5)
        clock.advance(timedelta(minutes=2))
        with pytest.raises(Refused):
            attempt("sun_ba")
        with pytest.raises(Refused):
            attempt("nobody_here", "my-real-password")
        clock.advance(timedelta(minutes=5))
        attempt("sun_ba")
    assert [one[0] for one in written(user)] == ["wrong"] * 10 + ["locked", "opened"]
    assert "my-real-password" not in str([vars(row) for row in session().scalars(select(LogIn))])


def test_a_new_device_is_told_of_once_and_not_the_very_first(in_acme):
    user = accounts.make_user(username="sun_ba", email="sun.ba@example.com")
    attempt("sun_ba", device="office computer")
    assert waiting() == []
    attempt("sun_ba", device="office computer")
    assert waiting() == []
    attempt("sun_ba", device="telephone")
    attempt("sun_ba", device="telephone")
    assert len(waiting()) == 1
    assert [one[1] for one in written(user)] == [True, False, True, False]
    accounts.run_jobs()
    message = mail.kept(1)[0]
    assert message.recipient == "sun.ba@example.com"
    assert "203.0.113.77" in message.body
    assert "Firefox · Windows" in message.body


def test_the_same_browser_is_new_for_another_person(in_acme):
    accounts.make_user(username="sun_ba")
    other = accounts.make_user(username="zhou_jiu")
    attempt("sun_ba", device="shared")
    attempt("zhou_jiu", device="its own")
    attempt("zhou_jiu", device="shared")
    assert [one[1] for one in written(other)] == [True, True]


def test_the_browser_keeps_its_own_name_for_long(in_acme, client):
    browser = client.at(in_acme)
    typed = {"login": "acme_owner", "password": PASSWORD}
    browser.submit("/login", typed)
    host = browser.host.partition(":")[0]
    cookie = browser.get_cookie("device", domain=host)
    assert cookie.http_only
    assert cookie.expires > clock.now() + timedelta(days=300)
    browser.post("/logout", data={"csrf_token": browser.token("/account")})
    browser.submit("/login", typed)
    assert browser.get_cookie("device", domain=host).value == cookie.value
    assert written(accounts.owner()) == [("opened", True), ("opened", False)]


def test_everybody_reads_the_own_log_and_administrators_all(in_acme, client, rival):
    user = accounts.make_user(username="sun_ba", name="孙八")
    with pytest.raises(Refused):
        attempt("sun_ba", "wrong")
    colleague = accounts.signed_in(client, user)
    own = colleague.get("/account/log-ins")
    assert "203.0.113.77" in own.text
    assert "203.0.113.9" in own.text
    assert colleague.get("/audit/log-ins").status_code == 403
    browser = accounts.signed_in(client, accounts.owner())
    page = browser.get("/audit/log-ins?q=sun_&result=wrong")
    assert "孙八" in page.text
    assert "203.0.113.77" in page.text
    assert "203.0.113.9" not in page.text
    assert "203.0.113.77" not in browser.get("/account/log-ins").text
    for path in ("/audit/log-ins", "/account/log-ins"):
        assert browser.get(f"{path}?export=xlsx").status_code == 200
    assert says(browser.get("/audit/"), "Log of log-ins exported")
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
        assert "203.0.113.77" not in stranger.get("/audit/log-ins").text


def test_an_administrator_ends_somebodys_log_ins(in_acme, client):
    user = accounts.make_user()
    token, public_id = accounts.sign_in(user), user.public_id
    colleague = accounts.agent()
    with pytest.raises(Refused):
        services.end_all_sessions(accounts.owner(), by=colleague)
    browser = accounts.signed_in(client, accounts.owner())
    path = f"/users/{public_id}"
    assert (
        browser.post(f"{path}/end-log-ins", data={"csrf_token": browser.token(path)}).location
        == path
    )
    assert load_user(token) is None

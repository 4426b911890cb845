"""Invited people choose their own passwords, by a link that works once."""

import re
from datetime import timedelta

import pytest

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.mail import kept
from tenants.accounts import queries, services
from tenants.accounts.models import ResetWay
from tenants.accounts.services.invitations import NewPerson
from tests.factories import accounts
from tests.factories.accounts import NEW_PASSWORD, log_names, make_role, make_user, run_jobs

LINK = re.compile(r"https?://[^/]+(/invitation/\S+)")


def person(**changed):
    values = {
        "username": "qian_qi",
        "name": "钱七",
        "email": "qian.qi@example.com",
        "roles": [accounts.role()],
    }
    return NewPerson(**(values | changed))


def invite(**changed):
    (user,) = services.invite_people([person(**changed)], by=accounts.owner())
    return user


def link(username="qian_qi"):
    """What the newest mail to the invited person leads to."""
    session().commit()
    run_jobs()
    newest = max(
        (one for one in kept() if f"{username}" in one.body and LINK.search(one.body)),
        key=lambda one: one.sent_at,
    )
    return LINK.search(newest.body)[1]


def accept(path, password=NEW_PASSWORD):
    token = path.rpartition("/")[2]
    return services.accept_invitation(token, password=password, again=password)


def test_the_invited_person_chooses_the_password_and_comes_in(in_acme, client):
    user = invite()
    assert user.is_invited
    with pytest.raises(Refused):
        accounts.sign_in(user)
    path = link()
    browser = client.at(in_acme)
    assert "qian_qi" in browser.get(path).text
    differing = {"password": NEW_PASSWORD, "again": "Other-pass-99"}
    assert browser.submit(path, differing).status_code == 422
    assert browser.submit(path, {"password": "Password1", "again": "Password1"}).status_code == 422
    typed = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert browser.submit(path, typed).location == "/login"
    user = queries.find_by_login("qian_qi")
    assert not user.must_change_password
    assert accounts.sign_in(user, password=NEW_PASSWORD)
    assert log_names(user)[-2:] == ["user:invited", "user:added"]
    assert client.at(in_acme).get(path).status_code == 410


def test_a_link_works_once_and_for_seven_days(in_acme):
    invite()
    path = link()
    with clock.moved(clock.now() + timedelta(days=8)), pytest.raises(Refused):
        accept(path)
    accept(path)
    with pytest.raises(Refused):
        accept(path, "Other-pass-99")


def test_a_new_link_kills_the_old_one_and_revoking_kills_both(in_acme):
    user = invite()
    first = link()
    user = queries.find_by_login("qian_qi")
    with clock.moved(clock.now() + timedelta(seconds=5)):
        services.invite_again(user, by=accounts.owner())
        second = link()
    assert first != second
    with pytest.raises(Refused):
        accept(first)
    user = queries.find_by_login("qian_qi")
    services.revoke_invitation(user, by=accounts.owner())
    with pytest.raises(Refused):
        accept(second)
    assert "user:invitation_revoked" in log_names(user)


def test_whoever_is_disabled_or_has_a_password_needs_no_link(in_acme):
    user = invite()
    path = link()
    user = queries.find_by_login("qian_qi")
    services.disable_user(user, by=accounts.owner())
    with pytest.raises(Refused):
        accept(path)
    with pytest.raises(Refused, match="disabled"):
        services.invite_again(user, by=accounts.owner())
    services.enable_user(user, by=accounts.owner())
    services.set_password(user, password=NEW_PASSWORD, own=accounts.PASSWORD, by=accounts.owner())
    with pytest.raises(Refused):
        accept(path)
    with pytest.raises(Refused, match="has a password already"):
        services.invite_again(user, by=accounts.owner())


def test_an_invited_person_gets_no_reset(in_acme):
    user = invite()
    services.ask_reset(user.username, way=ResetWay.MAIL)
    assert "user:reset_asked" not in log_names(user)


def test_all_are_invited_or_none(in_acme):
    by = accounts.owner()
    with pytest.raises(Refused) as refused:
        services.invite_people([person(), person(username="qian_ba", email="")], by=by)
    assert refused.value.field == "email"
    with pytest.raises(Refused):
        services.invite_people([person(), person(username="qian_ba")], by=by)
    assert queries.find_by_login("qian_qi") is None


def test_nobody_invites_somebody_who_may_do_more(in_acme):
    by = make_user(roles=[make_role(permissions=["user:edit"])])
    with pytest.raises(Refused) as refused:
        services.invite_people([person()], by=by)
    assert refused.value.field == "roles"


def test_pages_invite_resend_and_revoke(in_acme, rival, client):
    browser = accounts.signed_in(client, accounts.owner())
    typed = {
        "username": "zhou_jiu",
        "name": "周九",
        "email": "",
        "roles": [accounts.role().public_id],
    }
    assert browser.submit("/users/invite", typed).status_code == 422
    path = browser.submit("/users/invite", typed | {"email": "zhou@example.com"}).location
    assert "已邀请" in browser.get(path).text
    token = {"csrf_token": browser.token(path)}
    assert browser.post(f"{path}/invite", data=token).location == path
    assert browser.post(f"{path}/invite/revoke", data=token).location == path
    colleague = accounts.signed_in(client, accounts.agent())
    assert colleague.get("/users/invite").status_code == 403
    assert client.at(in_acme).get("/invitation/nothing").status_code == 410
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    token = {"csrf_token": stranger.token("/account")}
    assert stranger.post(f"{path}/invite", data=token).status_code == 404

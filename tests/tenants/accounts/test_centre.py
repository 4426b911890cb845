"""The personal centre: what is one's own, settings, and mail addresses proved by a link."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Refused
from tenants.accounts import services
from tenants.accounts.models import MailProof, User
from tests.factories import accounts
from tests.factories.accounts import PASSWORD, make_user
from tests.tenants.accounts.test_door_codes import again, newest

LINK = re.compile(r"/account/mail/([\w-]+)")
NEW = "new.address@example.com"


def ask(user, email=NEW, **changed):
    values = {"name": user.name, "phone": user.phone, "password": PASSWORD} | changed
    return services.edit_own_details(user, version=user.version, email=email, **values)


def sent(email=NEW):
    return LINK.search(newest("mail", email))[1]


def test_a_new_address_counts_once_its_link_was_followed(in_acme, client):
    user = make_user()
    user_id, old = user.id, user.email
    browser = accounts.signed_in(client, user)
    typed = {"name": user.name, "email": NEW, "phone": user.phone, "password": PASSWORD}
    assert browser.submit("/account", typed).location == "/account"
    assert NEW in browser.get("/account").text
    assert again(user_id).email == old
    path = f"/account/mail/{sent()}"
    assert NEW in browser.get(path).text
    assert again(user_id).email == old
    assert browser.submit(path, {}).location == "/account"
    user = again(user_id)
    assert (user.email, user.email_proved_at is not None) == (NEW, True)
    assert "邮箱地址已修改" in newest("mail", old) or "e-mail address was changed" in newest(
        "mail", old
    )
    assert browser.get(path).status_code == 404


def test_a_link_is_good_once_in_time_and_for_its_person(in_acme, client):
    user, other = make_user(), make_user()
    user_id, other_id = user.id, other.id
    ask(user)
    token = sent()
    browser = accounts.signed_in(client, session().get_one(User, other_id))
    assert browser.get(f"/account/mail/{token}").status_code == 404
    with pytest.raises(Refused):
        services.prove_mail(session().get_one(User, other_id), token)
    with clock.moved(clock.now() + timedelta(days=2)), pytest.raises(Refused):
        services.prove_mail(again(user_id), token)
    services.prove_mail(again(user_id), token)
    with pytest.raises(Refused):
        services.prove_mail(again(user_id), token)


def test_a_link_of_before_is_worth_nothing(in_acme):
    user = make_user()
    user_id = user.id
    ask(user)
    first = sent()
    with pytest.raises(Refused) as refused:
        ask(again(user_id), "another@example.com")
    assert refused.value.field == "email"
    with clock.moved(clock.now() + timedelta(minutes=2)):
        ask(again(user_id), "another@example.com")
        with pytest.raises(Refused):
            services.prove_mail(again(user_id), first)
        second = sent("another@example.com")
        services.forget_asked(again(user_id))
        with pytest.raises(Refused):
            services.prove_mail(again(user_id), second)


def test_bad_addresses_are_refused_and_nothing_is_sent(in_acme, client):
    user, other = make_user(), make_user(email="taken@example.com")
    del other
    user_id = user.id
    browser = accounts.signed_in(client, user)
    user = again(user_id)
    kept = {"name": "改名", "phone": user.phone, "password": PASSWORD}
    for email, password in (
        ("no address", PASSWORD),
        ("Taken@example.com", PASSWORD),
        (NEW, "wrong"),
        (NEW, ""),
    ):
        answer = browser.submit("/account", kept | {"email": email, "password": password})
        assert answer.status_code == 422
        assert "改名" in answer.text
    assert session().scalar(select(MailProof.id).where(MailProof.user_id == user_id)) is None
    assert again(user_id).name != "改名"


def test_an_address_that_was_taken_meanwhile_is_refused(in_acme):
    user = make_user()
    user_id = user.id
    ask(user)
    token = sent()
    make_user(email=NEW)
    with pytest.raises(Refused):
        services.prove_mail(again(user_id), token)


def test_the_present_address_is_proved_by_a_link_too(in_acme, client):
    user = make_user()
    user_id, email = user.id, user.email
    browser = accounts.signed_in(client, user)
    csrf = {"csrf_token": browser.token("/account")}
    assert browser.post("/account/mail/send", data=csrf).status_code == 303
    assert browser.submit(f"/account/mail/{sent(email)}", {}).location == "/account"
    assert again(user_id).email_proved_at
    services.edit_user(
        again(user_id),
        version=again(user_id).version,
        username=again(user_id).username,
        name="x",
        email="given@example.com",
        phone=None,
        roles=again(user_id).roles,
        by=accounts.owner(),
    )
    assert again(user_id).email_proved_at is None


def test_settings_show_at_once_and_go_with_the_person(in_acme, client):
    user = make_user()
    user_id = user.id
    browser = accounts.signed_in(client, user)
    typed = {
        "language": "en",
        "density": "compact",
        "time_display": "seconds",
        "file_format": "csv",
    }
    assert browser.submit("/account/settings", typed).location == "/account/settings"
    assert "My settings" in browser.get("/account/settings").text
    assert re.search(r"\d\d:\d\d:\d\d</time>", browser.get("/account/sessions").text)
    assert 'value="csv" checked' in re.sub(
        r"checked(=\"\")? ?(.*?)value=\"csv\"",
        r'value="csv" checked',
        browser.get("/exports/new/own_log_ins").text,
    )
    elsewhere = accounts.signed_in(client, session().get_one(User, user_id))
    assert "My settings" in elsewhere.get("/account/settings").text
    assert "user:preferences_changed" in accounts.log_names(again(user_id))
    bad = browser.submit("/account/settings", typed | {"time_display": "sundial"})
    assert bad.status_code == 422
    assert again(user_id).time_display == "seconds"


def test_the_centre_leads_everywhere(in_acme, rival, client):
    page = accounts.signed_in(client, make_user(name="周九")).get("/account/centre").text
    for path in ("/account", "/account/settings", "/account/password", "/account/sessions"):
        assert f'href="{path}"' in page
    for path in ("/notices/choices", "/home/arrange", "/favourites/", "/account/second-step"):
        assert f'href="{path}"' in page
    assert "周九" in page
    session().commit()
    with workspace_scope(rival):
        other = accounts.signed_in(client, accounts.owner())
    assert "周九" not in other.get("/account/centre").text
    assert client.at(in_acme).get("/account/centre").status_code == 302

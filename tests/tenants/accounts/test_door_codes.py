"""Codes by SMS and links by mail at the door, and the mobile numbers they may go to."""

import re
from datetime import timedelta

import pytest

from kit import clock
from kit.db import session
from kit.errors import Refused
from kit.mail import kept
from tenants.accounts import queries, services
from tenants.accounts.models import LogInWay, ResetWay, SecurityPolicy, User
from tests.factories import accounts
from tests.factories.accounts import PASSWORD, log_names, make_user, run_jobs

CODE = re.compile(r"\b(\d{6})\b")
LINK = re.compile(r"/login/step/link/(\S+)")


def newest(way, recipient):
    session().commit()
    run_jobs()
    found = [one for one in kept() if one.way == way and one.recipient == recipient]
    return max(found, key=lambda one: one.sent_at).body


@pytest.fixture
def policy(in_acme):
    """Codes by SMS and mail are wanted."""
    row = SecurityPolicy(preset="manual", sms_codes=True, security_questions=True)
    session().add(row)
    session().commit()
    return row


def knock(user):
    entry = services.sign_in(
        user.username, PASSWORD, remember=False, ip_address=None, user_agent=None
    )
    return entry.token


def again(user_id):
    return session().get(User, user_id)


def test_who_chose_codes_gets_them_by_sms_and_they_work_once(policy):
    user = make_user()
    codes = services.choose_codes(user, except_token=None)
    assert len(codes) == 10
    assert queries.ways_of(user) == {
        *(LogInWay.SMS, LogInWay.MAIL, LogInWay.LINK, LogInWay.RECOVERY)
    }
    with pytest.raises(Refused, match="already"):
        services.choose_codes(user, except_token=None)
    token, phone = knock(user), user.phone
    services.send_code(token, way=LogInWay.SMS)
    with pytest.raises(Refused):
        services.send_code(token, way=LogInWay.SMS)
    code = CODE.search(newest("sms", phone))[1]
    with pytest.raises(Refused):
        services.pass_step(token, code, way=LogInWay.MAIL)
    services.pass_step(token, code, way=LogInWay.SMS)
    with pytest.raises(Refused):
        services.pass_step(token, code, way=LogInWay.SMS)


def test_a_link_opens_only_the_log_in_that_asked_for_it(policy):
    user = make_user()
    services.choose_codes(user, except_token=None)
    first, second, email = knock(user), knock(user), user.email
    services.send_code(first, way=LogInWay.MAIL)
    secret = LINK.search(newest("mail", email))[1]
    for token, typed in ((second, secret), (first, "other"), (first, "")):
        with pytest.raises(Refused):
            services.pass_step(token, typed, way=LogInWay.LINK)
    assert services.pass_step(first, secret, way=LogInWay.LINK).token
    with pytest.raises(Refused):
        services.pass_step(first, secret, way=LogInWay.LINK)


def test_no_sms_without_a_proved_number_or_where_nobody_wants_it(in_acme):
    user = make_user()
    accounts.enrolled(user)
    token = knock(user)
    with pytest.raises(Refused, match="this way"):
        services.send_code(token, way=LogInWay.SMS)
    session().add(SecurityPolicy(preset="manual", sms_codes=True))
    user.phone_proved_at = None
    session().commit()
    with pytest.raises(Refused, match="this way"):
        services.send_code(token, way=LogInWay.SMS)
    with pytest.raises(Refused, match="this way"):
        services.send_code(token, way=LogInWay.PASSKEY)


def test_the_door_sends_and_takes_them(policy, client, in_acme):
    user = make_user()
    services.choose_codes(user, except_token=None)
    username, email = user.username, user.email
    door = client.at(in_acme)
    door.submit("/login", {"login": username, "password": PASSWORD})
    csrf = {"csrf_token": door.token("/login/step")}
    answer = door.post("/login/step/send/mail", data=csrf)
    assert "way=mail" in answer.location
    assert door.get(answer.location).status_code == 200
    path = f"/login/step/link/{LINK.search(newest('mail', email))[1]}"
    elsewhere = client.at(in_acme)
    assert elsewhere.get(path).status_code == 410
    assert door.get(path).status_code == 200
    assert door.get("/account").status_code == 302
    assert door.submit(path, {}).status_code == 303
    assert door.get("/account").status_code == 200
    ways = [row.way for row in session().scalars(queries.log_ins())]
    assert "link" in ways


def test_a_number_is_proved_by_the_code_that_went_to_it(in_acme):
    user = make_user()
    user_id, phone = user.id, user.phone
    user.phone_proved_at = None
    assert queries.find_by_login(phone) is None
    services.send_phone_code(user)
    with pytest.raises(Refused):
        services.send_phone_code(user)
    code = CODE.search(newest("sms", phone))[1]
    user = again(user_id)
    with pytest.raises(Refused):
        services.prove_phone(user, "x")
    with clock.moved(clock.now() + timedelta(minutes=11)), pytest.raises(Refused):
        services.prove_phone(user, code)
    services.prove_phone(user, f" {code[:3]} {code[3:]}")
    assert user.phone_proved_at
    assert queries.find_by_login(phone) is user
    with pytest.raises(Refused):
        services.prove_phone(user, code)
    assert "user:phone_proved" in log_names(user)


def test_another_number_has_to_be_proved_anew_and_its_code_is_its_own(in_acme):
    user = make_user()
    user_id, phone = user.id, user.phone
    services.send_phone_code(user)
    code = CODE.search(newest("sms", phone))[1]
    user = again(user_id)
    services.edit_own_details(
        user,
        version=user.version,
        name=user.name,
        email=user.email,
        phone="13900190009",
        password=PASSWORD,
    )
    assert user.phone_proved_at is None
    with pytest.raises(Refused):
        services.prove_phone(user, code)
    services.ask_reset(user.username, way=ResetWay.SMS)
    assert "user:reset_asked" not in log_names(user)


def test_after_five_wrong_codes_the_right_one_is_worth_nothing(in_acme):
    user = make_user()
    user_id, phone = user.id, user.phone
    services.send_phone_code(user)
    code = CODE.search(newest("sms", phone))[1]
    user = again(user_id)
    for _each in range(5):
        with pytest.raises(Refused):
            services.prove_phone(user, "000000" if code != "000000" else "111111")
    with pytest.raises(Refused):
        services.prove_phone(user, code)


def test_pages_prove_a_number(in_acme, client):
    user = make_user()
    user_id, phone = user.id, user.phone
    user.phone_proved_at = None
    browser = accounts.signed_in(client, user)
    assert "/account/phone" in browser.get("/account").text
    csrf = {"csrf_token": browser.token("/account/phone")}
    assert browser.post("/account/phone/send", data=csrf).status_code == 303
    assert browser.submit("/account/phone", {"code": "12"}).status_code == 422
    code = CODE.search(newest("sms", phone))[1]
    assert browser.submit("/account/phone", {"code": code}).location == "/account"
    assert again(user_id).phone_proved_at


def test_every_change_of_what_opens_an_account_is_mailed(in_acme):
    user = make_user()
    user_id, email = user.id, user.email
    services.change_password(
        user,
        old=PASSWORD,
        new=accounts.NEW_PASSWORD,
        again=accounts.NEW_PASSWORD,
        except_token=None,
        by=user,
    )
    assert "密码已修改" in newest("mail", email) or "password was changed" in newest("mail", email)
    user = again(user_id)
    services.edit_own_details(
        user,
        version=user.version,
        name=user.name,
        email="new.address@example.com",
        phone=user.phone,
        password=accounts.NEW_PASSWORD,
    )
    link = re.search(r"/account/mail/([\w-]+)", newest("mail", "new.address@example.com"))[1]
    services.prove_mail(again(user_id), link)
    old = newest("mail", email)
    assert "邮箱地址已修改" in old or "e-mail address was changed" in old

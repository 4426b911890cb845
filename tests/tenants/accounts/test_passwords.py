"""Changing, setting and resetting a password."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import clock, mail
from kit.db import session
from kit.errors import Refused
from kit.jobs.tables import JobState, cell_outbox
from kit.security import MANUAL
from tenants.accounts import queries, services
from tenants.accounts.models import PasswordReset, ResetWay
from tenants.accounts.realm import load_user
from tests.factories import accounts
from tests.factories.accounts import NEW_PASSWORD, PASSWORD


@pytest.fixture
def user(in_acme):
    return accounts.make_user(
        username="zhao_liu", email="zhao.liu@example.com", phone="13900139022", name="赵六"
    )


def change(user, **changed):
    values = {"old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD, "except_token": None}
    services.change_password(user, **(values | changed), by=user)


def can_sign_in(login, password):
    try:
        services.sign_in(login, password, remember=False, ip_address=None, user_agent=None)
    except Refused:
        return False
    return True


def test_changing_ends_the_other_log_ins(user):
    here, there = accounts.sign_in(user), accounts.sign_in(user)
    change(user, except_token=here)
    assert load_user(here) is not None
    assert load_user(there) is None
    assert can_sign_in("zhao_liu", NEW_PASSWORD)
    assert not can_sign_in("zhao_liu", PASSWORD)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"old": "wrong"}, "old"),
        ({"again": "Other-word-99"}, "again"),
        ({"new": PASSWORD, "again": PASSWORD}, "password"),
        ({"new": "short1A", "again": "short1A"}, "password"),
        ({"new": "Zhao_liu-2026", "again": "Zhao_liu-2026"}, "password"),
        ({"new": "Number13900139022", "again": "Number13900139022"}, "password"),
    ],
)
def test_it_refuses_and_changes_nothing(user, changed, field):
    token = accounts.sign_in(user)
    with pytest.raises(Refused) as refused:
        change(user, **changed)
    assert refused.value.field == field
    assert load_user(token) is not None
    assert can_sign_in("zhao_liu", PASSWORD)


def test_one_set_by_an_administrator_must_be_changed(user):
    services.set_password(user, password=NEW_PASSWORD, own=PASSWORD, by=accounts.owner())
    assert user.must_change_password
    change(user, old=NEW_PASSWORD, new="Meadow-path-42", again="Meadow-path-42")
    assert not user.must_change_password


def test_an_administrator_enters_the_own_password_to_set_anothers(user):
    owner = accounts.owner()
    for wrong in ("", "wrong"):
        with pytest.raises(Refused) as refused:
            services.set_password(user, password=NEW_PASSWORD, own=wrong, by=owner)
        assert refused.value.field == "own"
    assert owner.failed_logins == 2
    assert can_sign_in("zhao_liu", PASSWORD)


def test_nobody_sets_the_password_of_someone_who_may_do_more(user):
    with pytest.raises(Refused):
        services.set_password(accounts.owner(), password=NEW_PASSWORD, own=PASSWORD, by=user)
    assert can_sign_in("acme_owner", PASSWORD)


def newest(way):
    (message,) = [one for one in mail.kept(200) if one.way == way][:1]
    return message


def ask(user, way):
    services.ask_reset(user.username, way=way)
    # The rows of the test end with the session that the jobs take over.
    assert accounts.run_jobs() == [JobState.DONE]


def link_of(message):
    return re.search(r"http://(\S+)/reset/(\S+)", message.body).groups()


def test_a_link_works_once_at_the_official_host(user, in_acme):
    token = accounts.sign_in(user)
    ask(user, ResetWay.MAIL)
    message = newest("mail")
    assert message.recipient == "zhao.liu@example.com"
    host, secret = link_of(message)
    assert host == in_acme.host
    services.reset_by_link(secret, password=NEW_PASSWORD, again=NEW_PASSWORD)
    assert can_sign_in("zhao_liu", NEW_PASSWORD)
    assert load_user(token) is None
    with pytest.raises(Refused):
        services.reset_by_link(secret, password="Meadow-path-42", again="Meadow-path-42")
    assert can_sign_in("zhao_liu", NEW_PASSWORD)


def test_a_link_lasts_an_hour(user):
    with clock.moved(clock.now()):
        ask(user, ResetWay.MAIL)
        _, secret = link_of(newest("mail"))
        clock.advance(timedelta(minutes=61))
        with pytest.raises(Refused):
            services.reset_by_link(secret, password=NEW_PASSWORD, again=NEW_PASSWORD)
    assert can_sign_in("zhao_liu", PASSWORD)


def test_a_weak_password_does_not_spend_the_link(user):
    ask(user, ResetWay.MAIL)
    _, secret = link_of(newest("mail"))
    with pytest.raises(Refused):
        services.reset_by_link(secret, password="password", again="password")
    services.reset_by_link(secret, password=NEW_PASSWORD, again=NEW_PASSWORD)
    assert can_sign_in("zhao_liu", NEW_PASSWORD)


def code_of(message):
    return re.search(r"\d{6}", message.body)[0]


def by_code(code, password=NEW_PASSWORD):
    return services.reset_by_code("13900139022", code=code, password=password, again=password)


def test_a_code_works_once(user):
    ask(user, ResetWay.SMS)
    message = newest("sms")
    assert message.recipient == "+8613900139022"
    by_code(code_of(message))
    assert can_sign_in("zhao_liu", NEW_PASSWORD)
    with pytest.raises(Refused):
        by_code(code_of(message), "Meadow-path-42")


def test_five_wrong_codes_spend_it(user):
    ask(user, ResetWay.SMS)
    code = code_of(newest("sms"))
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(5):
        with pytest.raises(Refused):
            by_code(wrong)
    with pytest.raises(Refused):
        by_code(code)
    assert can_sign_in("zhao_liu", PASSWORD)


def test_a_code_lasts_ten_minutes(user):
    with clock.moved(clock.now()):
        ask(user, ResetWay.SMS)
        code = code_of(newest("sms"))
        clock.advance(timedelta(minutes=11))
        with pytest.raises(Refused):
            by_code(code)


def test_a_code_for_nobody_reads_the_same(user):
    ask(user, ResetWay.SMS)
    sentences = set()
    for login in ("13900139022", "13511112222", "nobody_here"):
        with pytest.raises(Refused) as refused:
            services.reset_by_code(login, code="x", password=NEW_PASSWORD, again=NEW_PASSWORD)
        sentences.add(str(refused.value))
    assert len(sentences) == 1


def count_resets():
    return len(session().scalars(select(PasswordReset)).all())


def test_asking_is_silent_about_who_exists_and_limited(user):
    services.ask_reset("nobody_here", way=ResetWay.MAIL)
    services.ask_reset("not a name", way=ResetWay.SMS)
    assert count_resets() == 0
    with clock.moved(clock.now()):
        services.ask_reset("zhao_liu", way=ResetWay.MAIL)
        services.ask_reset("zhao_liu", way=ResetWay.SMS)
        assert count_resets() == 1
        clock.advance(timedelta(seconds=61))
        services.ask_reset("zhao_liu", way=ResetWay.SMS)
        assert count_resets() == 2


def test_the_outbox_holds_no_secret(user):
    services.ask_reset("zhao_liu", way=ResetWay.SMS)
    (body,) = session().scalars(select(cell_outbox.c.body))
    assert set(body) == {"reset", "sealed"}
    assert not re.fullmatch(r"\d{6}", body["sealed"])
    accounts.run_jobs()
    assert code_of(newest("sms")) not in str(body)


def test_an_old_password_is_noticed(user):
    with clock.moved(clock.now()):
        assert not queries.is_password_old(user, MANUAL)
        clock.advance(timedelta(days=61))
        assert queries.is_password_old(user, MANUAL)
        change(user)
        assert not queries.is_password_old(user, MANUAL)

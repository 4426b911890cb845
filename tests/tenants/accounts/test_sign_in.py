"""Signing in to the back office: by three names, with one answer for every failure."""

from datetime import timedelta

import pytest

from kit import clock, crypto
from kit.db import session
from kit.errors import Refused
from tenants.accounts import queries, services
from tenants.accounts.realm import load_user
from tests.factories import accounts


def attempt(login, password=accounts.PASSWORD, ip_address="203.0.113.9"):
    return services.sign_in(
        login, password, remember=False, ip_address=ip_address, user_agent="Firefox"
    )


@pytest.fixture
def user(in_acme):
    return accounts.make_user(
        username="Li_Si", email="li.si@example.com", phone="13900139001", name="李四"
    )


@pytest.mark.parametrize(
    "login", ["Li_Si", "li_si", "LI.SI@example.com", "13900139001", "+86 139 0013 9001"]
)
def test_it_works_by_username_mail_and_mobile(user, login):
    found, token, is_pending = attempt(login)
    assert not is_pending
    assert found.id == user.id
    assert found.last_login_at is not None
    assert load_user(token).id == user.id
    assert accounts.log_names(user)[0] == "user:signed_in"


def test_only_a_digest_of_the_token_is_kept(user):
    token = attempt("li_si").token
    assert queries.open_session(token).token_digest == crypto.digest(token)


def test_unknown_wrong_and_disabled_read_the_same(user):
    sentences = set()
    for login, password in (("nobody_here", "x"), ("li_si", "wrong"), ("a@b@c", "x"), ("", "")):
        with pytest.raises(Refused) as refused:
            attempt(login, password)
        sentences.add(str(refused.value))
    services.disable_user(user, by=accounts.owner())
    with pytest.raises(Refused) as refused:
        attempt("li_si")
    sentences.add(str(refused.value))
    assert len(sentences) == 1
    assert queries.sessions_of(user) == []


def test_ten_wrong_tries_lock_for_five_minutes(user):
    with clock.moved(clock.now()):
        for _ in range(10):
            with pytest.raises(Refused):
                attempt("li_si", "wrong")
        assert accounts.log_names(user)[0] == "user:locked"
        with pytest.raises(Refused):
            attempt("li_si")
        clock.advance(timedelta(minutes=5, seconds=1))
        assert attempt("li_si")[0].id == user.id


def test_an_address_that_failed_ten_times_waits_whoever_it_asks_for(user):
    with clock.moved(clock.now()):
        for number in range(10):
            with pytest.raises(Refused):
                attempt(f"nobody_{number}", "wrong")
            clock.advance(timedelta(seconds=10))
        with pytest.raises(Refused) as refused:
            attempt("li_si")
        assert "Too many" in str(refused.value)
        assert attempt("li_si", ip_address="203.0.113.10").user.id == user.id
        # The window slides: the first of the ten is forgotten before the others.
        clock.advance(timedelta(seconds=201))
        assert attempt("li_si").user.id == user.id


def test_a_right_password_starts_the_count_anew(user):
    for _ in range(9):
        with pytest.raises(Refused):
            attempt("li_si", "wrong")
    attempt("li_si")
    # From elsewhere, for an address is counted apart.
    with pytest.raises(Refused):
        attempt("li_si", "wrong", "203.0.113.10")
    assert attempt("li_si", ip_address="203.0.113.10").user.failed_logins == 0


def test_it_ends_by_time_by_sign_out_and_by_disabling(user):
    with clock.moved(clock.now()):
        token = attempt("li_si").token
        clock.advance(timedelta(hours=13))
        assert load_user(token) is None
        token = attempt("li_si").token
        services.sign_out(token)
        assert load_user(token) is None
        services.sign_out(token)
        remembered = accounts.sign_in(user, remember=True)
        clock.advance(timedelta(days=29))
        assert load_user(remembered) is not None
        services.disable_user(user, by=accounts.owner())
        assert load_user(remembered) is None


def test_it_is_seen_at_most_every_five_minutes(user):
    with clock.moved(clock.now()):
        token = attempt("li_si").token
        start = queries.open_session(token).seen_at
        clock.advance(timedelta(minutes=4))
        load_user(token)
        assert queries.open_session(token).seen_at == start
        clock.advance(timedelta(minutes=2))
        assert load_user(token).permissions
        session().expire_all()
        assert queries.open_session(token).seen_at == clock.now()


def test_ending_the_others_keeps_this_one(user):
    here, there = accounts.sign_in(user), accounts.sign_in(user)
    assert services.end_sessions(user, except_token=here, by=user) == 1
    assert load_user(here) is not None
    assert load_user(there) is None


def test_ending_one_is_only_for_ones_own(user):
    token = accounts.sign_in(user)
    found = queries.open_session(token)
    with pytest.raises(Refused):
        services.end_session(accounts.agent(), found.public_id, by=user)
    assert load_user(token) is not None
    services.end_session(user, found.public_id, by=user)
    assert load_user(token) is None


def test_proving_lasts_half_an_hour(user):
    with clock.moved(clock.now()):
        token = accounts.sign_in(user)
        assert services.has_proved_recently(queries.open_session(token))
        clock.advance(timedelta(minutes=31))
        assert not services.has_proved_recently(queries.open_session(token))
        with pytest.raises(Refused):
            services.prove(queries.open_session(token), "wrong")
        assert not services.has_proved_recently(queries.open_session(token))
        services.prove(queries.open_session(token), accounts.PASSWORD)
        session().expire_all()
        assert services.has_proved_recently(queries.open_session(token))


def test_a_token_of_another_workspace_opens_nothing(user, rival):
    from kit.db import workspace_scope

    token = accounts.sign_in(user)
    session().commit()
    with workspace_scope(rival):
        assert load_user(token) is None

"""The second step: what opens it, once, how often one may fail, and who may take it away."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import clock, mail
from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.jobs.tables import cell_outbox
from kit.security.totp import code_at
from tenants.accounts import queries, services
from tenants.accounts.models import Authenticator, LogIn, LogInWay, RecoveryCode
from tenants.accounts.realm import load_user
from tests.factories import accounts
from tests.factories.accounts import NEW_PASSWORD, PASSWORD

APP, MAIL, RECOVERY = LogInWay.APP, LogInWay.MAIL, LogInWay.RECOVERY


@pytest.fixture
def user(in_acme):
    with clock.moved(clock.now()):
        yield accounts.make_user(username="qian_qi", name="钱七")


def first_step(user, password=PASSWORD):
    entry = services.sign_in(
        user.username, password, remember=True, ip_address="203.0.113.9", user_agent="Firefox"
    )
    assert entry.is_pending
    return entry.token


def later(seconds=31):
    clock.advance(timedelta(seconds=seconds))


def passes(token, code, way=APP):
    try:
        return services.pass_step(token, code, way=way)
    except Refused:
        return None


def mailed(token):
    services.send_code(token, way=LogInWay.MAIL)
    accounts.run_jobs()
    return re.search(r"\d{6}", mail.kept(1)[0].body)[0]


def test_it_counts_only_once_a_code_was_entered(user):
    services.begin_factor(user)
    assert not user.needs_second_step
    with pytest.raises(Refused):
        services.confirm_factor(user, "000000", except_token=None)
    assert accounts.sign_in(user)
    secret = queries.candidate(user).secret
    codes = services.confirm_factor(user, code_at(secret, clock.now()), except_token=None)
    assert len(set(codes)) == 10
    assert user.needs_second_step
    assert first_step(user)


def test_setting_it_up_ends_the_other_log_ins(user):
    here, there = accounts.sign_in(user), accounts.sign_in(user)
    services.begin_factor(user)
    code = code_at(queries.candidate(user).secret, clock.now())
    services.confirm_factor(user, code, except_token=here)
    assert load_user(here) is not None
    assert load_user(there) is None


def test_the_password_alone_opens_nothing(user):
    accounts.enrolled(user)
    token = first_step(user)
    assert load_user(token) is None
    assert queries.open_session(token) is None
    assert queries.sessions_of(user) == []


def test_a_code_opens_it_and_is_good_once(user):
    secret, _codes = accounts.enrolled(user)
    used = code_at(secret, clock.now())
    token = first_step(user)
    # The one that confirmed the app was used up by that.
    assert passes(token, used) is None
    later()
    code = code_at(secret, clock.now())
    entry = passes(token, code)
    assert load_user(entry.token).id == user.id
    assert queries.open_session(entry.token).is_remembered
    assert passes(token, code) is None
    assert passes(first_step(user), code) is None
    later()
    assert passes(first_step(user), code_at(secret, clock.now()))


def test_a_recovery_code_works_once_however_it_is_typed(user):
    _secret, codes = accounts.enrolled(user)
    typed = f" {codes[0].upper().replace('-', ' ')} "
    assert passes(first_step(user), typed, RECOVERY)
    assert passes(first_step(user), codes[0], RECOVERY) is None
    assert queries.recovery_codes_left(user) == 9
    assert "user:recovery_code_used" in accounts.log_names(user)
    new = services.renew_recovery_codes(user, except_token=None)
    assert passes(first_step(user), codes[1], RECOVERY) is None
    assert passes(first_step(user), new[1], RECOVERY)


def test_a_recovery_code_is_worth_nothing_to_another_person(user):
    other = accounts.make_user()
    _secret, codes = accounts.enrolled(user)
    accounts.enrolled(other)
    assert passes(first_step(other), codes[0], RECOVERY) is None


def test_no_secret_stands_in_the_clear(user):
    secret, codes = accounts.enrolled(user)
    kept = session().scalars(select(Authenticator)).one()
    assert secret.encode() not in kept.secret_cipher
    digests = list(session().scalars(select(RecoveryCode.digest)))
    assert not [code for code in codes if any(code.replace("-", "") in one for one in digests)]
    log = queries.log_of(user.public_id)
    assert not [entry for entry in log if secret in str(entry.details)]


def test_a_code_by_mail_stands_in_where_the_workspace_allows_it(user):
    accounts.enrolled(user)
    email, token = user.email, first_step(user)
    code = mailed(token)
    user = queries.find_by_login("qian_qi")  # the jobs have taken the test's session over
    assert mail.kept(1)[0].recipient == email
    with pytest.raises(Refused):
        services.send_code(token, way=LogInWay.MAIL)
    (body,) = [row for row in session().scalars(select(cell_outbox.c.body)) if "pending" in row]
    assert code not in str(body)
    later(60)
    other = first_step(user)
    assert passes(other, code, MAIL) is None
    assert passes(token, code, MAIL)
    assert passes(token, code, MAIL) is None


def test_a_mailed_code_grows_old_and_dies_of_wrong_tries(user):
    accounts.enrolled(user)
    token = first_step(user)
    code = mailed(token)
    later(601)
    assert passes(token, code, MAIL) is None


def test_no_code_is_mailed_where_the_workspace_does_not_want_it(user):
    accounts.enrolled(user)
    services.edit_policy(
        version=1,
        preset=queries.security_policy().preset,
        passwords_expire=False,
        mail_codes=False,
        idle_minutes=0,
        second_step_for=[],
        by=accounts.owner(),
    )
    token = first_step(user)
    assert LogInWay.MAIL not in queries.ways_of(user)
    with pytest.raises(Refused):
        services.send_code(token, way=LogInWay.MAIL)


def test_five_wrong_codes_and_then_one_waits(user):
    secret, codes = accounts.enrolled(user)
    later()
    token = first_step(user)
    for _each in range(5):
        assert passes(token, "000000") is None
    # Not even a right one, nor another way, nor another log-in.
    assert passes(token, code_at(secret, clock.now())) is None
    assert passes(first_step(user), codes[0], RECOVERY) is None
    later(301)
    assert passes(token, code_at(secret, clock.now()))


def test_fifty_wrong_codes_a_day_and_no_more(user):
    secret, _codes = accounts.enrolled(user)
    for _round in range(10):
        token = first_step(user)
        for _each in range(5):
            assert passes(token, "000000") is None
        later(301)
    assert passes(first_step(user), code_at(secret, clock.now())) is None
    later(24 * 3600)
    assert passes(first_step(user), code_at(secret, clock.now()))


def test_the_first_step_ends_by_time_by_password_and_by_sign_out(user):
    secret, _codes = accounts.enrolled(user)
    later()
    old = first_step(user)
    later(15 * 60 + 1)
    assert passes(old, code_at(secret, clock.now())) is None
    begun = first_step(user)
    services.set_password(user, password=NEW_PASSWORD, own=PASSWORD, by=accounts.owner())
    assert passes(begun, code_at(secret, clock.now())) is None
    begun = first_step(user, NEW_PASSWORD)
    services.cancel_step(begun)
    assert passes(begun, code_at(secret, clock.now())) is None
    services.disable_user(user, by=accounts.owner())


def test_a_role_has_it_set_up_at_the_door(user):
    user.roles[0].requires_second_step = True
    token = first_step(user)
    assert passes(token, "000000") is None
    services.begin_enrolment(token)
    done = services.enrol(token, code_at(queries.candidate(user).secret, clock.now()))
    assert load_user(done.entry.token).id == user.id
    assert len(done.codes) == 10
    with pytest.raises(Refused):
        services.remove_own_factor(user, except_token=None)
    # Whoever has an app is asked for it, and cannot put another in its place here.
    token = first_step(user)
    with pytest.raises(Refused):
        services.begin_enrolment(token)
    with pytest.raises(Refused):
        services.enrol(token, "000000")


def test_replacing_the_app_ends_the_old_one(user):
    old, codes = accounts.enrolled(user)
    later()
    new, _more = accounts.enrolled(user)
    assert new != old
    later()
    assert passes(first_step(user), code_at(old, clock.now())) is None
    assert passes(first_step(user), codes[0], RECOVERY) is None
    assert passes(first_step(user), code_at(new, clock.now()))


def test_one_who_had_a_factor_enrols_anew_when_it_is_gone(user):
    """As after a restore: archives hold no factors."""
    accounts.enrolled(user)
    for row in session().scalars(select(Authenticator)):
        session().delete(row)
    session().commit()
    token = first_step(user)
    services.begin_enrolment(token)
    assert services.enrol(token, code_at(queries.candidate(user).secret, clock.now()))


def test_one_may_switch_ones_own_off(user):
    accounts.enrolled(user)
    services.remove_own_factor(user, except_token=None)
    assert accounts.sign_in(user)
    assert session().scalars(select(RecoveryCode)).all() == []


def test_an_administrator_takes_it_with_the_own_password(user):
    accounts.enrolled(user)
    owner, colleague = accounts.owner(), accounts.agent()
    accounts.enrolled(owner)
    for by, own in ((owner, "wrong"), (owner, "")):
        with pytest.raises(Refused):
            services.remove_factor(user, own=own, by=by)
    with pytest.raises(Refused):
        services.remove_factor(owner, own=PASSWORD, by=colleague)
    with pytest.raises(Refused):
        services.remove_factor(owner, own=PASSWORD, by=owner)
    assert queries.authenticator(user) is not None
    services.remove_factor(user, own=PASSWORD, by=owner)
    assert accounts.log_names(user)[0] == "user:second_step_removed"
    assert accounts.sign_in(user)


def test_nothing_of_it_works_in_another_workspace(user, rival):
    secret, codes = accounts.enrolled(user)
    later()
    token = first_step(user)
    code = code_at(secret, clock.now())
    session().commit()
    with workspace_scope(rival):
        assert passes(token, code) is None
        assert passes(token, codes[0], RECOVERY) is None


def test_every_try_is_written_down(user):
    secret, _codes = accounts.enrolled(user)
    later()
    token = first_step(user)
    passes(token, "000000")
    passes(token, code_at(secret, clock.now()))
    rows = session().scalars(select(LogIn).where(LogIn.user_id == user.id).order_by(LogIn.id))
    assert [(row.way, row.result) for row in rows] == [
        ("password", "second_step"),
        ("app", "wrong"),
        ("app", "opened"),
    ]

"""Entering a sign-up."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from control.signup import services
from control.signup.models import Signup, SignupState
from control.signup.services import Visitor, submit_signup
from kit import clock, crypto, ids
from kit.db import control_session, control_transaction
from kit.errors import Refused
from tests.control.conftest import link_in
from tests.factories.control import PASSWORD, make_signup, new_signup


def signups() -> int:
    return control_session().scalar(select(func.count()).select_from(Signup))


def test_it_waits_a_day_for_its_mail_address(db, sent, work):
    signup = make_signup()
    assert signup.is_open
    assert signup.expires_at == pytest.approx(
        clock.now() + timedelta(hours=24), abs=timedelta(seconds=5)
    )
    work()
    (message,) = sent()
    assert message.recipient == signup.email
    assert "山海" in message.body
    token = link_in(message).removeprefix("/signup/verify/")
    assert crypto.digest(token) == signup.token_digest


def test_nothing_personal_stands_in_clear(db, sent, work):
    signup = make_signup()
    row = (
        control_session()
        .execute(text("SELECT s::text FROM control.signups s WHERE id = :id"), {"id": signup.id})
        .scalar_one()
    )
    assert signup.email not in row
    assert signup.phone.removeprefix("+86") not in row
    assert PASSWORD not in row
    body = control_session().scalar(text("SELECT body::text FROM control.outbox"))
    work()
    token = link_in(sent()[0]).removeprefix("/signup/verify/")
    assert token not in body


def test_the_same_submission_is_one_signup(db, sent, work):
    submission = ids.secret()
    details = new_signup()
    first = submit_signup(details, submission=submission, ip_address=None, by=Visitor())
    second = submit_signup(details, submission=submission, ip_address=None, by=Visitor())
    assert first.id == second.id
    work()
    assert len(sent()) == 1


def test_it_refuses_a_mail_address_that_is_being_verified(db):
    first = make_signup()
    before = signups()
    with pytest.raises(Refused) as refusal:
        make_signup(email=first.email.upper())
    assert refusal.value.field == "email"
    assert signups() == before


def test_it_refuses_an_address_that_is_being_signed_up(db):
    first = make_signup()
    with pytest.raises(Refused) as refusal:
        make_signup(address=first.address)
    assert refusal.value.field == "address"


def test_it_refuses_broken_rules_and_enters_nothing(db):
    with pytest.raises(Refused):
        make_signup(username="admin")
    with pytest.raises(Refused):
        make_signup(email="nobody")
    assert signups() == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::ffff"),
        ("198.51.100.9", "::ffff:198.51.100.9"),
    ],
)
def test_it_refuses_the_sixth_of_an_hour_from_one_origin(db, first, second):
    for _ in range(5):
        make_signup(ip_address=first)
    with pytest.raises(Refused):
        make_signup(ip_address=second)
    make_signup(ip_address="203.0.113.1")
    make_signup(ip_address=None)
    with clock.moved(clock.now() + timedelta(minutes=61)):
        make_signup(ip_address=second)


def test_after_a_day_its_address_is_free_again(db):
    first = make_signup()
    with clock.moved(clock.now() + timedelta(hours=24, seconds=1)):
        assert not first.is_open
        second = make_signup(address=first.address, email=first.email)
        assert second.id != first.id
        control_session().expire_all()
        assert first.state == SignupState.EXPIRED


def test_it_mails_again_after_a_minute_with_a_new_link(db, sent, work):
    signup = make_signup()
    work()
    old = link_in(sent()[0])
    with pytest.raises(Refused):
        services.mail_again(signup, by=Visitor())
    with clock.moved(clock.now() + timedelta(seconds=61)):
        services.mail_again(signup, by=Visitor())
        work()
    assert len(sent()) == 2
    assert {link_in(message) for message in sent()} > {old}


def test_it_mails_again_five_times_at_most(db):
    signup = make_signup()
    moment = clock.now()
    for number in range(1, 6):
        with clock.moved(moment + timedelta(minutes=2 * number)):
            services.mail_again(signup, by=Visitor())
    with clock.moved(moment + timedelta(minutes=20)), pytest.raises(Refused):
        services.mail_again(signup, by=Visitor())


def test_a_mail_overtaken_by_a_newer_one_is_not_sent(db, sent, work):
    signup = make_signup()
    with clock.moved(clock.now() + timedelta(seconds=61)):
        services.mail_again(signup, by=Visitor())
        work()
    assert len(sent()) == 1


def test_a_mail_is_sent_once_however_often_the_job_runs(db, sent, work):
    make_signup()
    work()
    with control_transaction() as control:
        control.execute(text("UPDATE control.outbox SET state = 'waiting'"))
    (message,) = sent()
    work()
    assert sent() == [message]


def test_it_can_be_withdrawn(db, sent, work):
    signup = make_signup()
    services.withdraw_signup(signup, by=Visitor())
    assert not signup.is_open
    make_signup(address=signup.address, email=signup.email)
    for verb in (services.withdraw_signup, services.mail_again):
        with pytest.raises(Refused):
            verb(signup, by=Visitor())
    work()
    assert len(sent()) == 1


def test_what_expired_is_deleted_after_a_week(db):
    gone, kept = make_signup(), make_signup()
    kept_id = kept.id
    moment = clock.now()
    with clock.moved(moment + timedelta(days=7, hours=23)):
        assert services.purge_signups() == 0
        control_session().expire_all()
        assert gone.state == SignupState.EXPIRED
    with clock.moved(moment + timedelta(days=8, minutes=1)):
        fresh = make_signup()
        assert services.purge_signups() == 2
        left = control_session().scalars(select(Signup.id)).all()
        assert left == [fresh.id]
    assert kept_id not in left

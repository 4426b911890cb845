"""Operators' accounts, log-ins and passwords."""

from datetime import timedelta

import pytest

from control.console import queries, services
from control.console.models import Operator
from kit import clock
from kit.db import control_session, control_transaction
from kit.errors import Refused
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator

NEW = "Green-lantern-27"


@pytest.fixture
def operator(db) -> Operator:
    return make_operator()


def sign_in(password=PASSWORD, email=OPERATOR_EMAIL):
    return services.sign_in(email, password, ip_address="192.0.2.1", user_agent="x" * 900)


def test_the_first_operator_is_made_once(operator):
    assert not services.ensure_operator(email=OPERATOR_EMAIL, password="Another-one-5")
    sign_in()


def test_a_log_in_lasts_eight_hours(operator):
    found, token = sign_in(email=" OPS@example.com ")
    assert found.id == operator.id
    assert services.operator_behind(token).id == operator.id
    with clock.moved(clock.now() + timedelta(hours=7, minutes=59)):
        assert services.operator_behind(token).id == operator.id
    with clock.moved(clock.now() + timedelta(hours=8, seconds=1)):
        assert services.operator_behind(token) is None
    assert services.operator_behind("nonsense") is None


@pytest.mark.parametrize(
    ("email", "password"), [(OPERATOR_EMAIL, "wrong"), ("nobody@example.com", PASSWORD)]
)
def test_it_refuses_with_one_sentence(operator, email, password):
    with pytest.raises(Refused) as refusal:
        sign_in(password, email)
    with pytest.raises(Refused) as other:
        sign_in("wrong again", "somebody@example.com")
    assert str(refusal.value) == str(other.value)
    assert refusal.value.field is None


def test_five_wrong_passwords_lock_it_for_a_quarter_of_an_hour(operator):
    for _ in range(5):
        with pytest.raises(Refused):
            sign_in("wrong")
    with pytest.raises(Refused):
        sign_in()
    with clock.moved(clock.now() + timedelta(minutes=15, seconds=1)):
        sign_in()


def test_a_right_password_forgets_the_wrong_ones(operator):
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(Refused):
                sign_in("wrong")
        sign_in()


def test_someone_who_left_is_shut_out(operator):
    _, token = sign_in()
    with control_transaction() as control:
        control.get(Operator, operator.id).is_active = False
    assert services.operator_behind(token) is None
    assert not operator.can(None)
    with pytest.raises(Refused):
        sign_in()


def test_signing_out_ends_the_session(operator):
    _, token = sign_in()
    services.sign_out(token)
    assert services.operator_behind(token) is None
    services.sign_out(token)


def test_one_session_can_be_ended_from_another(operator):
    _, first = sign_in()
    _, second = sign_in()
    newest, oldest = queries.open_sessions(operator)
    services.end_session(oldest, by=operator)
    services.end_session(oldest, by=operator)
    assert services.operator_behind(first) is None
    assert services.operator_behind(second) is not None
    assert len(queries.open_sessions(operator)) == 1
    assert newest.user_agent == "x" * 200


def test_a_new_password_ends_the_other_sessions(operator):
    _, here = sign_in()
    _, elsewhere = sign_in()
    services.change_password(operator, old=PASSWORD, new=NEW, token=here)
    assert services.operator_behind(here) is not None
    assert services.operator_behind(elsewhere) is None
    with pytest.raises(Refused):
        sign_in()
    sign_in(NEW)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", NEW, "old"), (PASSWORD, PASSWORD, "password"), (PASSWORD, "short", "password")],
)
def test_a_bad_change_of_password_changes_nothing(operator, old, new, field):
    with pytest.raises(Refused) as refusal:
        services.change_password(operator, old=old, new=new, token=None)
    assert refusal.value.field == field
    sign_in()


def test_seeing_is_noted_at_most_every_minute(operator):
    _, token = sign_in()
    moment = clock.now()
    with clock.moved(moment + timedelta(seconds=30)):
        services.operator_behind(token)
    control_session().expire_all()
    (session,) = queries.open_sessions(operator)
    assert session.seen_at <= moment
    with clock.moved(moment + timedelta(seconds=90)):
        services.operator_behind(token)
    control_session().expire_all()
    (session,) = queries.open_sessions(operator)
    assert session.seen_at > moment

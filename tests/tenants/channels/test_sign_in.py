"""Log-in to the portal: by username or mobile and password, or by a code."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kit import audit, clock
from kit.crypto import digest
from kit.db import session
from kit.errors import Refused
from kit.jobs.tables import JobState, cell_outbox
from kit.settings import get_settings
from tenants.channels import services
from tenants.channels.models import ChannelReset, ChannelUserSession
from tests.databases import PEOPLE_PASSWORD
from tests.factories.channels import make_channel, make_person, newest_code, run_jobs, sign_in

WHO = {"ip_address": "10.0.0.1", "user_agent": "phone"}
PHONE = "13722223333"


@pytest.fixture
def person(in_acme):
    return make_person(make_channel(), phone=PHONE, username="zhao.dian")


def _try(login, password=PEOPLE_PASSWORD, *, remember=False):
    return services.sign_in(login, password, remember=remember, **WHO)


@pytest.mark.parametrize("login", ["zhao.dian", "ZHAO.dian", PHONE, "+86 137 2222 3333"])
def test_it_takes_username_or_mobile(person, login):
    found, token = _try(login)
    assert found == person
    assert services.person_behind(token) == person
    row = session().scalars(select(ChannelUserSession)).one()
    assert row.token_digest == digest(token)
    assert row.ip_address == "10.0.0.1"


def test_the_same_answer_for_nobody_and_for_a_wrong_password(person):
    sentences = set()
    for login, password in [("zhao.dian", "Wrong-one-1"), ("nobody", "Wrong-one-1"), ("", "")]:
        with pytest.raises(Refused) as refusal:
            _try(login, password)
        sentences.add(str(refusal.value))
    assert len(sentences) == 1
    assert person.failed_logins == 1


def test_ten_failures_pause_log_in_for_five_minutes(person):
    start = clock.now()
    with clock.moved(start):
        for _ in range(10):
            with pytest.raises(Refused):
                _try("zhao.dian", "Wrong-one-1")
        with pytest.raises(Refused):
            _try("zhao.dian")
    with clock.moved(start + timedelta(minutes=5)):
        _try("zhao.dian")
    assert person.failed_logins == 0


def test_failures_further_apart_do_not_add_up(person):
    start = clock.now()
    for minute in range(0, 60, 5):
        with clock.moved(start + timedelta(minutes=minute)), pytest.raises(Refused):
            _try("zhao.dian", "Wrong-one-1")
    _try("zhao.dian")


def test_a_session_lasts_twelve_hours_or_thirty_days(person):
    short, long = _try("zhao.dian")[1], _try("zhao.dian", remember=True)[1]
    with clock.moved(clock.now() + timedelta(hours=12, minutes=1)):
        assert services.person_behind(short) is None
        assert services.person_behind(long) == person
    with clock.moved(clock.now() + timedelta(days=30, minutes=1)):
        assert services.person_behind(long) is None


def test_seen_is_noted_at_most_every_five_minutes(person):
    _, token = _try("zhao.dian")
    row = session().scalars(select(ChannelUserSession)).one()
    first = row.seen_at
    with clock.moved(first + timedelta(minutes=4)):
        services.person_behind(token)
    session().refresh(row)
    assert row.seen_at == first
    with clock.moved(first + timedelta(minutes=5)):
        services.person_behind(token)
    session().refresh(row)
    assert row.seen_at == first + timedelta(minutes=5)


def test_signing_out_ends_it(person):
    token = sign_in(person)
    services.sign_out(token)
    assert services.person_behind(token) is None


def test_a_new_password_ends_the_other_log_ins(person):
    here, there = sign_in(person), sign_in(person)
    services.set_password(person, "Blue-river-77", by=person, except_token=here)
    assert services.person_behind(here) == person
    assert services.person_behind(there) is None
    with pytest.raises(Refused):
        sign_in(person)
    assert sign_in(person, password="Blue-river-77")


def test_a_weak_password_changes_nothing(person):
    token = sign_in(person)
    with pytest.raises(Refused):
        services.set_password(person, "12345678", by=person)
    assert services.person_behind(token) == person
    assert sign_in(person)


def test_a_code_logs_in_once(person):
    services.send_login_code(PHONE)
    code = newest_code()
    found, token = services.sign_in_by_code(PHONE, code, remember=True, **WHO)
    assert found == person
    assert services.person_behind(token) == person
    with pytest.raises(Refused):
        services.sign_in_by_code(PHONE, code, remember=True, **WHO)


def test_neither_the_job_nor_the_row_holds_the_code(person):
    services.send_login_code(PHONE)
    code = newest_code()
    body = session().scalar(
        select(cell_outbox.c.body).where(cell_outbox.c.kind == "channels.send_code")
    )
    row = session().scalars(select(ChannelReset)).one()
    held = json.dumps(body) + row.digest
    assert code not in held
    assert "2222" not in held


def test_a_code_dies_after_ten_minutes(person):
    services.send_login_code(PHONE)
    code = newest_code()
    with clock.moved(clock.now() + timedelta(minutes=10, seconds=1)), pytest.raises(Refused):
        services.sign_in_by_code(PHONE, code, remember=False, **WHO)


def test_a_code_dies_after_five_tries(person):
    services.send_login_code(PHONE)
    code = newest_code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        with pytest.raises(Refused):
            services.sign_in_by_code(PHONE, wrong, remember=False, **WHO)
    with pytest.raises(Refused):
        services.sign_in_by_code(PHONE, code, remember=False, **WHO)


def test_one_code_a_minute(person):
    start = clock.now()
    for seconds, made in [(0, 1), (30, 1), (61, 2)]:
        with clock.moved(start + timedelta(seconds=seconds)):
            services.send_login_code(PHONE)
        assert session().scalar(select(func.count()).select_from(ChannelReset)) == made


@pytest.mark.parametrize("phone", ["13799999999", "nothing", ""])
def test_an_unknown_number_gets_no_code_and_no_sign(person, phone):
    services.send_login_code(phone)
    assert session().scalar(select(func.count()).select_from(ChannelReset)) == 0
    with pytest.raises(Refused):
        services.sign_in_by_code(phone, "123456", remember=False, **WHO)


def test_a_code_sets_a_new_password(person):
    token = sign_in(person)
    services.send_login_code(PHONE)
    code = newest_code()
    with pytest.raises(Refused):
        services.reset_password(PHONE, code, password="short")
    services.reset_password(PHONE, code, password="Blue-river-77")
    assert services.person_behind(token) is None
    assert sign_in(person, password="Blue-river-77")


def test_a_frozen_channel_gets_the_reason_only_with_the_right_code(person):
    services.send_login_code(PHONE)
    code = newest_code()
    services.freeze_channel(person.channel, reason="欠款", by=audit.SYSTEM)
    with pytest.raises(Refused) as wrong:
        services.sign_in_by_code(
            PHONE, "000000" if code != "000000" else "1", remember=False, **WHO
        )
    assert "欠款" not in str(wrong.value)
    with pytest.raises(Refused, match="欠款"):
        services.sign_in_by_code(PHONE, code, remember=False, **WHO)


def test_the_job_sends_it(person):
    services.send_login_code(PHONE)
    code = newest_code()
    assert run_jobs("channels.send_code") == [JobState.DONE]
    kept = "".join(
        path.read_text(encoding="utf-8")
        for path in (get_settings().data_dir / "messages").glob("*.json")
        if path.is_file()
    )
    assert code in kept


def test_the_job_sends_nothing_that_is_of_no_use(person):
    services.send_login_code(PHONE)
    code = newest_code()
    services.sign_in_by_code(PHONE, code, remember=False, **WHO)
    assert run_jobs("channels.send_code") == [JobState.DONE]

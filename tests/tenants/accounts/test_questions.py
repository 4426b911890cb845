"""Security questions: off by default, never enough alone, and few tries."""

import pytest

from kit.db import session
from kit.errors import Refused
from tenants.accounts import queries, services
from tenants.accounts.models import ResetWay, SecurityAnswer, SecurityPolicy
from tenants.accounts.services.questions import asked_of
from tests.factories import accounts
from tests.factories.accounts import NEW_PASSWORD, PASSWORD, make_user, signed_in
from tests.tenants.accounts.test_door_codes import newest

ANSWERS = [("teacher", "李老师"), ("food", "糖葫芦"), ("book", "西游记")]
RIGHT = dict(ANSWERS)


@pytest.fixture
def person(in_acme):
    session().add(SecurityPolicy(preset="manual", security_questions=True))
    user = make_user()
    services.set_answers(user, ANSWERS, own=PASSWORD)
    return user


def link(user):
    email = user.email
    services.ask_reset(user.username, way=ResetWay.MAIL)
    return newest("mail", email).partition("/reset/")[2].split()[0]


def reset(token, answers):
    return services.reset_by_link(token, password=NEW_PASSWORD, again=NEW_PASSWORD, answers=answers)


def test_answers_are_kept_like_passwords(person):
    rows = session().query(SecurityAnswer).all()
    assert len(rows) == 3
    assert all(row.answer_hash.startswith("$argon2id$") for row in rows)


def test_a_reset_by_mail_asks_two_of_three(person):
    token = link(person)
    user = queries.find_reset(token).user
    asked = asked_of(user, token)
    assert len(asked) == 2
    for wrong in ({}, RIGHT | {asked[1]: "不知道"}):
        with pytest.raises(Refused) as refused:
            reset(token, wrong)
        assert refused.value.field == "first_answer"
    spaced = {name: f"  {answer} " for name, answer in RIGHT.items()}
    assert reset(token, spaced).public_id == user.public_id


def test_after_five_wrong_tries_the_right_answers_wait(person):
    token = link(person)
    for _each in range(5):
        with pytest.raises(Refused):
            reset(token, {})
    with pytest.raises(Refused):
        reset(token, RIGHT)


def test_nobody_is_asked_where_the_workspace_wants_none(person):
    session().query(SecurityPolicy).one().security_questions = False
    with pytest.raises(Refused, match="does not use"):
        services.set_answers(person, ANSWERS, own=PASSWORD)
    assert reset(link(person), {})


def test_bad_answers_are_refused_whole(person):
    for answers in (
        ANSWERS[:2],
        [*ANSWERS[:2], ("food", "面")],
        [*ANSWERS[:2], ("unknown", "面条")],
        [*ANSWERS[:2], ("book", "x")],
        [*ANSWERS[:2], ("book", "李老师")],
    ):
        with pytest.raises(Refused):
            services.set_answers(person, answers, own=PASSWORD)
    with pytest.raises(Refused):
        services.set_answers(person, ANSWERS, own="wrong")
    assert {one.question for one in queries.answers_of(person)} == set(RIGHT)


def test_pages(person, client, in_acme):
    browser = signed_in(client, person)
    token = link(person)
    assert browser.get("/account/questions").status_code == 200
    typed = {"own": PASSWORD}
    for place, (question, answer) in zip(("first", "second", "third"), ANSWERS, strict=True):
        typed |= {f"{place}_question": question, f"{place}_answer": answer}
    assert browser.submit("/account/questions", typed | {"own": "x"}).status_code == 422
    assert browser.submit("/account/questions", typed).status_code == 303
    door = client.at(in_acme)
    assert "first_answer" in door.get(f"/reset/{token}").text
    passwords = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
    asked = asked_of(queries.find_reset(token).user, token)
    wrong = passwords | {"first_answer": "x", "second_answer": "x"}
    assert door.submit(f"/reset/{token}", wrong).status_code == 422
    right = {"first_answer": RIGHT[asked[0]], "second_answer": RIGHT[asked[1]]}
    assert door.submit(f"/reset/{token}", passwords | right).location == "/login"
    other = signed_in(client, accounts.owner())
    csrf = {"csrf_token": other.token("/account/questions")}
    assert other.post("/account/questions/delete", data=csrf).status_code == 303


def test_the_page_is_not_there_without_the_opt_in(in_acme, client):
    browser = signed_in(client, accounts.owner())
    assert browser.get("/account/questions").location == "/account"
    assert "/account/questions" not in browser.get("/account").text

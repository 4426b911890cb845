"""What addresses, user names and mail addresses a sign-up may have."""

import pytest

from control.domains import queries
from control.domains.services import refuse_bad_address
from control.signup.rules import (
    TERMS_VERSION,
    disposable,
    refuse_bad_email,
    refuse_bad_phone,
    refuse_bad_signup,
    refuse_bad_username,
)
from kit.errors import Refused
from tests.factories.control import make_signup, new_signup


@pytest.mark.parametrize("address", ["abc", "a-b", "10086", "shan-hai-2", "a" * 30])
def test_an_address_may_be(db, address):
    refuse_bad_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ab",
        "a" * 31,
        "-abc",
        "abc-",
        "Abc",
        "a_b",
        "a.b",
        "山海通信",
        "a b",
        "abc\n",
        "xn--fiq228c",
        "ab--cd",
        "console",
        "www",
        "api",
        "admin",
        "demo",
        "acme",
    ],
)
def test_an_address_may_not_be(db, address):
    with pytest.raises(Refused) as refusal:
        refuse_bad_address(address)
    assert refusal.value.field == "address"


def test_an_address_of_an_open_signup_is_taken(db):
    signup = make_signup()
    with pytest.raises(Refused):
        refuse_bad_address(signup.address)


def test_every_reserved_word_is_one_that_could_be_asked_for(db):
    assert len(queries.reserved()) > 100
    assert {"console", "static", "assets", "help", "status", "portal"} <= queries.reserved()
    assert all(word == word.casefold() for word in queries.reserved())


@pytest.mark.parametrize(
    ("company", "suggested"),
    [
        ("广州山海通信有限公司", "gzshtx"),
        ("号树科技", "haoshukeji"),
        ("Acme Telecom Co., Ltd.", "acmetelecom"),
        ("acme", "acme2"),
        ("www", "www3"),
        ("！", ""),
    ],
)
def test_a_company_is_offered_an_address(db, company, suggested):
    assert queries.suggest_address(company) == suggested


@pytest.mark.parametrize("name", ["abc", "_test123", "zphncs001", "A" * 20])
def test_a_user_name_may_be(app, name):
    refuse_bad_username(name)


@pytest.mark.parametrize(
    "name", ["ab", "a" * 21, "+zph", "a-b", "a b", "山海山海", "admin", "ROOT"]
)
def test_a_user_name_may_not_be(app, db, name):
    with pytest.raises(Refused) as refusal:
        refuse_bad_username(name)
    assert refusal.value.field == "username"


@pytest.mark.parametrize(
    "email", ["nobody", "a@mailinator.com", "a@x.YOPMAIL.com", "a@guerrillamail.com"]
)
def test_a_mail_address_may_not_be(db, email):
    with pytest.raises(Refused) as refusal:
        refuse_bad_email(email)
    assert refusal.value.field == "email"


def test_a_mail_address_that_ends_alike_may_be(db):
    refuse_bad_email("a@notmailinator.com")
    assert len(disposable()) > 150


def test_a_telephone_number_may_not_be_a_word(db):
    with pytest.raises(Refused):
        refuse_bad_phone("call me")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", " "),
        ("contact_name", "x" * 51),
        ("purpose", "fun"),
        ("contact_role", ""),
        ("service_type", "butler"),
        ("terms", None),
        ("password", None),
    ],
)
def test_a_signup_must_be_whole(db, field, value):
    changes = {field: value}
    if field == "terms":
        changes = {"terms_version": "1999-01-01"}
    if field == "password":
        changes = {"password_hash": ""}
    with pytest.raises(Refused) as refusal:
        refuse_bad_signup(new_signup(**changes))
    assert refusal.value.field == field
    refuse_bad_signup(new_signup(terms_version=TERMS_VERSION))

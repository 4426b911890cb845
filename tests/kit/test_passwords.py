"""Passwords: what is stored, what is accepted, and what is refused with which sentence."""

import pytest

from kit.errors import Refused
from kit.i18n import speaking
from kit.security import check_password, hash_password, refuse_weak_password
from kit.security.passwords import verify_against_nothing

GOOD = "Grünes-Blatt-7"


def refusal(password, **about) -> str:
    with speaking("en"), pytest.raises(Refused) as caught:
        refuse_weak_password(password, **about)
    assert caught.value.field == "password"
    return str(caught.value)


def test_what_is_stored_is_salted_argon2id(app):
    stored = hash_password(GOOD)
    assert stored.startswith("$argon2id$")
    assert GOOD not in stored
    assert hash_password(GOOD) != stored


def test_only_the_same_password_is_right(app):
    stored = hash_password(GOOD)
    assert check_password(stored, GOOD)
    for wrong in ("", GOOD.lower(), GOOD + " ", GOOD[:-1], "\x00"):
        assert not check_password(stored, wrong)


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$v=19$broken"])
def test_nothing_opens_an_account_without_a_password(app, stored):
    assert not check_password(stored, "")
    assert not check_password(stored, "nobody's password")
    verify_against_nothing("nobody's password")


@pytest.mark.parametrize(
    "password", [GOOD, "Abcdef1g", "abc123!?", "密码Abc123", "A" + "b1" * 63 + "!"]
)
def test_a_good_password_passes(app, password):
    refuse_weak_password(password, about=("demo_owner", "owner@acme.example.com"))


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "at least 8 characters"),
        ("Ab1!567", "at least 8 characters"),
        ("Ab1!" * 33, "at most 128 characters"),
        ("abcdefgh", "three of"),
        ("abcdefg1", "three of"),
        ("ABCDEFG1", "three of"),
        ("Password1", "too common"),
        ("Password123!", "too common"),
        ("P@ssw0rd", "too common"),
    ],
)
def test_a_weak_password_is_refused(app, password, sentence):
    assert sentence in refusal(password)


def test_ones_own_data_is_refused_in_any_case(app):
    assert "your own" in refusal("Xy-WANGLIN-9", about=("wanglin",))
    assert "your own" in refusal("Ab-13912345678", about=("", "13912345678"))
    # Two letters are in every other password.
    refuse_weak_password("Lin-Garden-77", about=("Lin",))

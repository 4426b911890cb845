"""Passwords: what is stored, what is accepted, and what is refused with which sentence."""

import pytest

from kit.errors import Refused
from kit.i18n import speaking
from kit.security import (
    POLICIES,
    PasswordPreset,
    check_password,
    hash_password,
    refuse_weak_password,
)
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


ASVS = POLICIES[PasswordPreset.ASVS]


@pytest.mark.parametrize("password", ["quiet otter swims", "海上生明月天涯共此时情人怨"])
def test_length_is_enough_for_the_other_policy(app, password):
    refuse_weak_password(password, policy=ASVS)
    assert "three of" in refusal(password)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Abcdef1!ghi", "at least 12 characters"),
        ("aaaaaaaaaaaa", "too common"),
        ("abcabcabcabc", "too common"),
        ("passwordpassword", "too common"),
        ("password12345678", "too common"),
        ("wanglin swims home", "your own"),
    ],
)
def test_length_alone_is_not(app, password, sentence):
    assert sentence in refusal(password, about=("wanglin",), policy=ASVS)


def test_a_policy_says_what_it_wants(app):
    with speaking("en"):
        assert "three of" in POLICIES[PasswordPreset.MANUAL].hint
        assert "12" in ASVS.hint
        assert "three" not in ASVS.hint

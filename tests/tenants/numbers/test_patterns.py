"""Numbers are sold by the longest and most valuable pattern of their end."""

import pytest

from tenants.numbers.msisdn import bigrams, has_four, normalise, normalise_iccid, shown
from tenants.numbers.patterns import PATTERNS, VALUE, NumberClass, class_of, pattern_of


@pytest.mark.parametrize(
    ("msisdn", "pattern"),
    [
        ("13988888888", "AAAAAAAA"),
        ("13912345678", "ABCDEFGH"),
        ("13987654321", "HGFEDCBA"),
        ("13966668888", "AAAABBBB"),
        ("13912341234", "ABCDABCD"),
        ("13918181818", "ABABABAB"),
        ("13911223344", "AABBCCDD"),
        ("13955888888", "AAAAAA"),
        ("13905456789", "ABCDEF"),
        ("13905111222", "AAABBB"),
        ("13905181818", "ABABAB"),
        ("13905123123", "ABCABC"),
        ("13905112233", "AABBCC"),
        ("13905888881", "AAAAAB"),
        ("13905388888", "AAAAA"),
        ("13905122888", "AABBB"),
        ("13905138888", "AAAA"),
        ("13905131234", "ABCD"),
        ("13905137890", "ABCD"),
        ("13905134321", "DCBA"),
        ("13905135566", "AABB"),
        ("13905135858", "ABAB"),
        ("13905138881", "AAAB"),
        ("13905138558", "ABBA"),
        ("13905131888", "AAA"),
        ("13905131357", ""),
        ("1440000088888", ""),
    ],
)
def test_the_longest_most_valuable_pattern_wins(msisdn, pattern):
    assert pattern_of(msisdn) == pattern


def test_values_fall_in_the_order_of_the_table():
    assert VALUE["AAAAAAAA"] == len(PATTERNS)
    assert VALUE["AAAA"] > VALUE["ABCD"] > VALUE["AABB"] > VALUE["AAA"]


def test_a_pattern_makes_it_premium():
    assert class_of("AAA") == NumberClass.PREMIUM
    assert class_of("") == NumberClass.ORDINARY


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800138000", "13800138000"),
        (" 138-0013 8000 ", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("1440012345678", "1440012345678"),
    ],
)
def test_numbers_have_one_form(text, number):
    assert normalise(text) == number


@pytest.mark.parametrize("text", ["", "1380013800", "138001380001", "23800138000", "1380013800x"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        normalise(text)


def test_an_iccid_has_19_or_20_characters():
    assert normalise_iccid("8986 0012 3456 7890 1234") == "89860012345678901234"
    assert normalise_iccid("8986001234567890123a") == "8986001234567890123A"
    with pytest.raises(ValueError, match="898600123456789012"):
        normalise_iccid("898600123456789012")


def test_numbers_are_shown_in_groups():
    assert shown("13800138000") == "138 0013 8000"
    assert shown("1440012345678") == "1440 0123 45678"


def test_bigrams_are_pairs_without_repeats():
    assert bigrams("1212") == ["12", "21"]
    assert not has_four("13800138000")
    assert has_four("13800138004")

"""A prefix tells who it was given to, as a guess."""

import pytest

from tenants.accounts.dictionary import Carrier
from tenants.numbers.prefixes import PREFIXES, guess, iccid_carrier


@pytest.mark.parametrize(
    ("msisdn", "carrier", "host"),
    [
        ("13800138000", Carrier.MOBILE, Carrier.MOBILE),
        ("19800138000", Carrier.MOBILE, Carrier.MOBILE),
        ("13000138000", Carrier.UNICOM, Carrier.UNICOM),
        ("19600138000", Carrier.UNICOM, Carrier.UNICOM),
        ("13300138000", Carrier.TELECOM, Carrier.TELECOM),
        ("13490138000", Carrier.TELECOM, Carrier.TELECOM),
        ("13400138000", Carrier.MOBILE, Carrier.MOBILE),
        ("19200138000", Carrier.BROADNET, Carrier.BROADNET),
        ("17000138000", Carrier.MVNO, Carrier.TELECOM),
        ("17050138000", Carrier.MVNO, Carrier.MOBILE),
        ("17090138000", Carrier.MVNO, Carrier.UNICOM),
        ("17100138000", Carrier.MVNO, Carrier.UNICOM),
        ("16700138000", Carrier.MVNO, Carrier.UNICOM),
        ("16500138000", Carrier.MVNO, Carrier.MOBILE),
        ("16200138000", Carrier.MVNO, Carrier.TELECOM),
        ("1440000000001", Carrier.MOBILE, Carrier.MOBILE),
        ("1064700000001", Carrier.MOBILE, Carrier.MOBILE),
        ("1480000000001", Carrier.MOBILE, Carrier.MOBILE),
        ("1460000000001", Carrier.UNICOM, Carrier.UNICOM),
        ("1410000000001", Carrier.TELECOM, Carrier.TELECOM),
        ("1064900000001", Carrier.TELECOM, Carrier.TELECOM),
    ],
)
def test_a_prefix_tells_carrier_and_host(msisdn, carrier, host):
    found = guess(msisdn)
    assert found is not None
    assert (found.carrier, found.host) == (carrier, host)


def test_an_unknown_prefix_tells_nothing():
    assert guess("14000138000") is None
    assert guess("17060000000").carrier == Carrier.MVNO


def test_every_prefix_is_three_or_four_digits():
    assert all(prefix.isdigit() and len(prefix) in {3, 4} for prefix in PREFIXES)


def test_an_iccid_names_its_issuer():
    assert iccid_carrier("89860012345678901234") == Carrier.MOBILE
    assert iccid_carrier("89860112345678901234") == Carrier.UNICOM
    assert iccid_carrier("89861112345678901234") == Carrier.TELECOM
    assert iccid_carrier("89869912345678901234") is None
    assert iccid_carrier("89101112345678901234") is None

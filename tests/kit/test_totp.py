"""Codes of authenticator apps, against the standard's own table."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from kit.security.totp import accepted_step, app_address, code_at, new_secret

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds, code):
    """RFC 6238, appendix B, the last six of its eight digits."""
    assert code_at(SECRET, datetime.fromtimestamp(seconds, UTC)) == code


def test_a_code_is_good_once_and_half_a_minute_either_way():
    step = accepted_step(SECRET, code_at(SECRET, NOW), after=0, now=NOW)
    assert step == int(NOW.timestamp()) // 30
    assert accepted_step(SECRET, code_at(SECRET, NOW), after=step, now=NOW) is None
    for seconds, is_good in ((-60, False), (-30, True), (30, True), (60, False)):
        code = code_at(SECRET, NOW + timedelta(seconds=seconds))
        assert (accepted_step(SECRET, code, after=0, now=NOW) is not None) == is_good
    earlier = code_at(SECRET, NOW - timedelta(seconds=30))
    assert accepted_step(SECRET, earlier, after=step, now=NOW) is None


def test_what_people_type_is_read():
    code = code_at(SECRET, NOW)
    assert accepted_step(SECRET, f" {code[:3]} {code[3:]} ", after=0, now=NOW)
    for wrong in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦", code + "0"):
        assert accepted_step(SECRET, wrong, after=0, now=NOW) is None


def test_every_secret_is_another_and_apps_can_read_it():
    assert new_secret() != new_secret()
    address = app_address(SECRET, account="li_si", issuer="顶点通信")
    assert address.startswith("otpauth://totp/")
    assert f"secret={SECRET}" in address

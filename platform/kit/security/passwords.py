"""Passwords: argon2id, and the manual's rule (D021, D022) with common ones refused.

The manual's own storage rule, Base64 of SHA-256, is unsafe and deliberately not followed (D024).
"""

from functools import lru_cache
from pathlib import Path

import argon2

from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

MINIMUM = 8
MAXIMUM = 128


@lru_cache(maxsize=1)
def _hasher() -> argon2.PasswordHasher:
    if get_settings().environment == "test":
        return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return argon2.PasswordHasher()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    path = Path(__file__).with_name("common_passwords.txt")
    return frozenset(path.read_text(encoding="utf-8").split())


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _hasher().hash(password)


def check_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one; a missing one never is."""
    if not stored:
        verify_against_nothing(password)
        return False
    try:
        return _hasher().verify(stored, password)
    except argon2.exceptions.VerificationError:
        return False
    except argon2.exceptions.InvalidHashError:
        return False


@lru_cache(maxsize=1)
def _nothing() -> str:
    return _hasher().hash("nobody's password")


def verify_against_nothing(password: str) -> None:
    """Spend as long as a real check, so that time does not tell who has an account."""
    try:
        _hasher().verify(_nothing(), password)
    except argon2.exceptions.VerificationError:
        return


def refuse_weak_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Raise Refused for a password that breaks the rule; `about` is the person's own data."""
    if len(password) < MINIMUM:
        raise Refused(_("The password needs at least 8 characters."), field="password")
    if len(password) > MAXIMUM:
        raise Refused(_("The password may have at most 128 characters."), field="password")
    classes = (
        any(c.islower() for c in password),
        any(c.isupper() for c in password),
        any(c.isdigit() for c in password),
        any(not c.isalnum() for c in password),
    )
    if sum(classes) < 3:
        raise Refused(
            _("The password needs three of: lower case, upper case, digits, other characters."),
            field="password",
        )
    lowered = password.casefold()
    if lowered in _common() or lowered.rstrip("0123456789!@#$.") in _common():
        raise Refused(_("This password is too common; choose another."), field="password")
    for own in about:
        if len(own) >= 4 and own.casefold() in lowered:
            raise Refused(
                _("The password must not contain your own name, mail address or phone number."),
                field="password",
            )

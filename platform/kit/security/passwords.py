"""Passwords: argon2id, and two policies to choose from, both with common ones refused (D022).

The manual's own storage rule, Base64 of SHA-256, is unsafe and deliberately not followed (D024).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from pathlib import Path

import argon2

from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

MAXIMUM = 128
FREQUENT = 3_000
"""So many of the most frequent passwords are refused, those of fewer than SHORTEST apart."""
SHORTEST = 4


class PasswordPreset(StrEnum):
    """The policies a workspace can choose from."""

    MANUAL = "manual"
    ASVS = "asvs"


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """How long a password must be, of how many of four classes, and after how long it is old."""

    minimum: int
    classes: int
    old_after_days: int | None

    @property
    def hint(self) -> str:
        """The rule in one sentence, beside the field."""
        if self.classes:
            return str(
                _(
                    "At least %(count)s characters, with three of: lower case, upper case, "
                    "digits, others.",
                    count=self.minimum,
                )
            )
        return str(_("At least %(count)s characters, of any kind.", count=self.minimum))


POLICIES = {
    # The manual's rule (D021, D023).
    PasswordPreset.MANUAL: PasswordPolicy(minimum=8, classes=3, old_after_days=60),
    # OWASP ASVS: length instead of composition, and no change without a cause.
    PasswordPreset.ASVS: PasswordPolicy(minimum=12, classes=0, old_after_days=None),
}
MANUAL = POLICIES[PasswordPreset.MANUAL]


@lru_cache(maxsize=1)
def _hasher() -> argon2.PasswordHasher:
    if get_settings().environment == "test":
        return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return argon2.PasswordHasher()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Return what is tried first: our own list of habits at home, and the most frequent leaks."""
    path = Path(__file__).with_name("common_passwords.txt")
    own = path.read_text(encoding="utf-8").split()
    # Ordered by how often they were found; imported late, for the lists are large.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    leaked = islice(FREQUENCY_LISTS["passwords"], FREQUENT)
    return frozenset((*own, *(one for one in leaked if len(one) >= SHORTEST)))


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


def refuse_weak_password(
    password: str, *, about: tuple[str, ...] = (), policy: PasswordPolicy = MANUAL
) -> None:
    """Raise Refused for a password against the policy; `about` is the person's own data."""
    if len(password) < policy.minimum:
        raise Refused(
            _("The password needs at least %(count)s characters.", count=policy.minimum),
            field="password",
        )
    if len(password) > MAXIMUM:
        raise Refused(_("The password may have at most 128 characters."), field="password")
    classes = (
        any(c.islower() for c in password),
        any(c.isupper() for c in password),
        any(c.isdigit() for c in password),
        any(not c.isalnum() for c in password),
    )
    if sum(classes) < policy.classes:
        raise Refused(
            _("The password needs three of: lower case, upper case, digits, other characters."),
            field="password",
        )
    lowered = password.casefold()
    if _is_common(lowered):
        raise Refused(_("This password is too common; choose another."), field="password")
    for own in about:
        if len(own) >= 4 and own.casefold() in lowered:
            raise Refused(
                _("The password must not contain your own name, mail address or phone number."),
                field="password",
            )


def _is_common(lowered: str) -> bool:
    """Tell whether a password is on the list, perhaps with a tail, repeated, or one character."""
    if lowered in _common() or lowered.rstrip("0123456789!@#$.") in _common():
        return True
    # What length alone would let pass: passwordpassword, 123456123456, aaaaaaaaaaaa.
    for size in range(1, len(lowered) // 2 + 1):
        part = lowered[:size]
        if part * (len(lowered) // size) == lowered and (size < 4 or part in _common()):
            return True
    return False

"""Identifiers that are shown outside: opaque, unguessable, ordered by time.

The form is ULID (48 bits of milliseconds, 80 random bits) in lower-case Crockford base 32.
"""

import secrets

from kit import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
LENGTH = 26


def new() -> str:
    """Return a fresh identifier of 26 characters."""
    value = int(clock.now().timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def same(number: int) -> str:
    """Return the identifier that stands for a number of 128 bits, always the same one."""
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def many(count: int) -> list[str]:
    """Return fresh identifiers, as `new` makes them, for a fraction of the time."""
    head = int(clock.now().timestamp() * 1000)
    begun = "".join(_ALPHABET[head >> shift & 31] for shift in range(45, -1, -5))
    drawn = secrets.token_bytes(10 * count)
    return [begun + _tail(drawn[at : at + 10]) for at in range(0, 10 * count, 10)]


def _tail(drawn: bytes) -> str:
    value = int.from_bytes(drawn)
    return "".join([_PAIRS[value >> shift & 1023] for shift in (70, 60, 50, 40, 30, 20, 10, 0)])


def is_id(text: str) -> bool:
    """Tell whether a text could have come from `new`."""
    return len(text) == LENGTH and all(character in _ALPHABET for character in text)


def secret(size: int = 32) -> str:
    """Return a random token for links and cookies, safe in URLs; `size` in bytes."""
    return secrets.token_urlsafe(size)

"""Identifiers that are shown outside: opaque, unguessable, ordered by time.

The form is ULID (48 bits of milliseconds, 80 random bits) in lower-case Crockford base 32.
"""

import secrets

from kit import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26


def new() -> str:
    """Return a fresh identifier of 26 characters."""
    value = int(clock.now().timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Tell whether a text could have come from `new`."""
    return len(text) == LENGTH and all(character in _ALPHABET for character in text)


def secret(size: int = 32) -> str:
    """Return a random token for links and cookies, safe in URLs; `size` in bytes."""
    return secrets.token_urlsafe(size)

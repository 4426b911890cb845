"""Codes of authenticator apps (RFC 6238): six digits, new ones every thirty seconds."""

import hmac
from datetime import datetime

import pyotp

STEP = 30
DRIFT = 1
"""Steps that a telephone's clock may be off, either way."""
DIGITS = 6


def new_secret() -> str:
    """Return a random secret of 160 bits, in base32."""
    return pyotp.random_base32()


def app_address(secret: str, *, account: str, issuer: str) -> str:
    """Return the otpauth: address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def code_at(secret: str, moment: datetime) -> str:
    """Return the code that an app shows at a moment."""
    return pyotp.HOTP(secret).at(int(moment.timestamp()) // STEP)


def accepted_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """Return the time step whose code this is, None for a wrong one or one not later than `after`.

    Whoever remembers the step and gives it as `after` the next time takes no code twice.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    current = int(now.timestamp()) // STEP
    counter = pyotp.HOTP(secret)
    found = None
    for step in range(current - DRIFT, current + DRIFT + 1):
        # All are compared, so that time does not tell which one it was.
        if hmac.compare_digest(counter.at(step), typed) and step > after:
            found = step
    return found

"""A sign-up between form and submission: it travels in the page, sealed.

Nothing is stored for a visitor who only looks. The seal is AES-GCM under the control plane's key,
bound to the form's one-time token; it holds the password's hash, never the password.
"""

import base64
import binascii
import json
import struct
from dataclasses import asdict
from datetime import datetime, timedelta

from control.signup.rules import NewSignup
from kit import clock, crypto
from kit.crypto import Undecipherable

DRAFT = "control.signup.draft"
VALID_FOR = timedelta(hours=12)


def seal(details: NewSignup, *, submission: str) -> str:
    """Return a sign-up as a text that only we can read, and only beside its one-time token."""
    body = json.dumps({"at": clock.now().isoformat(), **asdict(details)}, ensure_ascii=False)
    sealed = crypto.encrypt(body, label=DRAFT, public_id=submission)
    return base64.urlsafe_b64encode(sealed).decode()


def unseal(sealed: str | None, *, submission: str) -> NewSignup | None:
    """Return the sealed sign-up; None when it is another's, damaged, or older than half a day."""
    try:
        stored = base64.urlsafe_b64decode((sealed or "").encode())
        known = json.loads(crypto.decrypt(stored, label=DRAFT, public_id=submission))
    except (Undecipherable, binascii.Error, struct.error, UnicodeError):
        return None
    if datetime.fromisoformat(known.pop("at")) < clock.now() - VALID_FOR:
        return None
    try:
        return NewSignup(**known)
    except TypeError:
        # Sealed by another release, whose sign-ups had other fields.
        return None

"""Sign-ups are reached by their unguessable public id or by the token in the mail."""

from control.signup import queries
from control.signup.models import Signup
from kit import ids
from kit.errors import Missing


def signup(public_id: str) -> Signup:
    """Return a sign-up; Missing when there is none."""
    found = queries.find_signup(public_id) if ids.is_id(public_id) else None
    if found is None:
        raise Missing(public_id)
    return found


def signup_by_token(token: str) -> Signup:
    """Return the sign-up a mail's link leads to; Missing for a wrong or replaced link."""
    found = queries.find_signup_by_token(token)
    if found is None:
        raise Missing("token")
    return found

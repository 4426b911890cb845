"""Mail to a person whenever something changed that opens the account."""

import base64

from kit import crypto
from kit.jobs import enqueue
from tenants.accounts import jobs
from tenants.accounts.changes import Change
from tenants.accounts.models import User

__all__ = ["Change", "tell"]


def tell(user: User, change: Change, *, to: str | None = None) -> None:
    """Have a person told by mail, as part of a verb; `to` is an address that was given up."""
    recipient = to or user.email
    if not recipient:
        return
    # The address travels sealed: what waits in the outbox is not encrypted by itself.
    sealed = crypto.encrypt(recipient, label=jobs.CHANGE, public_id=user.public_id)
    enqueue(
        jobs.send_change,
        user=user.public_id,
        sentence=change.value,
        sealed=base64.b64encode(sealed).decode(),
    )

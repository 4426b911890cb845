"""Clearing away what has opened nothing for a month: log-ins, proofs and what was begun."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from kit import clock
from kit.db import affected, transaction
from tenants.accounts.models import (
    MailProof,
    PasskeyChallenge,
    PasswordReset,
    PendingLogIn,
    PhoneProof,
    RevealTask,
    Throttle,
    UserSession,
)

KEPT_FOR = timedelta(days=30)
_AT_ONCE = 1_000
_EXPIRING: tuple[Any, ...] = (
    UserSession,
    PendingLogIn,
    PasswordReset,
    PhoneProof,
    MailProof,
    PasskeyChallenge,
    Throttle,
)


def purge_expired() -> int:
    """Delete what expired more than a month ago, in portions; return how many rows."""
    moment = clock.now() - KEPT_FOR
    # The reason of some hours belongs to a session: it goes first, and so a little sooner.
    tasks = purge_older(RevealTask, moment + timedelta(days=2))
    return tasks + sum(purge_older(model, moment) for model in _EXPIRING)


def purge_older(model: Any, moment: datetime) -> int:
    """Delete the rows of a table that expired before a moment; return how many."""
    deleted = 0
    while True:
        with transaction(even_read_only=True) as work:
            old = select(model.id).where(model.expires_at < moment).limit(_AT_ONCE)
            count = affected(
                work.execute(
                    delete(model)
                    .where(model.id.in_(old))
                    .execution_options(synchronize_session=False)
                )
            )
        deleted += count
        if count < _AT_ONCE:
            return deleted

"""What a person does in the own inbox; nobody else sees it, so the audit log does not either."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update

from kit import clock, live
from kit.db import affected, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.notices.models import Notice
from tenants.notices.queries import is_unread
from tenants.notices.services.telling import LIVE


def mark_read(public_ids: Sequence[str], *, by: User) -> int:
    """Note that a person has read some of the own notices; return how many were new."""
    return _change(by, Notice.public_id.in_(public_ids), Notice.read_at.is_(None),
                   read_at=clock.now())  # fmt: skip


def mark_all_read(*, by: User) -> int:
    """Note that a person has read all that counts at the bell; return how many there were."""
    return _change(by, is_unread(), read_at=clock.now())


def archive(public_ids: Sequence[str], *, by: User) -> int:
    """Put some of the own notices away, read; return how many."""
    now = clock.now()
    return _change(
        by,
        Notice.public_id.in_(public_ids),
        Notice.archived_at.is_(None),
        archived_at=now,
        snoozed_until=None,
        read_at=now,
    )


def bring_back(public_ids: Sequence[str], *, by: User) -> int:
    """Put some of the own notices back into the inbox, also sleeping ones; return how many."""
    return _change(by, Notice.public_id.in_(public_ids), archived_at=None, snoozed_until=None)


def snooze(notice: Notice, *, until: datetime, by: User) -> None:
    """Let a notice sleep; it comes back unread. Refuses an instant that has passed."""
    if until <= clock.now():
        raise Refused(_("Choose a time that is still to come."), field="until")
    _change(
        by,
        Notice.public_id == notice.public_id,
        snoozed_until=until,
        read_at=None,
        archived_at=None,
    )


def _change(by: User, *conditions: Any, **values: Any) -> int:
    with transaction() as work:
        changed = affected(
            work.execute(
                update(Notice)
                .where(Notice.user_id == by.id, Notice.in_inbox, *conditions)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
        )
        if changed:
            live.changed(LIVE, [by.public_id])
        return changed

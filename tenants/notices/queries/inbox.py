"""What stands in a person's inbox."""

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select

from kit import clock
from kit.db import session
from tenants.accounts.models import User
from tenants.notices.models import Notice

COUNTED = 100
"""The bell counts no further: it shows 99+."""


def notices_of(person: User) -> Select[Notice]:
    """Return the statement of a person's notices, archived ones included."""
    return select(Notice).where(Notice.user_id == person.id, Notice.in_inbox)


def is_snoozed() -> ColumnElement[bool]:
    """Return the condition that a notice sleeps."""
    return and_(Notice.archived_at.is_(None), Notice.snoozed_until > clock.now())


def in_inbox() -> ColumnElement[bool]:
    """Return the condition that a notice is neither archived nor asleep."""
    return and_(
        Notice.archived_at.is_(None),
        or_(Notice.snoozed_until.is_(None), not_(Notice.snoozed_until > clock.now())),
    )


def is_unread() -> ColumnElement[bool]:
    """Return the condition that a notice counts at the bell."""
    return and_(Notice.read_at.is_(None), in_inbox())


def count_unread(person: User) -> int:
    """Return how many notices a person has not read; stops at 100."""
    ids = select(Notice.id).where(Notice.user_id == person.id, Notice.in_inbox, is_unread())
    counted = select(func.count()).select_from(ids.limit(COUNTED).subquery())
    return session().scalar(counted) or 0


def find_notice(public_id: str) -> Notice | None:
    """Return a notice by its public id, or None."""
    return session().scalars(select(Notice).where(Notice.public_id == public_id)).one_or_none()

"""Reminders of people and of records, and who follows what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import joinedload

from kit import clock, i18n
from kit.db import session
from tenants.accounts.models import User
from tenants.notices.models import Follow, Reminder


def end_of_today() -> datetime:
    """Return the instant at which today ends in the workspace."""
    zone = i18n.timezone()
    tomorrow = clock.now().astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def is_open() -> ColumnElement[bool]:
    """Return the condition that a reminder is not done."""
    return Reminder.done_at.is_(None)


def is_overdue() -> ColumnElement[bool]:
    """Return the condition that a reminder should have been done."""
    return and_(is_open(), Reminder.due_at <= clock.now())


def is_for_today() -> ColumnElement[bool]:
    """Return the condition that a reminder is still to be done today."""
    return and_(is_open(), Reminder.due_at > clock.now(), Reminder.due_at <= end_of_today())


def is_coming() -> ColumnElement[bool]:
    """Return the condition that a reminder is for another day."""
    return and_(is_open(), Reminder.due_at > end_of_today())


def reminders(person: User) -> Select[Reminder]:
    """Return the statement of a person's reminders."""
    return (
        select(Reminder)
        .where(Reminder.assignee_id == person.id)
        .options(joinedload(Reminder.author), joinedload(Reminder.assignee))
    )


@dataclass(frozen=True, slots=True)
class DueReminders:
    """The work reminders of a person for the home page: how many, and the first few."""

    overdue: int
    today: int
    first: Sequence[Reminder]


def due_reminders(person: User, *, limit: int = 5) -> DueReminders:
    """Return what a person is to do by today, the longest overdue first; for the home page."""
    # One question: the counts are of all, whatever of them is shown.
    rows = (
        session()
        .execute(
            select(
                Reminder,
                func.count().filter(is_overdue()).over().label("overdue"),
                func.count().filter(is_for_today()).over().label("today"),
            )
            .where(Reminder.assignee_id == person.id, is_open(), Reminder.due_at <= end_of_today())
            .order_by(Reminder.due_at, Reminder.id)
            .limit(limit)
        )
        .all()
    )
    if not rows:
        return DueReminders(0, 0, [])
    return DueReminders(rows[0].overdue, rows[0].today, [row.Reminder for row in rows])


def find_reminder(public_id: str) -> Reminder | None:
    """Return a reminder with its people, or None."""
    return (
        session()
        .scalars(
            select(Reminder)
            .where(Reminder.public_id == public_id)
            .options(joinedload(Reminder.author), joinedload(Reminder.assignee))
        )
        .one_or_none()
    )


def reminders_of(record_id: str, *, limit: int = 20) -> Sequence[Reminder]:
    """Return the reminders on a record, open ones first, each group by when they are due."""
    return (
        session()
        .scalars(
            select(Reminder)
            .where(Reminder.record_id == record_id)
            .options(joinedload(Reminder.assignee))
            .order_by(Reminder.done_at.is_not(None), Reminder.due_at, Reminder.id)
            .limit(limit)
        )
        .all()
    )


def is_following(person: User, record_id: str) -> bool:
    """Tell whether a person follows a record."""
    found = select(Follow.id).where(Follow.user_id == person.id, Follow.record_id == record_id)
    return session().scalar(found) is not None


def followers_of(record_id: str) -> Sequence[Follow]:
    """Return who follows a record."""
    return (
        session()
        .scalars(
            select(Follow).where(Follow.record_id == record_id).options(joinedload(Follow.user))
        )
        .all()
    )

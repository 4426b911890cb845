"""Reminders on records: added, changed, done, and what follows once they are."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from kit import audit, clock, i18n, ids
from kit.db import lock_row, session, transaction
from kit.errors import Forbidden, Missing, Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from tenants.accounts.kinds import RecordKind, find_kind
from tenants.accounts.models import User
from tenants.notices import events
from tenants.notices.happenings import GIVEN, REMINDED
from tenants.notices.models import Reminder, Repeat, Task
from tenants.notices.services.telling import MORNING, notify

LONGEST_NOTE = 500
EARLY = timedelta(minutes=1)
"""How far the clocks of two machines may be apart."""
FURTHEST = timedelta(days=3_660)


@dataclass(frozen=True, slots=True)
class NewReminder:
    """A reminder as it is entered: due on a day, or at an hour of it."""

    task: Task
    due_on: date
    due_time: time | None = None
    note: str = ""
    repeats: Repeat | None = None
    next_task: Task | None = None
    next_days: int | None = None


def add_reminder(
    kind: RecordKind,
    record_id: str,
    new: NewReminder,
    *,
    assignee: User,
    by: User,
    key: str | None = None,
) -> Reminder:
    """Remind somebody of something to do about a record; the same key is one reminder.

    Missing for a record that `by` may not see; Refused for a person who may not.
    """
    with transaction() as work:
        if key and (made := _by_key(key)):
            return made
        name = kind.name_for(record_id, by)
        if name is None:
            raise Missing(record_id)
        _refuse_assignee(kind, record_id, assignee)
        reminder = Reminder(
            key=key or ids.new(),
            record_kind=kind.code,
            record_id=record_id,
            record_name=name,
            task=new.task,
            note="",
            author=by,
            assignee=assignee,
            due_at=clock.now(),
            remind_at=clock.now(),
        )
        _write(reminder, new)
        work.add(reminder)
        work.flush()
        audit.record(events.REMINDER_ADDED, reminder, by=by, **_details(reminder))
        _tell_later(reminder)
        _hand(reminder, by=by)
        return reminder


def edit_reminder(
    reminder: Reminder, new: NewReminder, *, assignee: User, version: int, by: User
) -> Reminder:
    """Change an open reminder, or give it to somebody else; refuses a stale version."""
    with transaction() as work:
        reminder = _lock(reminder, by)
        if reminder.version != version:
            raise Refused(_("Somebody else changed this meanwhile; look again."))
        kind = find_kind(reminder.record_kind)
        if kind is not None:
            _refuse_assignee(kind, reminder.record_id, assignee)
        was = reminder.assignee_id, reminder.remind_at
        reminder.assignee = assignee
        _write(reminder, new)
        reminder.version += 1
        work.flush()
        audit.record(events.REMINDER_EDITED, reminder, by=by, **_details(reminder))
        if was != (reminder.assignee_id, reminder.remind_at):
            reminder.told_at = None
            _tell_later(reminder)
        if was[0] != reminder.assignee_id:
            _hand(reminder, by=by)
        return reminder


def finish_reminder(reminder: Reminder, *, by: User) -> Reminder | None:
    """Note that it is done; return the reminder that follows, None when none does.

    A second time does nothing.
    """
    with transaction() as work:
        reminder = _lock(reminder, by, is_open=False)
        if reminder.done_at is not None:
            return None
        reminder.done_at = clock.now()
        reminder.version += 1
        audit.record(
            events.REMINDER_DONE, reminder, by=by, record=reminder.record_name, task=reminder.task
        )
        following = _following(reminder)
        if following is not None:
            work.add(following)
            work.flush()
            audit.record(events.REMINDER_ADDED, following, by=by, **_details(following))
            _tell_later(following)
        return following


def remove_reminder(reminder: Reminder, *, by: User) -> None:
    """Delete a reminder that was a mistake; its audit row stays."""
    with transaction() as work:
        reminder = _lock(reminder, by, is_open=False)
        audit.record(
            events.REMINDER_REMOVED, reminder, by=by, record=reminder.record_name,
            task=reminder.task,
        )  # fmt: skip
        work.delete(reminder)


def tell_due(public_id: str, *, at: datetime) -> None:
    """Tell a person of a due reminder, once; nothing when it was done, moved or told meanwhile."""
    with transaction() as work:
        found = work.scalars(
            select(Reminder).where(Reminder.public_id == public_id).with_for_update()
        ).one_or_none()
        if found is None or found.done_at or found.told_at or found.remind_at != at:
            return
        if at > clock.now() + EARLY:
            return
        found.told_at = clock.now()
        notify(
            REMINDED,
            found.public_id,
            [found.assignee],
            task=found.task,
            record=found.record_name,
            note=found.note,
        )


def may_change(reminder: Reminder, person: User) -> bool:
    """Tell whether a reminder is a person's own, or one he gave."""
    return person.id in {reminder.assignee_id, reminder.author_id}


def _lock(reminder: Reminder, by: User, *, is_open: bool = True) -> Reminder:
    reminder = lock_row(reminder)
    if not may_change(reminder, by):
        raise Forbidden(reminder.public_id)
    if is_open and reminder.done_at is not None:
        raise Refused(_("This is done already."))
    return reminder


def _by_key(key: str) -> Reminder | None:
    return session().scalars(select(Reminder).where(Reminder.key == key)).one_or_none()


def _refuse_assignee(kind: RecordKind, record_id: str, assignee: User) -> None:
    if not assignee.is_active or kind.name_for(record_id, assignee) is None:
        raise Refused(_("%(name)s cannot see this record.", name=assignee.name), field="assignee")


def _write(reminder: Reminder, new: NewReminder) -> None:
    note = new.note.strip()
    if len(note) > LONGEST_NOTE:
        raise Refused(_("This is too long."), field="note")
    if new.repeats and new.next_task:
        raise Refused(_("It either repeats or is followed by something else."), field="next_task")
    if new.next_task and new.next_days is None:
        raise Refused(_("Say after how many days."), field="next_days")
    due_at, remind_at = instants(new.due_on, new.due_time)
    if due_at > clock.now() + FURTHEST:
        raise Refused(_("This is too far away."), field="due_on")
    reminder.task, reminder.note = new.task, note
    reminder.due_at, reminder.remind_at = due_at, remind_at
    reminder.has_time = new.due_time is not None
    reminder.repeats = new.repeats
    reminder.next_task = new.next_task
    reminder.next_days = new.next_days if new.next_task else None


def instants(day: date, at: time | None) -> tuple[datetime, datetime]:
    """Return when something is due, and when to tell: both at its hour, or end and morning."""
    zone = i18n.timezone()
    if at is not None:
        due = datetime.combine(day, at, zone).astimezone(UTC)
        return due, due
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return end, datetime.combine(day, MORNING, zone).astimezone(UTC)


def due_day(reminder: Reminder) -> date:
    """Return the day in the workspace on which a reminder is due."""
    at = reminder.due_at if reminder.has_time else reminder.due_at - timedelta(seconds=1)
    return at.astimezone(i18n.timezone()).date()


def due_time(reminder: Reminder) -> time | None:
    """Return the hour of the day at which a reminder is due, None for any."""
    if not reminder.has_time:
        return None
    return reminder.due_at.astimezone(i18n.timezone()).time()


def _following(done: Reminder) -> Reminder | None:
    today = clock.today()
    if done.next_task is not None and done.next_days is not None:
        task, day, repeats = done.next_task, today + timedelta(days=done.next_days), None
    elif done.repeats is not None:
        task, repeats = done.task, done.repeats
        day = _next_day(Repeat(done.repeats), due_day(done), after=today)
    else:
        return None
    due_at, remind_at = instants(day, due_time(done))
    return Reminder(
        # Computed, so that it can follow once only.
        key=f"after:{done.public_id}",
        record_kind=done.record_kind,
        record_id=done.record_id,
        record_name=done.record_name,
        task=task,
        note=done.note,
        author_id=done.author_id,
        assignee_id=done.assignee_id,
        due_at=due_at,
        remind_at=remind_at,
        has_time=done.has_time,
        repeats=repeats,
    )


def _next_day(repeat: Repeat, last: date, *, after: date) -> date:
    """Return the next day of a series that lies in the future, however late this one was done."""
    number = 0
    day = last
    while day <= max(after, last):
        number += 1
        match repeat:
            case Repeat.DAILY:
                day = max(last, after) + timedelta(days=1)
            case Repeat.WEEKLY:
                day = last + timedelta(weeks=number)
            case Repeat.MONTHLY:
                day = _months_later(last, number)
    return day


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    # The 31st of a short month is its last day.
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _tell_later(reminder: Reminder) -> None:
    from tenants.notices import jobs

    enqueue(
        jobs.remind,
        run_at=max(reminder.remind_at, clock.now()),
        reminder=reminder.public_id,
        at=reminder.remind_at.isoformat(),
    )


def _hand(reminder: Reminder, *, by: User) -> None:
    if reminder.assignee_id != by.id:
        notify(
            GIVEN,
            reminder.public_id,
            [reminder.assignee],
            by=by,
            person=by.name,
            task=reminder.task,
            record=reminder.record_name,
            note=reminder.note,
        )


def _details(reminder: Reminder) -> dict[str, object]:
    return {
        "record": reminder.record_name,
        "task": str(reminder.task),
        "due_at": reminder.due_at.isoformat(),
        "assignee": session().get_one(User, reminder.assignee_id).name,
    }

"""Following a record: who does is told what happens to it."""

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from kit import audit, clock, ids
from kit.db import transaction
from kit.errors import Missing
from tenants.accounts.kinds import RecordKind
from tenants.accounts.models import User
from tenants.notices import events
from tenants.notices.models import Delivery, Follow, Notice, Reminder


def follow(kind: RecordKind, record_id: str, *, by: User) -> None:
    """Tell a person from now on what happens to a record; a second time does nothing.

    Missing for a record that the person may not see.
    """
    with transaction() as work:
        name = kind.name_for(record_id, by)
        if name is None:
            raise Missing(record_id)
        made = work.execute(
            insert(Follow)
            .values(
                public_id=ids.new(),
                created_at=clock.now(),
                user_id=by.id,
                record_kind=kind.code,
                record_id=record_id,
            )
            .on_conflict_do_nothing()
            .returning(Follow.id)
        ).one_or_none()
        if made is not None:
            audit.record(events.FOLLOWED, by, by=by, record=name)


def unfollow(kind: RecordKind, record_id: str, *, by: User) -> None:
    """Tell a person no longer what happens to a record; a second time does nothing."""
    with transaction() as work:
        gone = work.execute(
            delete(Follow)
            .where(Follow.user_id == by.id, Follow.record_id == record_id)
            .returning(Follow.id)
        ).one_or_none()
        if gone is not None:
            name = kind.name_for(record_id, by) or record_id
            audit.record(events.UNFOLLOWED, by, by=by, record=name)


def forget_records(record_ids: Collection[str]) -> int:
    """Delete what is kept about records here: part of erasing a person, whose verb audits it.

    Return how many notices and reminders there were.
    """
    with transaction() as work:
        reminders = select(Reminder.public_id).where(Reminder.record_id.in_(record_ids))
        about = {*record_ids, *work.scalars(reminders)}
        notices = select(Notice.id).where(Notice.record_id.in_(about))
        work.execute(delete(Delivery).where(Delivery.notice_id.in_(notices)))
        gone = work.execute(
            delete(Notice).where(Notice.record_id.in_(about)).returning(Notice.id)
        ).all()
        done = work.execute(
            delete(Reminder).where(Reminder.record_id.in_(record_ids)).returning(Reminder.id)
        ).all()
        work.execute(delete(Follow).where(Follow.record_id.in_(record_ids)))
        return len(gone) + len(done)

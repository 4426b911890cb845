"""Following a record: who does is told what happens to it."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from kit import audit, clock, ids
from kit.db import session, transaction
from kit.errors import Missing
from tenants.accounts.models import User
from tenants.notices import events
from tenants.notices.kinds import RecordKind
from tenants.notices.models import Delivery, Follow, Notice, Reminder


def follow(kind: RecordKind, record_id: str, *, by: User) -> None:
    """Tell a person from now on what happens to a record; a second time does nothing.

    Missing for a record that the person may not see.
    """
    with transaction() as work:
        name = kind.name(record_id, by)
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
            name = kind.name(record_id, by) or record_id
            audit.record(events.UNFOLLOWED, by, by=by, record=name)


def forget_record(record_id: str) -> int:
    """Delete what is kept about a record here: part of erasing a person, whose verb audits it.

    Return how many notices and reminders there were.
    """
    with transaction():
        notices = select(Notice.id).where(Notice.record_id == record_id)
        session().execute(delete(Delivery).where(Delivery.notice_id.in_(notices)))
        gone = 0
        for model in (Notice, Reminder):
            gone += len(
                session()
                .execute(delete(model).where(model.record_id == record_id).returning(model.id))
                .all()
            )
        session().execute(delete(Follow).where(Follow.record_id == record_id))
        return gone

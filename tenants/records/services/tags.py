"""Tags: make them, and put them on records and take them off."""

from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from kit import audit, clock, ids
from kit.db import TenantModel, affected, keep_alone, lock_row, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.personal import plain
from kit.sorting import sort_key
from tenants.records import events, queries
from tenants.records.models import RecordTag, TagColour, TagUse

MOST_TAGS = 200
MOST_ON_A_RECORD = 20
_Record = TypeVar("_Record", bound=TenantModel)


def add_tag(*, kind: str, name: str, colour: str, by: audit.Actor) -> RecordTag:
    """Make a tag for a kind of record; refuses a name that is taken, in any case."""
    name = _name(name)
    with transaction() as work:
        keep_alone("tags", kind)
        if len(queries.tags_of_kind(kind)) >= MOST_TAGS:
            raise Refused(_("A kind of record has at most %(count)s tags.", count=MOST_TAGS))
        added = RecordTag(
            record_kind=kind,
            name=name,
            sort_key=sort_key(name),
            colour=TagColour(colour),
            version=1,
        )
        work.add(added)
        _flush()
        audit.record(events.TAG_ADDED, added, by=by, record_kind=kind, name=name, colour=colour)
        return added


def edit_tag(tag: RecordTag, *, name: str, colour: str, version: int, by: audit.Actor) -> None:
    """Change a tag's name or colour; refuses a stale copy and a name that is taken."""
    name = _name(name)
    with transaction():
        tag = lock_row(tag)
        refuse_stale(tag, version)
        before, tag.name = tag.name, name
        tag.sort_key = sort_key(name)
        tag.colour = TagColour(colour)
        tag.version += 1
        _flush()
        audit.record(
            events.TAG_EDITED,
            tag,
            by=by,
            record_kind=tag.record_kind,
            before=before,
            after=name,
            colour=colour,
        )


def remove_tag(tag: RecordTag, *, by: audit.Actor) -> int:
    """Remove a tag from everywhere; return how many records had it."""
    with transaction() as work:
        tag = lock_row(tag)
        count = affected(work.execute(delete(TagUse).where(TagUse.tag_id == tag.id)))
        audit.record(
            events.TAG_REMOVED,
            tag,
            by=by,
            record_kind=tag.record_kind,
            name=tag.name,
            count=count,
        )
        work.delete(tag)
        return count


def put_tag(tag: RecordTag, record: TenantModel, *, by: audit.Actor) -> bool:
    """Put a tag on a record; False when it is there already. Refuses more than twenty."""
    with transaction() as work:
        tag, record = _both(tag, record)
        if len(queries.tags_of(record.public_id)) >= MOST_ON_A_RECORD:
            raise Refused(_("A record has at most %(count)s tags.", count=MOST_ON_A_RECORD))
        made = work.execute(
            upsert(TagUse)
            .values(
                public_id=ids.new(),
                created_at=clock.now(),
                tag_id=tag.id,
                record_id=record.public_id,
            )
            .on_conflict_do_nothing()
            .returning(TagUse.id)
        ).first()
        if made is None:
            return False
        audit.record(events.TAGGED, record, by=by, record_kind=tag.record_kind, name=tag.name)
        return True


def take_tag(tag: RecordTag, record: TenantModel, *, by: audit.Actor) -> bool:
    """Take a tag off a record; False when it is not there."""
    with transaction() as work:
        tag, record = _both(tag, record)
        gone = work.execute(
            delete(TagUse).where(TagUse.tag_id == tag.id, TagUse.record_id == record.public_id)
        )
        if not affected(gone):
            return False
        audit.record(events.UNTAGGED, record, by=by, record_kind=tag.record_kind, name=tag.name)
        return True


def set_tags(kind: str, record: TenantModel, tag_ids: Collection[str], *, by: audit.Actor) -> None:
    """Have exactly these tags on a record."""
    with transaction() as work:
        record = lock_row(record)
        wanted = work.scalars(
            select(RecordTag).where(RecordTag.record_kind == kind, RecordTag.public_id.in_(tag_ids))
        ).all()
        have = queries.tags_of(record.public_id)
        for tag in have:
            if tag not in wanted:
                take_tag(tag, record, by=by)
        for tag in sorted(wanted, key=lambda one: one.id):
            if tag not in have:
                put_tag(tag, record, by=by)


def _both(tag: RecordTag, record: _Record) -> tuple[RecordTag, _Record]:
    # The record first, as whoever changes all of its tags does.
    record = lock_row(record)
    try:
        return lock_row(tag), record
    except LookupError:
        raise Refused(_("This tag is not there any more.")) from None


def _name(text: str) -> str:
    name = plain(text)
    if not name:
        raise Refused(_("The tag needs a name."), field="name")
    return name


def _flush() -> None:
    try:
        session().flush()
    except IntegrityError:
        raise Refused(_("There is a tag of this name already."), field="name") from None

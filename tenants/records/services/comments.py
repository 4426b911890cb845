"""Comments on records: write, and for a quarter of an hour correct or take back one's own."""

from datetime import timedelta

from kit import audit, clock
from kit.db import TenantModel, lock_row, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.records import events, mentions
from tenants.records.models import Comment

EDITABLE_FOR = timedelta(minutes=15)
LONGEST = 2_000


def may_change(comment: Comment, person: User) -> bool:
    """Tell whether a person may still correct or take back a comment."""
    is_young = clock.now() - comment.created_at < EDITABLE_FOR
    return comment.author_id == person.id and comment.deleted_at is None and is_young


def add_comment(kind: str, record: TenantModel, *, body: str, by: User) -> Comment:
    """Write a comment on a record and tell those it mentions; refuses an empty one."""
    body = _body(body)
    with transaction() as work:
        people = mentions.read(body, kind, record.public_id)
        added = Comment(
            record_kind=kind,
            record_id=record.public_id,
            body=body,
            mentions=[one.public_id for one in people],
            author_id=by.id,
            author_name=by.name,
            edited_at=None,
            deleted_at=None,
        )
        work.add(added)
        work.flush()
        names = [one.name for one in people]
        audit.record(events.COMMENTED, added, by=by, mentions=names, **_of(added))
        mentions.tell(mentions.Mention(added, [one for one in people if one.id != by.id], by))
        return added


def edit_comment(comment: Comment, *, body: str, by: User) -> None:
    """Correct one's own comment; who is mentioned only now is told. Refuses one that is old."""
    body = _body(body)
    with transaction():
        comment = _mine(comment, by)
        people = mentions.read(body, comment.record_kind, comment.record_id)
        new = [one for one in people if one.public_id not in comment.mentions and one.id != by.id]
        comment.body = body
        comment.mentions = [one.public_id for one in people]
        comment.edited_at = clock.now()
        names = [one.name for one in people]
        audit.record(events.COMMENT_EDITED, comment, by=by, mentions=names, **_of(comment))
        mentions.tell(mentions.Mention(comment, new, by))


def delete_comment(comment: Comment, *, by: User) -> None:
    """Take back one's own comment: its words are gone. Refuses one that is old."""
    with transaction():
        comment = _mine(comment, by)
        comment.deleted_at = clock.now()
        comment.body = ""
        comment.mentions = []
        audit.record(events.COMMENT_DELETED, comment, by=by, **_of(comment))


def _mine(comment: Comment, by: User) -> Comment:
    comment = lock_row(comment)
    if not may_change(comment, by):
        raise Refused(_("Comments can be changed for 15 minutes, by who wrote them."), field="body")
    return comment


def _body(text: str) -> str:
    body = text.strip()
    if not body:
        raise Refused(_("Write something first."), field="body")
    return body[:LONGEST]


def _of(comment: Comment) -> dict[str, str]:
    return {"record_kind": comment.record_kind, "record": comment.record_id}

"""What was attached to a record and written about it, as lines of its timeline."""

from collections.abc import Iterable, Iterator

from kit.i18n import gettext as _
from kit.web import Event
from tenants.records import queries

LINES = 200


def together(code: str, public_id: str, *events: Iterable[Event]) -> list[Event]:
    """Return a record's own events with its attachments and comments, the newest first."""
    lines = [line for each in events for line in each]
    lines += [*_files(code, public_id), *_comments(code, public_id)]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:LINES]


def _files(code: str, public_id: str) -> Iterator[Event]:
    for one in queries.attachments_of(code, public_id, deleted=True):
        yield Event(
            at=one.created_at,
            who=one.uploaded_by_name,
            title=_("Attachment added"),
            remark=one.name,
            colour="blue",
            icon="paperclip",
        )
        if one.deleted_at is not None:
            yield Event(
                at=one.deleted_at,
                who=one.deleted_by_name,
                title=_("Attachment deleted"),
                remark=one.name,
                icon="trash",
            )


def _comments(code: str, public_id: str) -> Iterator[Event]:
    for one in queries.comments_of(code, public_id):
        yield Event(
            at=one.created_at,
            who=one.author_name,
            title=_("Comment"),
            remark=one.body,
            colour="teal",
            icon="message",
        )

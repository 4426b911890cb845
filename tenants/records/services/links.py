"""Links to one file for one person until a time: signed, counted, and ended when asked."""

from datetime import timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from kit import audit, clock, tenancy
from kit.db import lock_row, session, transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.settings import get_settings
from tenants.accounts.models import User
from tenants.records import events, queries
from tenants.records.models import Attachment, Document, FileKind, FileLink

LONGEST_DAYS = 90


def _signer() -> URLSafeSerializer:
    key = get_settings().secret_key.get_secret_value()
    # The workspace is part of what is signed: a link of one is noise in another.
    return URLSafeSerializer(key, salt=f"file-link|{tenancy.current().schema}")


def token_of(link: FileLink) -> str:
    """Return the token of a link: which, for whom and until when, signed."""
    told = [link.public_id, link.recipient.public_id, int(link.expires_at.timestamp())]
    token = _signer().dumps(told)
    assert isinstance(token, str)
    return token


def make_link(
    row: Attachment | Document,
    *,
    recipient: User,
    days: int,
    most_uses: int | None = None,
    by: User,
) -> FileLink:
    """Let one colleague read one file for some days, or fewer times."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(_("A link lives 1 to %(count)s days.", count=LONGEST_DAYS), field="days")
    if not recipient.is_active:
        raise Refused(_("%(name)s is disabled.", name=recipient.name), field="recipient")
    with transaction() as work:
        link = FileLink(
            file_kind=_kind(row),
            file_id=row.public_id,
            recipient=recipient,
            made_by_name=by.name,
            expires_at=clock.now().replace(microsecond=0) + timedelta(days=days),
            ended_at=None,
            uses=0,
            most_uses=most_uses,
        )
        work.add(link)
        work.flush()
        audit.record(
            events.LINK_MADE,
            link,
            by=by,
            expires_at=link.expires_at.isoformat(),
            **_told(link),
        )
        return link


def _kind(row: Attachment | Document) -> FileKind:
    return FileKind.ATTACHMENT if isinstance(row, Attachment) else FileKind.DOCUMENT


def _told(link: FileLink) -> dict[str, str]:
    return {
        "file_kind": link.file_kind,
        "file": link.file_id,
        "recipient": link.recipient.name,
    }


def open_link(token: str, person: User) -> Attachment | Document:
    """Return the file behind a link for the person it names, and count and log that.

    Missing for a forged one, anybody else's, another workspace's and where the file is gone;
    refused with a sentence when it came too late.
    """
    try:
        public_id, recipient, expires = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        raise Missing("link") from None
    if recipient != person.public_id:
        raise Missing("link")
    with transaction(even_read_only=True):
        link = _locked(public_id)
        is_over = link.ended_at is not None or link.expires_at <= clock.now()
        if is_over or int(link.expires_at.timestamp()) != expires:
            raise Refused(_("This link has ended. Ask whoever sent it for a new one."))
        if link.most_uses is not None and link.uses >= link.most_uses:
            raise Refused(_("This link has been used as often as it may be."))
        row = _file(link)
        link.uses += 1
        audit.record(events.LINK_USED, link, by=person, **_told(link))
        return row


def _locked(public_id: str) -> FileLink:
    statement = select(FileLink).where(FileLink.public_id == public_id)
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise Missing("link")
    return lock_row(found)


def _file(link: FileLink) -> Attachment | Document:
    find = (
        queries.find_attachment if link.file_kind == FileKind.ATTACHMENT else queries.find_document
    )
    row = find(link.file_id)
    if row is None or row.deleted_at is not None:
        raise Missing(link.file_id)
    if not row.is_readable:
        raise Refused(_("This file has not been looked at for viruses yet, or one was found."))
    return row


def end_link(link: FileLink, *, by: User) -> None:
    """End a link before its time. Twice is once."""
    with transaction():
        link = lock_row(link)
        if link.ended_at is not None:
            return
        link.ended_at = clock.now()
        audit.record(events.LINK_ENDED, link, by=by, **_told(link))

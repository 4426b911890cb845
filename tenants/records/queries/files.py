"""Questions about attachments and links to files."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from kit import clock
from kit.db import session
from tenants.accounts.models import User
from tenants.records.models import Attachment, Comment, Document, FileLink


@dataclass(frozen=True, slots=True)
class Counts:
    """How many attachments and comments a record has."""

    attachments: int
    comments: int


def counts_of(code: str, public_id: str) -> Counts:
    """Return how many live attachments and comments a record has, in one statement."""

    def live(model: type[Attachment] | type[Comment]) -> object:
        return (
            select(func.count())
            .where(
                model.record_kind == code,
                model.record_id == public_id,
                model.deleted_at.is_(None),
            )
            .scalar_subquery()
        )

    attachments, comments = session().execute(select(live(Attachment), live(Comment))).one()  # type: ignore[call-overload]
    return Counts(attachments, comments)


def attachments_of(code: str, public_id: str, *, deleted: bool = False) -> Sequence[Attachment]:
    """Return the attachments of a record, the newest first; `deleted` ones too where asked for."""
    statement = select(Attachment).where(
        Attachment.record_kind == code, Attachment.record_id == public_id
    )
    if not deleted:
        statement = statement.where(Attachment.deleted_at.is_(None))
    return session().scalars(statement.order_by(Attachment.id.desc()).limit(200)).all()


def count_attachments(code: str, public_id: str) -> int:
    """Return how many live attachments a record has."""
    return counts_of(code, public_id).attachments


def same_attachment(code: str, public_id: str, sha256: str) -> Attachment | None:
    """Return the live attachment of a record with the same content, or None."""
    return session().scalars(
        select(Attachment)
        .where(
            Attachment.record_kind == code,
            Attachment.record_id == public_id,
            Attachment.sha256 == sha256,
            Attachment.deleted_at.is_(None),
        )
        .limit(1)
    ).one_or_none()  # fmt: skip


def find_attachment(public_id: str) -> Attachment | None:
    """Return an attachment by public id, or None."""
    chosen = select(Attachment).where(Attachment.public_id == public_id)
    return session().scalars(chosen).one_or_none()


def find_document(public_id: str) -> Document | None:
    """Return a document by public id, or None."""
    chosen = select(Document).where(Document.public_id == public_id)
    return session().scalars(chosen).one_or_none()


def links_of(file_id: str) -> Sequence[FileLink]:
    """Return the links to a file that still open it, the newest first."""
    return session().scalars(
        select(FileLink)
        .where(
            FileLink.file_id == file_id,
            FileLink.ended_at.is_(None),
            FileLink.expires_at > clock.now(),
        )
        .options(joinedload(FileLink.recipient))
        .order_by(FileLink.id.desc())
        .limit(50)
    ).all()  # fmt: skip


def recipients(besides: User) -> list[tuple[str, str]]:
    """Return the people who can be given a link, for a choice."""
    people = session().scalars(
        select(User).where(User.is_active, User.id != besides.id).order_by(User.name, User.id)
    )
    return [(one.public_id, f"{one.name} ({one.username})") for one in people]

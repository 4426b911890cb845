"""Attachments, documents and their folders, comments, tags, links to files, and the bin's rules."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from kit.db import TenantModel, Versioned, states
from tenants.accounts.models import Role, Unit, User


class ScanState(StrEnum):
    """What is known of viruses in a file; without a scanner nobody looks."""

    NOT_LOOKED = "not_looked"
    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"


class TagColour(StrEnum):
    """The colours that a tag can have."""

    BLUE = "blue"
    GREEN = "green"
    ORANGE = "orange"
    RED = "red"
    PURPLE = "purple"
    TEAL = "teal"
    YELLOW = "yellow"
    GRAY = "gray"


class FileKind(StrEnum):
    """What a link can lead to."""

    ATTACHMENT = "attachment"
    DOCUMENT = "document"


READABLE = frozenset({ScanState.NOT_LOOKED, ScanState.CLEAN})
"""Only such files can be read: what waits for the scanner cannot."""


class FileColumns(Versioned):
    """A file that people brought: what it is called, what it is, where it lies, who brought it."""

    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    file_key: Mapped[str]
    scan_state: Mapped[str]
    uploaded_by_name: Mapped[str]
    deleted_at: Mapped[datetime | None]
    deleted_by_name: Mapped[str] = mapped_column(default="")

    @declared_attr
    def uploaded_by_id(cls) -> Mapped[int]:  # noqa: N805 - a class method for SQLAlchemy
        return mapped_column(ForeignKey(User.id), index=True)

    @property
    def is_readable(self) -> bool:
        """Whether it can be downloaded now."""
        return self.scan_state in READABLE


class Attachment(FileColumns, TenantModel):
    """A file that belongs to one record."""

    __tablename__ = "attachments"
    __table_args__ = (
        states(ScanState, "scan_state"),
        CheckConstraint("size > 0", name="is_not_empty"),
        Index(None, "record_kind", "record_id", "id"),
        Index(None, "deleted_at", "id", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    record_kind: Mapped[str]
    record_id: Mapped[str]


class Folder(Versioned, TenantModel):
    """A folder of the document library; without grants of its own those above it hold."""

    __tablename__ = "folders"
    __table_args__ = (
        Index(
            "uq_folders_name", "parent_id", "name", unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("parent_id <> id", name="is_not_its_own_parent"),
    )  # fmt: skip

    parent_id: Mapped[int | None] = mapped_column(ForeignKey("folders.id"))
    name: Mapped[str]
    sort_key: Mapped[str]

    grants: Mapped[list["FolderGrant"]] = relationship(
        back_populates="folder", cascade="all, delete-orphan"
    )


class FolderGrant(TenantModel):
    """Who may read a folder, or also write in it: everybody with a role, or of a unit and below."""

    __tablename__ = "folder_grants"
    __table_args__ = (
        CheckConstraint("(role_id IS NULL) <> (unit_id IS NULL)", name="role_or_unit"),
        Index(
            "uq_folder_grants_whom", "folder_id", "role_id", "unit_id", unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    folder_id: Mapped[int] = mapped_column(ForeignKey(Folder.id))
    role_id: Mapped[int | None] = mapped_column(ForeignKey(Role.id), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id), index=True)
    may_write: Mapped[bool]

    folder: Mapped[Folder] = relationship(back_populates="grants")
    role: Mapped[Role | None] = relationship()
    unit: Mapped[Unit | None] = relationship()


class Document(FileColumns, TenantModel):
    """A file of the document library."""

    __tablename__ = "documents"
    __table_args__ = (
        states(ScanState, "scan_state"),
        CheckConstraint("size > 0", name="is_not_empty"),
        Index(None, "folder_id", "id"),
        Index(None, "deleted_at", "id", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    folder_id: Mapped[int] = mapped_column(ForeignKey(Folder.id))
    sort_key: Mapped[str]

    folder: Mapped[Folder] = relationship()


class Comment(TenantModel):
    """What somebody wrote about a record; `mentions` are public ids of people."""

    __tablename__ = "comments"
    __table_args__ = (Index(None, "record_kind", "record_id", "id"),)

    record_kind: Mapped[str]
    record_id: Mapped[str]
    body: Mapped[str]
    mentions: Mapped[list[str]]
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    author_name: Mapped[str]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class RecordTag(Versioned, TenantModel):
    """A coloured word that can be put on records of one kind."""

    __tablename__ = "tags"
    __table_args__ = (
        states(TagColour, "colour"),
        Index("uq_tags_name", "record_kind", func.lower(text("name")), unique=True),
    )

    record_kind: Mapped[str]
    name: Mapped[str]
    sort_key: Mapped[str]
    colour: Mapped[str]


class TagUse(TenantModel):
    """A tag on a record."""

    __tablename__ = "tag_uses"
    __table_args__ = (UniqueConstraint("tag_id", "record_id"), Index(None, "record_id"))

    tag_id: Mapped[int] = mapped_column(ForeignKey(RecordTag.id))
    record_id: Mapped[str]


class FileLink(TenantModel):
    """Leave for one person to read one file until a time; `most_uses` None is any number."""

    __tablename__ = "file_links"
    __table_args__ = (
        states(FileKind, "file_kind"),
        CheckConstraint("uses >= 0 AND uses <= most_uses", name="uses_within_bounds"),
        Index(None, "file_id", "id"),
    )

    file_kind: Mapped[str]
    file_id: Mapped[str]
    recipient_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    made_by_name: Mapped[str]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    uses: Mapped[int] = mapped_column(default=0)
    most_uses: Mapped[int | None]

    recipient: Mapped[User] = relationship()


class BinRule(Versioned, TenantModel):
    """How long the recycle bin keeps things: no row until somebody says so; 0 days is for ever."""

    __tablename__ = "bin_rules"
    __table_args__ = (
        Index("uq_bin_rules_single", text("(true)"), unique=True),
        CheckConstraint("days BETWEEN 0 AND 3650", name="days_within_ten_years"),
    )

    days: Mapped[int] = mapped_column(default=0)

"""Imports with their staged rows and results, templates of a workspace, and exports."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import TenantModel, Versioned, states
from tenants.accounts.models import User


class ImportState(StrEnum):
    """Where an import stands."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    REFUSED = "refused"
    DISCARDED = "discarded"


class Import(TenantModel):
    """A file somebody brought in: what kind of rows, how far, with which result."""

    __tablename__ = "imports"
    __table_args__ = (states(ImportState, "state"), Index(None, "kind", "id"))

    kind: Mapped[str]
    file_name: Mapped[str]
    file_key: Mapped[str]
    state: Mapped[str] = mapped_column(default=ImportState.UPLOADED)
    options: Mapped[dict[str, Any]]
    row_count: Mapped[int] = mapped_column(default=0)
    good_count: Mapped[int] = mapped_column(default=0)
    bad_count: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")
    job_id: Mapped[str | None]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    """When the work that is going on, or went on last, was begun: the rest is reckoned from it."""
    created_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    changed_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    undone_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    undone_at: Mapped[datetime | None]


SEAL = "import_rows.cells"
"""What the sealed cells of a row of persons are bound to, besides the row."""


class ImportRow(TenantModel):
    """A staged row: its line in the file, its cells as text, and what is wrong with it."""

    __tablename__ = "import_rows"
    __table_args__ = (
        Index(None, "import_id", "line"),
        Index("ix_import_rows_bad", "import_id", "line", postgresql_where=text("problem <> ''")),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey(Import.id, ondelete="CASCADE"))
    line: Mapped[int]
    # Rows of persons are sealed with the workspace's key: archives open and seal them again.
    cells: Mapped[dict[str, Any]] = mapped_column(info={"sealed": SEAL})
    problem: Mapped[str] = mapped_column(default="")
    # The record that the row changes; a row without one makes a new record.
    target_id: Mapped[int | None]


class ImportResult(TenantModel):
    """What a part of an import made: its lines and the ids of their records, place by place.

    One row for thousands of records, so that undoing costs an import next to nothing.
    """

    __tablename__ = "import_results"
    __table_args__ = (Index(None, "import_id", "id"),)

    import_id: Mapped[int] = mapped_column(ForeignKey(Import.id, ondelete="CASCADE"))
    lines: Mapped[list[int]]
    record_ids: Mapped[list[int]]
    kept: Mapped[dict[str, Any]]
    """Why a record was left when the import was undone, by its line."""


class ImportTemplate(Versioned, TenantModel):
    """A workspace's own template of a kind of rows: which fields, in which order, by which rules.

    `fields` are dicts of key, label, required, default and shape (C026).
    """

    __tablename__ = "import_templates"
    __table_args__ = (Index("uq_import_templates_name", "kind", "name", unique=True),)

    kind: Mapped[str]
    name: Mapped[str]
    fields: Mapped[list[dict[str, Any]]]


class BulkRun(TenantModel):
    """Something done with many rows of a list in the background, as the person who asked for it."""

    __tablename__ = "bulk_runs"
    __table_args__ = (Index(None, "created_at"),)

    verb: Mapped[str]
    values: Mapped[dict[str, Any]]
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    row_count: Mapped[int]
    back: Mapped[str]
    locale: Mapped[str]
    job_id: Mapped[str | None]
    finished_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class BulkRow(TenantModel):
    """A row of it: which record, and what became of it; nothing yet while it waits.

    Written in the transaction of the verb: of a job that is killed and repeated, no row is done
    twice and none is reported that was not done.
    """

    __tablename__ = "bulk_rows"
    __table_args__ = (Index(None, "run_id", "place", unique=True),)

    run_id: Mapped[int] = mapped_column(ForeignKey(BulkRun.id, ondelete="CASCADE"))
    place: Mapped[int]
    record_id: Mapped[str]
    outcome: Mapped[str | None]
    name: Mapped[str] = mapped_column(default="")
    sentence: Mapped[str] = mapped_column(default="")


class ExportState(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class FileFormat(StrEnum):
    """How a list leaves as a file."""

    XLSX = "xlsx"
    CSV = "csv"
    PDF = "pdf"


FILTERS = "exports.filters"
"""What the sealed filters of an export are bound to, besides the row."""


class Export(TenantModel):
    """A list that left as a file: who took it, which rows and fields, and until when it is kept."""

    __tablename__ = "exports"
    __table_args__ = (
        states(ExportState, "state"),
        states(FileFormat, "file_format"),
        Index(None, "user_id", "id"),
        Index(None, "expires_at", postgresql_where=text("file_key IS NOT NULL")),
    )

    source: Mapped[str]
    file_format: Mapped[str]
    state: Mapped[str] = mapped_column(default=ExportState.WAITING)
    fields: Mapped[list[str]]
    filters: Mapped[dict[str, Any]] = mapped_column(info={"sealed": FILTERS})
    """The parameters of the list's address, each with its values."""
    options: Mapped[dict[str, Any]]
    is_revealed: Mapped[bool] = mapped_column(default=False)
    """Whether personal data stands in it in full; then `reason` says why."""
    reason: Mapped[str] = mapped_column(default="")
    row_count: Mapped[int] = mapped_column(default=0)
    file_key: Mapped[str | None]
    file_name: Mapped[str] = mapped_column(default="")
    byte_count: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")
    job_id: Mapped[str | None]
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()

"""Imports and their staged rows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import TenantModel, states


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

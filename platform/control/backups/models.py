"""What the control plane remembers of backups; the backups themselves know it too."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import ControlModel, states


class BackupKind(StrEnum):
    """How the databases were copied."""

    PHYSICAL = "physical"
    LOGICAL = "logical"


class BackupState(StrEnum):
    """What became of a backup."""

    GOOD = "good"
    BAD = "bad"
    PRUNED = "pruned"


class Backup(ControlModel):
    """A published backup. `places` are the control plane and the cells in it.

    `name` is its folder's, the UTC time at which it was begun.
    """

    __tablename__ = "backups"
    __table_args__ = (
        states(BackupKind, "kind"),
        states(BackupState, "state"),
        Index(None, "state", "id"),
    )

    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default=BackupState.GOOD)
    places: Mapped[list[str]]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    size_bytes: Mapped[int]
    file_count: Mapped[int]
    verified_at: Mapped[datetime | None]
    findings: Mapped[list[str]]


class BackupStream(ControlModel):
    """How far the log of a server is safe: all that was committed before `safe_at`."""

    __tablename__ = "backup_streams"
    __table_args__ = (UniqueConstraint("server"),)

    server: Mapped[str]
    places: Mapped[list[str]]
    safe_at: Mapped[datetime]
    position: Mapped[str]


class BackupDrill(ControlModel):
    """A restore that was tried, with what it lost and how long it took."""

    __tablename__ = "backup_drills"

    backup: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    is_good: Mapped[bool]
    rpo_seconds: Mapped[int]
    rto_seconds: Mapped[int]
    findings: Mapped[list[str]]
    facts: Mapped[dict[str, Any]]

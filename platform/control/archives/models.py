"""Archives that were made here or brought here, and what became of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.workspaces.models import Workspace
from kit.db import ControlModel, Encrypted, states


class ArchiveState(StrEnum):
    """Where an archive stands."""

    OFFERED = "offered"
    QUEUED = "queued"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class ArchiveWay(StrEnum):
    """How it came to be."""

    EXPORT = "export"
    UPLOAD = "upload"


OPEN = (ArchiveState.QUEUED, ArchiveState.MAKING)


class Archive(ControlModel):
    """An archive of a workspace; an uploaded one has none until it is restored.

    `key` is what the passphrase gave, wrapped by the master key; it is emptied when the work it
    was given for has ended. `link_digest` is of the token that the owner of a shut workspace was
    mailed. `facts` are counts, for people.
    """

    __tablename__ = "archives"
    __table_args__ = (
        states(ArchiveState, "state"),
        states(ArchiveWay, "way"),
        Index(None, "workspace_id", "id"),
        Index(None, "expires_at", postgresql_where=text("state <> 'expired'")),
    )

    workspace_id: Mapped[int | None] = mapped_column(ForeignKey(Workspace.id))
    way: Mapped[str]
    state: Mapped[str]
    salt: Mapped[bytes | None]
    key_cipher: Mapped[bytes | None]
    key = Encrypted(str, indexed=False, tail=False)
    link_digest: Mapped[str | None] = mapped_column(unique=True)
    file_name: Mapped[str]
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]

    workspace: Mapped[Workspace | None] = relationship()

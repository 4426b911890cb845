"""Builds."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.workspaces.models import Workspace
from kit.db import ControlModel, Encrypted, states


class BuildState(StrEnum):
    """Where a build stands."""

    QUEUED = "queued"
    BUILDING = "building"
    DONE = "done"
    FAILED = "failed"


class Build(ControlModel):
    """The request to build a workspace's schema, and how far it is.

    `owner` is what the first administrator's account is made of (JSON); it is emptied when done.
    """

    __tablename__ = "builds"
    __table_args__ = (
        states(BuildState, "state"),
        Index(None, "id", postgresql_where=text("state IN ('queued', 'building')")),
    )

    workspace_id: Mapped[int] = mapped_column(ForeignKey(Workspace.id), unique=True)
    state: Mapped[str] = mapped_column(default=BuildState.QUEUED)
    step: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    run_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    owner_cipher: Mapped[bytes | None]
    owner = Encrypted(str, indexed=False, tail=False)

    workspace: Mapped[Workspace] = relationship()

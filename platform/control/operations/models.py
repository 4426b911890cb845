"""Operations."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.workspaces.models import Workspace
from kit.db import ControlModel, states


class OperationState(StrEnum):
    """Where an operation stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (OperationState.QUEUED, OperationState.RUNNING)


class Operation(ControlModel):
    """A piece of work on a workspace, or on the whole installation when it names none.

    `body` is what was asked, `result` what came of it; neither holds a secret or personal data.
    `step` is a key that the handler's labels translate. At most one open operation works on a
    workspace.
    """

    __tablename__ = "operations"
    __table_args__ = (
        states(OperationState, "state"),
        Index(None, "run_at", postgresql_where=text("state IN ('queued', 'running')")),
        Index(
            "uq_operations_workspace_id_open",
            "workspace_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index(None, "workspace_id", "id"),
    )

    kind: Mapped[str]
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey(Workspace.id))
    body: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default=OperationState.QUEUED)
    step: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    run_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]

    workspace: Mapped[Workspace | None] = relationship()

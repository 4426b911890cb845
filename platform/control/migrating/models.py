"""Roll-outs, as the console and the audit log know them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import ControlModel, states


class RolloutState(StrEnum):
    """Where a roll-out stands. Broken off: its process is gone; the next one goes on."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    BROKEN_OFF = "broken_off"


class Rollout(ControlModel):
    """One journey of the workspaces to a revision; what each came to is in its cell."""

    __tablename__ = "rollouts"
    __table_args__ = (
        states(RolloutState, "state"),
        Index(None, "state", postgresql_where=text("state = 'running'")),
    )

    revision: Mapped[str]
    state: Mapped[str] = mapped_column(default=RolloutState.RUNNING)
    ring: Mapped[str] = mapped_column(default="")
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    touched_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

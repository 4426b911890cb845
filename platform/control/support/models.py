"""Grants of support access, and the visits of operators under them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.console.models import Operator, OperatorSession
from control.workspaces.models import Workspace
from kit import clock
from kit.db import ControlModel

SHORTEST_HOURS, LONGEST_HOURS = 1, 72


class SupportGrant(ControlModel):
    """What a workspace gave: how long the operator may look in, why, and whether to write, too.

    `ended_at` is set when it was taken back, and when somebody saw that its time was over; whether
    it holds is asked of both.
    """

    __tablename__ = "support_grants"
    __table_args__ = (
        CheckConstraint(
            f"hours BETWEEN {SHORTEST_HOURS} AND {LONGEST_HOURS}", name="hours_in_days"
        ),
        Index(None, "workspace_id", "id"),
        Index(None, "ends_at", postgresql_where=text("ended_at IS NULL")),
        Index(
            "uq_support_grants_open",
            "workspace_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    workspace_id: Mapped[int] = mapped_column(ForeignKey(Workspace.id))
    reason: Mapped[str]
    hours: Mapped[int]
    may_write: Mapped[bool]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # Who gave it, and who took it back: a person of the workspace, or nobody where time ran out.
    giver_id: Mapped[str]
    giver_name: Mapped[str]
    ender_name: Mapped[str | None]

    workspace: Mapped[Workspace] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether the operator may look in at this moment."""
        return self.ended_at is None and self.ends_at > clock.now()


class SupportVisit(ControlModel):
    """An operator's way in: first a hand-over that can be used once, then what it became.

    Both tokens are kept as their digest. A visit ends with the grant, with the operator's log-in
    to the console, and when he leaves.
    """

    __tablename__ = "support_visits"

    grant_id: Mapped[int] = mapped_column(ForeignKey(SupportGrant.id), index=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey(Operator.id), index=True)
    log_in_id: Mapped[int] = mapped_column(ForeignKey(OperatorSession.id), index=True)
    handover_digest: Mapped[str] = mapped_column(unique=True)
    handover_until: Mapped[datetime]
    token_digest: Mapped[str | None] = mapped_column(unique=True)
    entered_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]

    grant: Mapped[SupportGrant] = relationship()
    operator: Mapped[Operator] = relationship()

"""Workspaces and their wrapped keys."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import ControlModel, Versioned, states, unmapped
from kit.tenancy import Access


class WorkspaceState(StrEnum):
    """The life of a workspace."""

    PROVISIONING = "provisioning"
    TRIAL = "trial"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    READ_ONLY = "read_only"
    SUSPENDED = "suspended"
    CLOSING = "closing"
    CLOSED = "closed"


ACCESS = {
    WorkspaceState.PROVISIONING: Access.NONE,
    WorkspaceState.TRIAL: Access.FULL,
    WorkspaceState.ACTIVE: Access.FULL,
    WorkspaceState.PAST_DUE: Access.FULL,
    WorkspaceState.READ_ONLY: Access.READ_ONLY,
    WorkspaceState.SUSPENDED: Access.SUSPENDED,
    WorkspaceState.CLOSING: Access.READ_ONLY,
    WorkspaceState.CLOSED: Access.NONE,
}

# What billing may make of each other, at whatever moment it looks.
_PAID_FOR = {
    WorkspaceState.TRIAL,
    WorkspaceState.ACTIVE,
    WorkspaceState.PAST_DUE,
    WorkspaceState.READ_ONLY,
    WorkspaceState.SUSPENDED,
}
MOVES = {
    WorkspaceState.PROVISIONING: {WorkspaceState.TRIAL, WorkspaceState.CLOSED},
    **{state: (_PAID_FOR - {state}) | {WorkspaceState.CLOSING} for state in _PAID_FOR},
    # Taken back, it returns to where it came from.
    WorkspaceState.CLOSING: _PAID_FOR | {WorkspaceState.CLOSED},
    WorkspaceState.CLOSED: set(),
}

LEAVING = (WorkspaceState.CLOSING, WorkspaceState.CLOSED)
"""States of a workspace that is to be deleted, or was."""


class Workspace(Versioned, ControlModel):
    """One tenant, as the platform knows it.

    `schema` is opaque: customers' names never reach a catalog that others can read. `address` is
    the first label of its host. `suspended_from` is the state it returns to, as is
    `closing_from`. A *sandbox* is a copy of another workspace with made-up people.
    """

    __tablename__ = "workspaces"
    __table_args__ = (
        states(WorkspaceState, "state"),
        states(WorkspaceState, "suspended_from", optional=True),
        states(WorkspaceState, "closing_from", optional=True),
        Index(None, "closes_at", postgresql_where=text("state = 'closing'")),
        Index(None, "state", "id"),
    )

    schema: Mapped[str] = mapped_column(unique=True)
    cell: Mapped[str]
    name: Mapped[str]
    address: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    suspended_from: Mapped[str | None]
    suspended_reason: Mapped[str | None]
    closing_from: Mapped[str | None]
    closing_reason: Mapped[str | None]
    closing_asked_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    reminded_days: Mapped[int | None]
    sandbox_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("control.workspaces.id"), index=True
    )
    timezone: Mapped[str]
    currency: Mapped[str]
    locale: Mapped[str]
    trial_ends_at: Mapped[datetime]
    last_active_at: Mapped[datetime | None]
    size_bytes: Mapped[int] = mapped_column(default=0)
    size_measured_at: Mapped[datetime | None]
    # Copies of what verification and support access have decided, for the directory.
    is_verified: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    authorised: Mapped[dict[str, Any] | None]
    support_until: Mapped[datetime | None]
    # When what it may do changes next if nothing is bought or paid; billing's reviews say it.
    falls_at: Mapped[datetime | None]

    keys: Mapped[list["WorkspaceKey"]] = relationship(back_populates="workspace")

    @property
    def access(self) -> Access:
        """What may be done in it now."""
        return access_in(
            self.state, closing_from=self.closing_from, suspended_from=self.suspended_from
        )


# What a workspace has bought stands in its account with billing.
unmapped(
    Workspace,
    Column(
        "plan_id", BigInteger, ForeignKey("control.billing_plans.id"), nullable=True, index=True
    ),
)


def access_in(state: str, *, closing_from: str | None, suspended_from: str | None) -> Access:
    """Return what may be done in a workspace of a state; a closing one may no more than before.

    One that billing has suspended, not an operator, opens for who comes to pay.
    """
    if state == WorkspaceState.SUSPENDED and suspended_from is None:
        return Access.UNPAID
    if state == WorkspaceState.CLOSING and closing_from == WorkspaceState.SUSPENDED:
        return Access.SUSPENDED
    return ACCESS[WorkspaceState(state)]


class WorkspaceKey(ControlModel):
    """A data key of a workspace, wrapped by a master key; destroying it shreds the data."""

    __tablename__ = "workspace_keys"
    __table_args__ = (UniqueConstraint("workspace_id", "key_version"),)

    workspace_id: Mapped[int] = mapped_column(ForeignKey(Workspace.id))
    key_version: Mapped[int]
    wrapped: Mapped[bytes]

    workspace: Mapped[Workspace] = relationship(back_populates="keys")

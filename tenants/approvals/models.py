"""Flows as they are set up, approvals under way, what was decided, and absences."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import TenantModel, Versioned, states, tenant_metadata
from tenants.accounts.models import Role, User


class Who(StrEnum):
    """By what the signers of a step are found."""

    ROLE = "role"
    UNIT_HEAD = "unit_head"
    PEOPLE = "people"


class Mode(StrEnum):
    """How many of a step's signers have to agree."""

    ALL = "all"
    ANY = "any"


class Comparison(StrEnum):
    """How a fact of the document is compared with a step's condition."""

    IS = "is"
    IS_NOT = "is_not"


class ApprovalState(StrEnum):
    """How an approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    RECALLED = "recalled"


class StepState(StrEnum):
    """Whether a step has had its turn."""

    PLANNED = "planned"
    OPEN = "open"
    PASSED = "passed"


class SignerState(StrEnum):
    """What became of a person who is asked: `over` means that no answer is needed any more."""

    PLANNED = "planned"
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    TRANSFERRED = "transferred"
    OVER = "over"


class Origin(StrEnum):
    """How somebody became a signer."""

    FLOW = "flow"
    TRANSFER = "transfer"
    ADDED = "added"


class Action(StrEnum):
    """What can happen to an approval."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    SENT_BACK = "sent_back"
    TRANSFERRED = "transferred"
    SIGNER_ADDED = "signer_added"
    RECALLED = "recalled"
    REMINDED = "reminded"


approval_flow_people = Table(
    "approval_flow_people",
    tenant_metadata,
    Column("step_id", ForeignKey("approval_flow_steps.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True, index=True),
)


class ApprovalFlow(Versioned, TenantModel):
    """Who has to agree to documents of a kind; without an active one nobody has to."""

    __tablename__ = "approval_flows"

    kind: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=False)
    allows_self: Mapped[bool] = mapped_column(default=False)

    steps: Mapped[list["FlowStep"]] = relationship(
        back_populates="flow", order_by="FlowStep.position"
    )


class FlowStep(TenantModel):
    """A step of a flow, and for which documents it is taken.

    The band holds amounts from `amount_from` up to but without `amount_below`, either may be open.
    """

    __tablename__ = "approval_flow_steps"
    __table_args__ = (
        states(Who, "who"),
        states(Mode, "mode"),
        states(Comparison, "comparison", optional=True),
        CheckConstraint("(who = 'role') = (role_id IS NOT NULL)", name="role_where_it_is_by_role"),
        CheckConstraint("amount_from < amount_below", name="band_is_not_empty"),
        CheckConstraint(
            "(fact IS NULL) = (comparison IS NULL) AND (fact IS NULL) = (wanted IS NULL)",
            name="condition_is_whole",
        ),
        UniqueConstraint("flow_id", "position"),
    )

    flow_id: Mapped[int] = mapped_column(ForeignKey(ApprovalFlow.id))
    position: Mapped[int]
    name: Mapped[str]
    who: Mapped[str]
    role_id: Mapped[int | None] = mapped_column(ForeignKey(Role.id), index=True)
    mode: Mapped[str] = mapped_column(default=Mode.ANY)
    amount_from: Mapped[int | None]
    amount_below: Mapped[int | None]
    fact: Mapped[str | None]
    comparison: Mapped[str | None]
    wanted: Mapped[str | None]

    flow: Mapped[ApprovalFlow] = relationship(back_populates="steps")
    role: Mapped[Role | None] = relationship()
    people: Mapped[list[User]] = relationship(
        secondary=approval_flow_people, order_by=(User.name, User.id)
    )


class Approval(TenantModel):
    """One submission of a document; what it looked like then is kept, so that nobody agrees blind.

    `turn_id` changes with every turn: a press that carries an old one decides nothing new.
    """

    __tablename__ = "approvals"
    __table_args__ = (
        states(ApprovalState, "state"),
        CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended_has_its_time"),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_has_its_currency"),
        Index(
            "uq_approvals_pending", "kind", "document_id", unique=True,
            postgresql_where="state = 'pending'",
        ),
        Index(None, "document_id", "id"),
        Index(None, "submitted_by_id", "id"),
    )  # fmt: skip

    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    document_id: Mapped[str]
    title: Mapped[str]
    amount: Mapped[int | None]
    currency: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=ApprovalState.PENDING)
    allows_self: Mapped[bool]
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    turn_id: Mapped[str] = mapped_column(unique=True)
    turn_began_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    submitted_by: Mapped[User] = relationship()
    steps: Mapped[list["ApprovalStep"]] = relationship(
        back_populates="approval", order_by="ApprovalStep.position"
    )


class ApprovalStep(TenantModel):
    """A step that an approval takes, as the flow had it at the time."""

    __tablename__ = "approval_steps"
    __table_args__ = (
        states(Mode, "mode"),
        states(StepState, "state"),
        UniqueConstraint("approval_id", "position"),
        Index("uq_approval_steps_open", "approval_id", unique=True,
              postgresql_where="state = 'open'"),
    )  # fmt: skip

    approval_id: Mapped[int] = mapped_column(ForeignKey(Approval.id))
    position: Mapped[int]
    name: Mapped[str]
    mode: Mapped[str]
    state: Mapped[str] = mapped_column(default=StepState.PLANNED)

    approval: Mapped[Approval] = relationship(back_populates="steps")
    signers: Mapped[list["Signer"]] = relationship(back_populates="step", order_by="Signer.id")


class Signer(TenantModel):
    """A person who is asked at a step; a substitute decides for him, never in his place."""

    __tablename__ = "approval_signers"
    __table_args__ = (
        states(SignerState, "state"),
        states(Origin, "origin"),
        UniqueConstraint("step_id", "user_id"),
        Index(None, "user_id", postgresql_where="state = 'waiting'"),
    )

    step_id: Mapped[int] = mapped_column(ForeignKey(ApprovalStep.id))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    origin: Mapped[str] = mapped_column(default=Origin.FLOW)
    state: Mapped[str] = mapped_column(default=SignerState.PLANNED)
    asked_at: Mapped[datetime | None]

    step: Mapped[ApprovalStep] = relationship(back_populates="signers")
    user: Mapped[User] = relationship()


class ApprovalEvent(TenantModel):
    """What happened to an approval: who, when, what, for whom, and after how many seconds."""

    __tablename__ = "approval_events"
    __table_args__ = (
        states(Action, "action"),
        CheckConstraint("seconds >= 0", name="time_runs_forward"),
        Index(None, "approval_id", "id"),
        Index(None, "user_id", "id"),
        Index(None, "turn_id"),
    )
    append_only: ClassVar[bool] = True

    approval_id: Mapped[int] = mapped_column(ForeignKey(Approval.id))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    action: Mapped[str]
    turn_id: Mapped[str]
    step_name: Mapped[str] = mapped_column(default="")
    actor_name: Mapped[str]
    for_name: Mapped[str] = mapped_column(default="")
    target_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    target_name: Mapped[str] = mapped_column(default="")
    opinion: Mapped[str] = mapped_column(default="")
    seconds: Mapped[int] = mapped_column(default=0)


class Absence(TenantModel):
    """Days on which somebody else may decide for a person, both included."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="days_are_in_order"),
        CheckConstraint("user_id <> substitute_id", name="substitute_is_another"),
        Index(None, "user_id", "id"),
        Index(None, "substitute_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    substitute_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    first_on: Mapped[date]
    last_on: Mapped[date]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    substitute: Mapped[User] = relationship(foreign_keys=[substitute_id])

"""What a workspace handed in about its company, and the carriers that authorised it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.workspaces.models import Workspace
from kit.db import ControlModel, Encrypted, Versioned, states
from kit.personal import document_number, plain


class VerificationState(StrEnum):
    """Where a verification stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PASSED = "passed"
    REVOKED = "revoked"


class Verification(Versioned, ControlModel):
    """The company behind a workspace, as it says itself and an operator checks.

    Files lie with the workspace's own, under their keys. `remarks` hold the sentences of the last
    decision by field. What was passed once holds while a later change of it waits.
    """

    __tablename__ = "verifications"
    __table_args__ = (
        states(VerificationState, "state"),
        Index(None, "state", "submitted_at", "id"),
    )

    workspace_id: Mapped[int] = mapped_column(ForeignKey(Workspace.id), unique=True)
    state: Mapped[str] = mapped_column(default=VerificationState.DRAFT)
    legal_name: Mapped[str] = mapped_column(default="")
    credit_code: Mapped[str] = mapped_column(default="")
    representative_cipher: Mapped[bytes | None]
    representative = Encrypted(plain, indexed=False, tail=False)
    document_cipher: Mapped[bytes | None]
    document = Encrypted(document_number, indexed=False, tail=False)
    licence_key: Mapped[str | None]
    licence_type: Mapped[str | None]
    licence_name: Mapped[str | None]
    remarks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    submitted_at: Mapped[datetime | None]
    submitter_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decider_name: Mapped[str | None]

    workspace: Mapped[Workspace] = relationship()
    authorisations: Mapped[list["CarrierAuthorisation"]] = relationship(
        back_populates="verification",
        order_by="CarrierAuthorisation.carrier",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @property
    def may_be_changed(self) -> bool:
        """Whether the workspace may change it: not while an operator looks at it."""
        return self.state != VerificationState.SUBMITTED


class CarrierAuthorisation(ControlModel):
    """A carrier's letter that a company may act for it, until a day that is included."""

    __tablename__ = "carrier_authorisations"
    __table_args__ = (
        UniqueConstraint("verification_id", "carrier"),
        Index(None, "valid_until", postgresql_where=text("reminded_days IS DISTINCT FROM 0")),
    )

    verification_id: Mapped[int] = mapped_column(ForeignKey(Verification.id, ondelete="CASCADE"))
    carrier: Mapped[str]
    valid_until: Mapped[date]
    file_key: Mapped[str]
    file_type: Mapped[str]
    file_name: Mapped[str]
    reminded_days: Mapped[int | None]

    verification: Mapped[Verification] = relationship(back_populates="authorisations")

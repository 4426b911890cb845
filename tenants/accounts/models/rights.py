"""Who may see one record besides those whose records they are, and who has looked at what."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import TenantModel, states
from tenants.accounts.models.log_ins import UserSession
from tenants.accounts.models.people import Unit, User


class ShareAccess(StrEnum):
    """What a share lets somebody do with the record, as far as his permissions go."""

    READ = "read"
    WRITE = "write"


class Share(TenantModel):
    """One record shared with one person, or with a unit and those below it (C024).

    `record_id` is the number of the record; rows of a workspace are numbered through all tables,
    so it names one. The last day is included; without one a share holds until it is revoked.
    """

    __tablename__ = "shares"
    __table_args__ = (
        states(ShareAccess, "access"),
        CheckConstraint("(user_id IS NULL) <> (unit_id IS NULL)", name="with_one"),
        Index(
            "uq_shares_user",
            "record_id",
            "user_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(
            "uq_shares_unit",
            "record_id",
            "unit_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(None, "user_id", "kind"),
        Index(None, "unit_id", "kind"),
    )

    kind: Mapped[str]
    record_id: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    access: Mapped[str]
    ends_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]

    user: Mapped[User | None] = relationship()
    unit: Mapped[Unit | None] = relationship()

    @property
    def with_name(self) -> str:
        """The name of the person or unit it is shared with."""
        if self.user is not None:
            return self.user.name
        assert self.unit is not None
        return self.unit.name


class Purpose(StrEnum):
    """Why somebody needs to see a personal field in full."""

    CONTACT = "contact"
    IDENTITY = "identity"
    CARRIER = "carrier"
    DELIVERY = "delivery"
    COMPLAINT = "complaint"
    OTHER = "other"


class RevealWay(StrEnum):
    """How a personal field was given out."""

    SHOWN = "shown"
    CALLED = "called"


class Reveal(TenantModel):
    """A personal field that somebody had shown, or called without seeing it."""

    __tablename__ = "reveals"
    __table_args__ = (
        states(Purpose, "purpose"),
        states(RevealWay, "way"),
        Index(None, "user_id", "created_at"),
        Index(None, "record_id", "id"),
    )

    append_only: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    kind: Mapped[str]
    record_id: Mapped[str]
    record_name: Mapped[str]
    field: Mapped[str]
    way: Mapped[str]
    purpose: Mapped[str]
    reason: Mapped[str]
    ip_address: Mapped[str | None]

    user: Mapped[User] = relationship()


class RevealTask(TenantModel):
    """The reason under which a log-in looks at its own records, given once for some hours."""

    __tablename__ = "reveal_tasks"
    __table_args__ = (states(Purpose, "purpose"),)

    transient: ClassVar[bool] = True

    session_id: Mapped[int] = mapped_column(ForeignKey(UserSession.id), unique=True)
    purpose: Mapped[str]
    reason: Mapped[str]
    expires_at: Mapped[datetime]

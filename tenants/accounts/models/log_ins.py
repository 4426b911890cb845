"""Log-ins: open ones, begun ones, the log of them, and what is remembered between them."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import TenantModel, states
from kit.security import SessionColumns
from tenants.accounts.models.people import User


class UserSession(SessionColumns, TenantModel):
    """A log-in of a user; ended on sign-out, on revocation and on a change of password."""

    __tablename__ = "user_sessions"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    proved_at: Mapped[datetime]
    # The screen is locked: nothing opens but the page that asks for the password.
    locked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class PendingLogIn(TenantModel):
    """A log-in that has passed the password and waits for its second step; it opens nothing.

    A table and a cookie of its own: no page that looks for a session can take it for one.
    """

    __tablename__ = "pending_log_ins"

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_remembered: Mapped[bool]
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]
    device_digest: Mapped[str | None]
    code_digest: Mapped[str | None]
    # The way the code went, and the link that went with it by mail.
    code_way: Mapped[str | None]
    link_digest: Mapped[str | None]
    code_sent_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship()


class Throttle(TenantModel):
    """The recent failures of one address or person, in seconds since 1970, oldest first."""

    __tablename__ = "throttles"

    transient: ClassVar[bool] = True

    subject: Mapped[str] = mapped_column(unique=True)
    hits: Mapped[list[int]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Device(TenantModel):
    """A browser from which a user has logged in, known by a random cookie."""

    __tablename__ = "devices"
    __table_args__ = (Index("uq_devices_user_digest", "user_id", "digest", unique=True),)

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    digest: Mapped[str]
    seen_at: Mapped[datetime]


class LogInWay(StrEnum):
    """What a try to log in was made with."""

    PASSWORD = "password"  # noqa: S105 - a word, no password
    APP = "app"
    MAIL = "mail"
    LINK = "link"
    SMS = "sms"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


class LogInResult(StrEnum):
    """How a try to log in ended."""

    OPENED = "opened"
    SECOND_STEP = "second_step"
    WRONG = "wrong"
    LOCKED = "locked"
    DISABLED = "disabled"


class LogIn(TenantModel):
    """A try to log in as a user; what was typed for a name nobody has is not kept."""

    __tablename__ = "log_ins"
    __table_args__ = (
        states(LogInWay, "way"),
        states(LogInResult, "result"),
        Index(None, "user_id", "id"),
    )

    append_only: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    way: Mapped[str]
    result: Mapped[str]
    is_new_device: Mapped[bool] = mapped_column(default=False)
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]

    user: Mapped[User] = relationship()

"""Operators and their sessions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import ControlModel
from kit.security import Acting


class Operator(Acting, ControlModel):
    """A person of the platform operator; shut out for a while after too many wrong passwords."""

    __tablename__ = "operators"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    # Given and taken at the server's own terminal, so that nobody gives it to himself.
    may_let_back_in: Mapped[bool] = mapped_column(default=True, server_default=text("true"))

    actor_kind = "operator"

    def can(self, permission: StrEnum) -> bool:
        """Tell whether the operator holds a permission: all of the console's, while active."""
        del permission
        return self.is_active


class OperatorSession(ControlModel):
    """A log-in of an operator; the cookie's token is kept as its SHA-256."""

    __tablename__ = "operator_sessions"

    operator_id: Mapped[int] = mapped_column(ForeignKey(Operator.id), index=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]

    operator: Mapped[Operator] = relationship()

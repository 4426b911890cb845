"""Users, roles, sessions, reset codes and the company's profile."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, Versioned, states, tenant_metadata
from kit.personal import phone_number
from kit.security import SessionColumns, client_address

user_roles = Table(
    "user_roles",
    tenant_metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True, index=True),
)


class Profile(Versioned, TenantModel):
    """The company behind the workspace and its brand: exactly one row."""

    __tablename__ = "profiles"
    __table_args__ = (
        Index("uq_profiles_single", text("(true)"), unique=True),
        CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name="colour_is_hexadecimal"),
    )

    company: Mapped[str]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    address: Mapped[str]
    colour: Mapped[str] = mapped_column(default="#0b7285")
    logo_key: Mapped[str | None]
    is_complete: Mapped[bool] = mapped_column(default=False)
    max_depth: Mapped[int] = mapped_column(default=3)
    hold_minutes: Mapped[int] = mapped_column(default=30)


class Role(Versioned, TenantModel):
    """A named set of permissions. A seeded role keeps its code; the administrator's is fixed."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    permissions: Mapped[list[str]]

    users: Mapped[list["User"]] = relationship(secondary=user_roles, back_populates="roles")


class User(Versioned, TenantModel):
    """A person of the workspace who logs in to the back office."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_username", text("lower(username)"), unique=True),
        Index("uq_users_email", "email", unique=True),
        Index("uq_users_phone_index", "phone_index", unique=True),
    )

    username: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    last_login_at: Mapped[datetime | None]
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]

    phone_cipher: Mapped[bytes | None]
    phone_index: Mapped[str | None]
    phone_tail: Mapped[str | None]
    phone = Encrypted(phone_number)

    roles: Mapped[list[Role]] = relationship(secondary=user_roles, back_populates="users")

    is_authenticated = True
    is_anonymous = False

    @property
    def actor_kind(self) -> str:
        return "user"

    @property
    def actor_id(self) -> str:
        return self.public_id

    @property
    def actor_name(self) -> str:
        return self.name

    @property
    def address(self) -> str | None:
        """Where the person's request came from, for the audit log; None in a job."""
        return client_address()

    @property
    def permissions(self) -> frozenset[str]:
        """All permissions of all the user's roles."""
        return frozenset(value for role in self.roles for value in role.permissions)

    def can(self, permission: StrEnum) -> bool:
        """Tell whether any of the user's roles holds a permission."""
        return self.is_active and str(permission) in self.permissions


class UserSession(SessionColumns, TenantModel):
    """A log-in of a user; ended on sign-out, on revocation and on a change of password."""

    __tablename__ = "user_sessions"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    proved_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class ResetWay(StrEnum):
    """How a person proves to be the owner of an account."""

    MAIL = "mail"
    SMS = "sms"


class PasswordReset(TenantModel):
    """A single-use code or link that lets a user set a new password (D028, D029)."""

    __tablename__ = "password_resets"
    __table_args__ = (states(ResetWay, "way"),)

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    way: Mapped[str]
    digest: Mapped[str]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]

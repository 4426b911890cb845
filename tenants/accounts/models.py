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


class Unit(Versioned, TenantModel):
    """An organisation unit: headquarters, a branch of it, an outlet of a branch (E006).

    `path` holds the ids from the headquarters down, each followed by a dot, so that what lies
    below a unit is a prefix.
    """

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint("depth BETWEEN 1 AND 3", name="three_levels"),
        CheckConstraint("(parent_id IS NULL) = (depth = 1)", name="headquarters_is_at_the_top"),
        Index("uq_units_headquarters", text("(true)"), unique=True, postgresql_where="depth = 1"),
        Index(
            "uq_units_name", "parent_id", "name", unique=True, postgresql_nulls_not_distinct=True
        ),
        Index(None, "path", postgresql_ops={"path": "text_pattern_ops"}),
    )

    name: Mapped[str]
    sort_key: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    path: Mapped[str] = mapped_column(default="")
    depth: Mapped[int]
    remark: Mapped[str] = mapped_column(default="")

    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id")

    @property
    def ancestor_ids(self) -> list[int]:
        """The ids from the headquarters to this unit, itself included."""
        return [int(part) for part in self.path.split(".") if part]


class DataScope(StrEnum):
    """Whose records a role's permissions reach (E006)."""

    ALL = "all"
    UNITS = "units"
    UNIT_BELOW = "unit_below"
    UNIT = "unit"
    CHANNELS = "channels"
    OWN = "own"


role_units = Table(
    "role_units",
    tenant_metadata,
    Column("role_id", ForeignKey("roles.id"), primary_key=True),
    Column("unit_id", ForeignKey("units.id"), primary_key=True, index=True),
)


class Role(Versioned, TenantModel):
    """A named set of permissions, and whose records they reach.

    A seeded role keeps its code; the administrator's is fixed.
    """

    __tablename__ = "roles"
    __table_args__ = (states(DataScope, "scope"),)

    name: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    permissions: Mapped[list[str]]
    scope: Mapped[str] = mapped_column(default=DataScope.ALL, server_default=DataScope.ALL)

    users: Mapped[list["User"]] = relationship(secondary=user_roles, back_populates="roles")
    units: Mapped[list[Unit]] = relationship(secondary=role_units)


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

    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id), index=True)
    # A unit may have several heads, or none for a while.
    is_head: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    roles: Mapped[list[Role]] = relationship(secondary=user_roles, back_populates="users")
    unit: Mapped[Unit | None] = relationship()

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

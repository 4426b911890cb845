"""Users, roles, log-ins and what proves them, reset codes, the company's profile and policy."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, Versioned, states, tenant_metadata
from kit.personal import phone_number
from kit.security import PasswordPreset, SessionColumns, client_address, client_device

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
    # Parameters since tenants.setup; the release before still reads them here.
    max_depth: Mapped[int] = mapped_column(default=3)
    hold_minutes: Mapped[int] = mapped_column(default=30)


class SecurityPolicy(Versioned, TenantModel):
    """What the workspace wants of passwords and log-ins: no row until somebody changes it."""

    __tablename__ = "security_policies"
    __table_args__ = (
        Index("uq_security_policies_single", text("(true)"), unique=True),
        states(PasswordPreset, "preset"),
        CheckConstraint("idle_minutes BETWEEN 0 AND 480", name="idle_within_a_day_of_work"),
    )

    preset: Mapped[str] = mapped_column(default=PasswordPreset.MANUAL)
    passwords_expire: Mapped[bool] = mapped_column(default=False)
    # May a code by mail stand in for the authenticator app? A mailbox resets passwords, too.
    mail_codes: Mapped[bool] = mapped_column(default=True)
    # 0: a screen is locked by hand only.
    idle_minutes: Mapped[int] = mapped_column(default=0)


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
    requires_second_step: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

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
    # Kept apart from the factor itself, which no archive holds: whoever had one enrols anew after
    # a restore, instead of being let in by the password alone.
    second_step_since: Mapped[datetime | None]

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
    def device(self) -> str | None:
        """What the browser of the person's request calls itself; None in a job."""
        return client_device()

    @property
    def permissions(self) -> frozenset[str]:
        """All permissions of all the user's roles."""
        return frozenset(value for role in self.roles for value in role.permissions)

    @property
    def needs_second_step(self) -> bool:
        """Whether a password alone opens nothing: by own choice, or because a role wants it."""
        return self.second_step_since is not None or self.must_keep_second_step

    @property
    def must_keep_second_step(self) -> bool:
        """Whether a role of the user's wants a second step."""
        return any(role.requires_second_step for role in self.roles)

    def can(self, permission: StrEnum) -> bool:
        """Tell whether any of the user's roles holds a permission."""
        return self.is_active and str(permission) in self.permissions


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
    code_sent_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship()


class Authenticator(TenantModel):
    """An authenticator app of a user (RFC 6238): a candidate until a code of it was entered."""

    __tablename__ = "authenticators"
    __table_args__ = (
        Index(
            "uq_authenticators_user",
            "user_id",
            text("(confirmed_at IS NULL)"),
            unique=True,
        ),
    )

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    confirmed_at: Mapped[datetime | None]
    # The last time step whose code was taken: no code is good twice.
    last_step: Mapped[int] = mapped_column(default=0)

    secret_cipher: Mapped[bytes | None]
    secret = Encrypted(str.strip, indexed=False, tail=False)


class RecoveryCode(TenantModel):
    """One of ten codes on paper, good once, for whoever has lost the second factor."""

    __tablename__ = "recovery_codes"

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    digest: Mapped[str]
    used_at: Mapped[datetime | None]


class Throttle(TenantModel):
    """The recent failures of one address or person, in seconds since 1970, oldest first."""

    __tablename__ = "throttles"

    transient: ClassVar[bool] = True

    subject: Mapped[str] = mapped_column(unique=True)
    hits: Mapped[list[int]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


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

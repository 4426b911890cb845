"""Organisation units, roles and the people who hold them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, Versioned, states, tenant_metadata
from kit.i18n import TimeDisplay
from kit.personal import phone_number
from kit.security import Acting

user_roles = Table(
    "user_roles",
    tenant_metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True, index=True),
)


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
    # A second step that no copied page can ask for: neither app nor code is enough then.
    requires_passkey: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # How many personal fields whoever holds the role may reveal in a day.
    reveals_a_day: Mapped[int] = mapped_column(default=50, server_default=text("50"))

    users: Mapped[list["User"]] = relationship(secondary=user_roles, back_populates="roles")
    units: Mapped[list[Unit]] = relationship(secondary=role_units)


class Density(StrEnum):
    """How close the rows of lists stand for a person, unless he arranged one otherwise."""

    COMFORTABLE = ""
    COMPACT = "compact"


class FileFormat(StrEnum):
    """As which kind of file a person gets exports, unless he says otherwise."""

    XLSX = "xlsx"
    CSV = "csv"


class User(Acting, Versioned, TenantModel):
    """A person of the workspace who logs in to the back office.

    `language`, `density`, `file_format` and `time_display` are how he likes his pages (E121); no
    language means that of the workspace.
    """

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
    # Whoever is to sign in by a number, or to get codes by it, has shown that it is his.
    phone_proved_at: Mapped[datetime | None]
    # He has followed a link that went to the address.
    email_proved_at: Mapped[datetime | None]
    # The second step is a code by SMS or mail, without an app or a passkey.
    steps_by_code: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id), index=True)
    # A unit may have several heads, or none for a while.
    is_head: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    language: Mapped[str | None]
    density: Mapped[str] = mapped_column(
        default=Density.COMFORTABLE, server_default=Density.COMFORTABLE
    )
    file_format: Mapped[str] = mapped_column(
        default=FileFormat.XLSX, server_default=FileFormat.XLSX
    )
    time_display: Mapped[str] = mapped_column(
        default=TimeDisplay.MINUTES, server_default=TimeDisplay.MINUTES
    )

    roles: Mapped[list[Role]] = relationship(secondary=user_roles, back_populates="users")
    unit: Mapped[Unit | None] = relationship()

    actor_kind = "user"

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
        return any(role.requires_second_step for role in self.roles) or self.must_use_passkey

    @property
    def must_use_passkey(self) -> bool:
        """Whether a role of the user's takes nothing but a passkey as second step."""
        return any(role.requires_passkey for role in self.roles)

    @property
    def is_invited(self) -> bool:
        """Whether the user has never chosen a password: an invitation is still to be taken up."""
        return self.password_hash is None

    def can(self, permission: StrEnum) -> bool:
        """Tell whether any of the user's roles holds a permission."""
        # Asked a hundred times for a page: the roles are looked through, no set is made of them.
        return self.is_active and any(permission in role.permissions for role in self.roles)

"""Channels, grades, channel users, their sessions and invitations."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, Versioned, states, tenant_metadata
from kit.personal import phone_number
from kit.security import Acting, SessionColumns
from tenants.accounts.models import Unit, User
from tenants.notices.models import Announcement


class ChannelKind(StrEnum):
    """What sort of business a channel is (B029, B030)."""

    AGENT = "agent"
    STORE = "store"
    CAMPUS = "campus"
    ENTERPRISE = "enterprise"
    ONLINE = "online"


class ChannelState(StrEnum):
    """Whether a channel may work."""

    ACTIVE = "active"
    FROZEN = "frozen"


class Grade(Versioned, TenantModel):
    """A rank of channels, by which default rates are chosen."""

    __tablename__ = "grades"

    name: Mapped[str] = mapped_column(unique=True)
    rank: Mapped[int]


class Channel(Versioned, TenantModel):
    """A node of the distribution tree.

    `path` holds the ids from the root down, each followed by a dot ("1.5.9."), so that a subtree
    is a prefix. `share` is what it gets of its parent's rate, in hundredths of a per cent, where
    no rate of its own is set.
    """

    __tablename__ = "channels"
    __table_args__ = (
        states(ChannelKind, "kind"),
        states(ChannelState, "state"),
        CheckConstraint("share BETWEEN 0 AND 10000", name="share_is_a_part"),
        CheckConstraint("depth >= 1", name="depth_is_positive"),
        CheckConstraint("(parent_id IS NULL) = (depth = 1)", name="roots_are_at_depth_1"),
        Index(None, "path", postgresql_ops={"path": "text_pattern_ops"}),
        Index(None, "parent_id", "sort_key", "id"),
        Index(None, "state", "id"),
    )

    name: Mapped[str] = mapped_column(unique=True)
    sort_key: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default=ChannelState.ACTIVE)
    frozen_reason: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    path: Mapped[str] = mapped_column(default="")
    depth: Mapped[int]
    grade_id: Mapped[int | None] = mapped_column(ForeignKey(Grade.id), index=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id), index=True)
    share: Mapped[int] = mapped_column(default=0)
    contact_name: Mapped[str]
    region: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    deleted_at: Mapped[datetime | None]

    contact_phone_cipher: Mapped[bytes | None]
    contact_phone_index: Mapped[str | None] = mapped_column(index=True)
    contact_phone_tail: Mapped[str | None]
    contact_phone = Encrypted(phone_number)

    parent: Mapped["Channel | None"] = relationship(remote_side="Channel.id")
    grade: Mapped[Grade | None] = relationship()
    manager: Mapped[User | None] = relationship()
    unit: Mapped[Unit | None] = relationship()

    @property
    def number(self) -> str:
        """The number people see: CH0001."""
        return f"CH{self.id:04}"

    @property
    def ancestor_ids(self) -> list[int]:
        """The ids from the root to this channel, itself included."""
        return [int(part) for part in self.path.split(".") if part]

    def is_within(self, top: "Channel") -> bool:
        """Tell whether this channel is `top` or below it."""
        return self.path.startswith(top.path)


class ChannelUserRole(StrEnum):
    """What a person does in a channel."""

    OWNER = "owner"
    CLERK = "clerk"


class ChannelUser(Acting, Versioned, TenantModel):
    """A person of a channel who logs in to the portal; the owner sees money, team and shares."""

    __tablename__ = "channel_users"
    __table_args__ = (
        states(ChannelUserRole, "role"),
        Index("uq_channel_users_username", text("lower(username)"), unique=True),
        Index("uq_channel_users_phone_index", "phone_index", unique=True),
    )

    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id), index=True)
    role: Mapped[str]
    name: Mapped[str]
    username: Mapped[str | None]
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    last_login_at: Mapped[datetime | None]
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]

    phone_cipher: Mapped[bytes | None]
    phone_index: Mapped[str | None]
    phone_tail: Mapped[str | None]
    phone = Encrypted(phone_number)

    channel: Mapped[Channel] = relationship()

    actor_kind = "channel_user"

    @property
    def is_owner(self) -> bool:
        """Whether the person is the channel's 负责人."""
        return self.role == ChannelUserRole.OWNER

    def can(self, permission: StrEnum) -> bool:
        """Tell whether the person's role in the channel holds a portal permission."""
        from tenants.channels.permissions import ROLES

        return self.is_active and permission in ROLES[ChannelUserRole(self.role)]


class ChannelUserSession(SessionColumns, TenantModel):
    """A log-in to the portal; 30 days on a trusted phone."""

    __tablename__ = "channel_user_sessions"

    channel_user_id: Mapped[int] = mapped_column(ForeignKey(ChannelUser.id), index=True)
    proved_at: Mapped[datetime]

    channel_user: Mapped[ChannelUser] = relationship()


class ChannelReset(TenantModel):
    """A single-use SMS code that lets a channel user log in or set a new password."""

    __tablename__ = "channel_resets"

    transient: ClassVar[bool] = True

    channel_user_id: Mapped[int] = mapped_column(ForeignKey(ChannelUser.id), index=True)
    digest: Mapped[str]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


announcement_grades = Table(
    "announcement_grades",
    tenant_metadata,
    Column("announcement_id", ForeignKey(Announcement.id), primary_key=True),
    Column("grade_id", ForeignKey(Grade.id, ondelete="CASCADE"), primary_key=True, index=True),
)
announcement_channels = Table(
    "announcement_channels",
    tenant_metadata,
    Column("announcement_id", ForeignKey(Announcement.id), primary_key=True),
    Column("channel_id", ForeignKey(Channel.id, ondelete="CASCADE"), primary_key=True, index=True),
)


class PortalReading(TenantModel):
    """A person of a channel has opened an announcement: the receipt."""

    __tablename__ = "portal_readings"
    __table_args__ = (UniqueConstraint("announcement_id", "channel_user_id"),)

    announcement_id: Mapped[int] = mapped_column(ForeignKey(Announcement.id))
    channel_user_id: Mapped[int] = mapped_column(ForeignKey(ChannelUser.id), index=True)


class Invitation(TenantModel):
    """A link or QR code that lets one person join a channel, once."""

    __tablename__ = "invitations"
    __table_args__ = (states(ChannelUserRole, "role"),)

    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id), index=True)
    role: Mapped[str]
    name: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True, info={"secret": True})
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    channel_user_id: Mapped[int | None] = mapped_column(ForeignKey(ChannelUser.id), index=True)

    channel: Mapped[Channel] = relationship()

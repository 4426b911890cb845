"""Notices and where they go, what people chose, announcements, followers and reminders."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, Versioned, states, tenant_metadata
from tenants.accounts.models import Role, Unit, User


class Way(StrEnum):
    """How a notice reaches a person; the inbox is one of them."""

    INBOX = "inbox"
    MAIL = "mail"
    SMS = "sms"
    WECHAT = "wechat"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


class Pace(StrEnum):
    """How soon what goes out is sent; the slower ones gather several into one message."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


class Setting(StrEnum):
    """What the workspace says about a kind and a way: who may choose, and what holds else."""

    FORCED = "forced"
    ON = "on"
    OFF = "off"
    BARRED = "barred"


class DeliveryState(StrEnum):
    """What became of a notice on one way."""

    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Notice(TenantModel):
    """Something that one person is told; its words are made when they are read.

    `values` fill the placeholders of the kind's template. Without `in_inbox` it only went out.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index(None, "user_id", "id", postgresql_where="in_inbox"),
        Index(
            "ix_notices_unread", "user_id", "id",
            postgresql_where="in_inbox AND read_at IS NULL AND archived_at IS NULL",
        ),
    )  # fmt: skip

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    kind: Mapped[str]
    record_id: Mapped[str]
    values: Mapped[dict[str, Any]]
    is_mention: Mapped[bool] = mapped_column(default=False)
    in_inbox: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class Delivery(TenantModel):
    """A notice on its way out: when it is due, who is sending it, and how it ended.

    `sending` is the id of the job that has taken it, until `leased_until`.
    """

    __tablename__ = "notice_deliveries"
    __table_args__ = (
        states(Way, "way"),
        states(DeliveryState, "state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_time"),
        UniqueConstraint("notice_id", "way"),
        Index(None, "user_id", "way", "due_at", postgresql_where="state = 'waiting'"),
    )

    notice_id: Mapped[int] = mapped_column(ForeignKey(Notice.id))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    way: Mapped[str]
    state: Mapped[str] = mapped_column(default=DeliveryState.WAITING)
    due_at: Mapped[datetime]
    sending: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    notice: Mapped[Notice] = relationship()
    user: Mapped[User] = relationship()


class NoticeRule(TenantModel):
    """What the workspace says about a kind and a way, where it differs from the kind's own."""

    __tablename__ = "notice_rules"
    __table_args__ = (
        states(Way, "way"),
        states(Setting, "setting"),
        UniqueConstraint("kind", "way"),
    )

    kind: Mapped[str]
    way: Mapped[str]
    setting: Mapped[str]


class NoticeChoice(TenantModel):
    """What a person chose for a kind and a way, where the workspace leaves it to him."""

    __tablename__ = "notice_choices"
    __table_args__ = (states(Way, "way"), UniqueConstraint("user_id", "kind", "way"))

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    kind: Mapped[str]
    way: Mapped[str]
    is_on: Mapped[bool]


class NoticeAddress(TenantModel):
    """How a person is reached on a way, and how soon: no row means at once, at the usual address.

    Mail and SMS go where the account says; the others need an address of their own, which is as
    good as a key and kept like one.
    """

    __tablename__ = "notice_addresses"
    __table_args__ = (
        states(Way, "way"),
        states(Pace, "pace"),
        UniqueConstraint("user_id", "way"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    way: Mapped[str]
    pace: Mapped[str] = mapped_column(default=Pace.AT_ONCE)
    address_cipher: Mapped[bytes | None]
    address = Encrypted(str.strip, indexed=False, tail=False)


class NoticeGateway(Versioned, TenantModel):
    """How the workspace is known to a platform: its robot, or its official account.

    `key` is a robot's, `secret` signs for it or belongs to the official account `app_id`.
    """

    __tablename__ = "notice_gateways"
    __table_args__ = (states(Way, "way"),)

    way: Mapped[str] = mapped_column(unique=True)
    is_on: Mapped[bool] = mapped_column(default=False)
    app_id: Mapped[str] = mapped_column(default="")
    template_id: Mapped[str] = mapped_column(default="")
    title_field: Mapped[str] = mapped_column(default="")
    text_field: Mapped[str] = mapped_column(default="")

    key_cipher: Mapped[bytes | None]
    key = Encrypted(str.strip, indexed=False, tail=False)
    secret_cipher: Mapped[bytes | None]
    secret = Encrypted(str.strip, indexed=False, tail=False)


class NoticeTemplate(Versioned, TenantModel):
    """The workspace's own words for a kind in one language."""

    __tablename__ = "notice_templates"
    __table_args__ = (UniqueConstraint("kind", "language"),)

    kind: Mapped[str]
    language: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]


class Audience(StrEnum):
    """Whom of the company's own people an announcement is for."""

    NOBODY = "nobody"
    EVERYBODY = "everybody"
    UNITS = "units"
    ROLES = "roles"


class PortalAudience(StrEnum):
    """Whom of the channels' people an announcement is for; a branch is a channel with all below."""

    NOBODY = "nobody"
    EVERYBODY = "everybody"
    GRADES = "grades"
    BRANCHES = "branches"


announcement_units = Table(
    "announcement_units",
    tenant_metadata,
    Column("announcement_id", ForeignKey("announcements.id"), primary_key=True),
    Column("unit_id", ForeignKey("units.id"), primary_key=True, index=True),
)
announcement_roles = Table(
    "announcement_roles",
    tenant_metadata,
    Column("announcement_id", ForeignKey("announcements.id"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True, index=True),
)


class Announcement(Versioned, TenantModel):
    """A text for many, shown from an instant until another; one to units holds for those below."""

    __tablename__ = "announcements"
    __table_args__ = (
        states(Audience, "audience"),
        states(PortalAudience, "portal_audience"),
        CheckConstraint(
            "audience <> 'nobody' OR portal_audience <> 'nobody'", name="is_for_somebody"
        ),
        CheckConstraint("shown_since < shown_until", name="time_is_not_empty"),
        Index(None, "shown_since", postgresql_where="withdrawn_at IS NULL"),
    )

    title: Mapped[str]
    body: Mapped[str]
    audience: Mapped[str] = mapped_column(default=Audience.EVERYBODY)
    portal_audience: Mapped[str] = mapped_column(
        default=PortalAudience.NOBODY, server_default=PortalAudience.NOBODY.value
    )
    is_pinned: Mapped[bool] = mapped_column(default=False)
    shown_since: Mapped[datetime]
    shown_until: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)

    author: Mapped[User] = relationship()
    units: Mapped[list[Unit]] = relationship(secondary=announcement_units)
    roles: Mapped[list[Role]] = relationship(secondary=announcement_roles)


class Reading(TenantModel):
    """A person has opened an announcement: the receipt."""

    __tablename__ = "announcement_readings"
    __table_args__ = (UniqueConstraint("announcement_id", "user_id"),)

    announcement_id: Mapped[int] = mapped_column(ForeignKey(Announcement.id))
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)

    user: Mapped[User] = relationship()


class Follow(TenantModel):
    """A person wants to be told what happens to a record."""

    __tablename__ = "follows"
    __table_args__ = (UniqueConstraint("user_id", "record_id"), Index(None, "record_id"))

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    record_kind: Mapped[str]
    record_id: Mapped[str]

    user: Mapped[User] = relationship()


class Task(StrEnum):
    """What somebody is reminded to do."""

    FOLLOW_UP = "follow_up"
    CALL = "call"
    MESSAGE = "message"
    VISIT = "visit"
    CHECK = "check"
    OTHER = "other"


class Repeat(StrEnum):
    """After how long a reminder comes again once it is done."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Reminder(Versioned, TenantModel):
    """Something that somebody has to do about a record by a day, or by an hour of it.

    One without an hour is due when its day ends, and told in the morning. Once done, a repeating
    one makes its next, and a chained one (`next_task` after `next_days`) what follows it.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        states(Task, "task"),
        states(Task, "next_task", optional=True),
        states(Repeat, "repeats", optional=True),
        CheckConstraint("(next_task IS NULL) = (next_days IS NULL)", name="chain_is_whole"),
        CheckConstraint("repeats IS NULL OR next_task IS NULL", name="repeats_or_is_chained"),
        CheckConstraint("next_days BETWEEN 0 AND 3650", name="chain_is_not_endless"),
        Index(None, "assignee_id", "due_at", "id", postgresql_where="done_at IS NULL"),
        Index(None, "assignee_id", "done_at", "id", postgresql_where="done_at IS NOT NULL"),
        Index(None, "record_id", "due_at"),
    )  # fmt: skip

    key: Mapped[str] = mapped_column(unique=True)
    record_kind: Mapped[str]
    record_id: Mapped[str]
    record_name: Mapped[str]
    task: Mapped[str]
    note: Mapped[str]
    due_at: Mapped[datetime]
    has_time: Mapped[bool] = mapped_column(default=False)
    remind_at: Mapped[datetime]
    assignee_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    repeats: Mapped[str | None]
    next_task: Mapped[str | None]
    next_days: Mapped[int | None]
    told_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    assignee: Mapped[User] = relationship(foreign_keys=[assignee_id])
    author: Mapped[User] = relationship(foreign_keys=[author_id])

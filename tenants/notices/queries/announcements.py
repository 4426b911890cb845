"""Announcements: whom they are for, which are shown now, and who has read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select
from sqlalchemy.orm import joinedload, selectinload

from kit import clock
from kit.db import session
from tenants.accounts.models import Unit, User, user_roles
from tenants.notices.models import (
    Announcement,
    Audience,
    Reading,
    announcement_roles,
    announcement_units,
)


def addressed_to(person: User) -> ColumnElement[bool]:
    """Return the condition that an announcement is for a person."""
    roles = [role.id for role in person.roles]
    units = person.unit.ancestor_ids if person.unit else []
    by_role = select(announcement_roles.c.announcement_id).where(
        announcement_roles.c.role_id.in_(roles)
    )
    by_unit = select(announcement_units.c.announcement_id).where(
        announcement_units.c.unit_id.in_(units)
    )
    return or_(
        Announcement.audience == Audience.EVERYBODY,
        Announcement.id.in_(by_role),
        Announcement.id.in_(by_unit),
    )


def is_shown() -> ColumnElement[bool]:
    """Return the condition that an announcement is shown now."""
    now = clock.now()
    return and_(
        Announcement.withdrawn_at.is_(None),
        Announcement.shown_since <= now,
        or_(Announcement.shown_until.is_(None), Announcement.shown_until > now),
    )


def is_for(announcement: Announcement, person: User) -> bool:
    """Tell whether an announcement is shown to a person now."""
    found = select(Announcement.id).where(
        Announcement.id == announcement.id, is_shown(), addressed_to(person)
    )
    return session().scalar(found) is not None


def has_read(person: User) -> ColumnElement[bool]:
    """Return the condition that a person has read an announcement."""
    return exists().where(Reading.announcement_id == Announcement.id, Reading.user_id == person.id)


def announcements() -> Select[Announcement]:
    """Return the statement of the list of announcements."""
    return select(Announcement).options(joinedload(Announcement.author))


def current_announcements(person: User, *, limit: int = 5) -> Sequence[Announcement]:
    """Return what is announced to a person now, pinned ones first; for the home page."""
    return (
        session()
        .scalars(
            select(Announcement)
            .where(is_shown(), addressed_to(person))
            .order_by(Announcement.is_pinned.desc(), Announcement.shown_since.desc())
            .limit(limit)
        )
        .all()
    )


def find_announcement(public_id: str) -> Announcement | None:
    """Return an announcement with its audience, or None."""
    return (
        session()
        .scalars(
            select(Announcement)
            .where(Announcement.public_id == public_id)
            .options(
                joinedload(Announcement.author),
                selectinload(Announcement.units),
                selectinload(Announcement.roles),
            )
        )
        .one_or_none()
    )


def audience_of(announcement: Announcement) -> Select[User]:
    """Return the statement of the active people an announcement is for."""
    people = select(User).where(User.is_active)
    match Audience(announcement.audience):
        case Audience.NOBODY:
            return people.where(false())
        case Audience.UNITS:
            below = [Unit.path.startswith(one.path) for one in announcement.units]
            within = select(Unit.id).where(or_(*below)) if below else select(Unit.id).limit(0)
            return people.where(User.unit_id.in_(within))
        case Audience.ROLES:
            holders = select(user_roles.c.user_id).where(
                user_roles.c.role_id.in_([one.id for one in announcement.roles])
            )
            return people.where(User.id.in_(holders))
        case _:
            return people


@dataclass(frozen=True, slots=True)
class Receipts:
    """How many an announcement is for, and how many of them have read it."""

    people: int
    read: int


def receipts(announcement: Announcement) -> Receipts:
    """Return how many have read an announcement, of those it is for now."""
    meant = audience_of(announcement).with_only_columns(User.id).subquery()
    read = select(Reading.user_id).where(Reading.announcement_id == announcement.id)
    row = (
        session()
        .execute(select(func.count(), func.count().filter(meant.c.id.in_(read))).select_from(meant))
        .one()
    )
    return Receipts(row[0], row[1])


def readers_of(announcement: Announcement) -> Select[User, datetime]:
    """Return the statement of the people an announcement is for, with when each has read it."""
    read_at = (
        select(Reading.created_at)
        .where(Reading.announcement_id == literal(announcement.id), Reading.user_id == User.id)
        .scalar_subquery()
    )
    meant = audience_of(announcement).with_only_columns(User.id)
    return (
        select(User, read_at.label("read_at"))
        .where(User.id.in_(meant))
        .options(joinedload(User.unit))
    )

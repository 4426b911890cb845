"""What is announced to channels' people: for whom it is, and who has read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import contains_eager, joinedload

from kit import clock, ids
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.accounts.scopes import reach_of
from tenants.channels import queries
from tenants.channels.kinds import CHANNEL
from tenants.channels.models import (
    Channel,
    ChannelUser,
    Grade,
    PortalReading,
    announcement_channels,
    announcement_grades,
)
from tenants.notices.models import Announcement, PortalAudience
from tenants.notices.outside import Outside, register
from tenants.notices.queries.announcements import Receipts, is_shown

MOST_COUNTED = 100


def announced_to(person: ChannelUser) -> Select[Announcement]:
    """Return the statement of what is announced to a person of a channel now."""
    return (
        select(Announcement)
        .where(is_shown(), _addressed_to(person))
        .options(joinedload(Announcement.author))
    )


def has_read(person: ChannelUser) -> ColumnElement[bool]:
    """Return the condition that a person of a channel has read an announcement."""
    return exists().where(
        PortalReading.announcement_id == Announcement.id,
        PortalReading.channel_user_id == person.id,
    )


def find_announcement(public_id: str, person: ChannelUser) -> Announcement | None:
    """Return an announcement that is shown to a person of a channel now; else None."""
    return (
        session()
        .scalars(announced_to(person).where(Announcement.public_id == public_id))
        .one_or_none()
    )


def unread(person: ChannelUser, *, limit: int) -> Sequence[Announcement]:
    """Return what a person of a channel has not read yet, pinned ones first."""
    return (
        session()
        .scalars(
            announced_to(person)
            .where(~has_read(person))
            .order_by(Announcement.is_pinned.desc(), Announcement.shown_since.desc())
            .limit(limit)
        )
        .all()
    )


def count_unread(person: ChannelUser) -> int:
    """Return how many announcements a person of a channel has not read; stops at 100."""
    rows = announced_to(person).where(~has_read(person)).with_only_columns(Announcement.id)
    counted = select(func.count()).select_from(rows.limit(MOST_COUNTED).subquery())
    return session().scalar(counted) or 0


def read(announcement: Announcement, *, by: ChannelUser) -> bool:
    """Note that a person of a channel has read an announcement; False when it was there."""
    with transaction() as work:
        made = work.execute(
            insert(PortalReading)
            .values(
                public_id=ids.new(),
                created_at=clock.now(),
                announcement_id=announcement.id,
                channel_user_id=by.id,
            )
            .on_conflict_do_nothing()
            .returning(PortalReading.id)
        ).one_or_none()
        return made is not None


def readers_of(announcement: Announcement, viewer: User) -> Select[ChannelUser, datetime]:
    """Return the statement of whom an announcement is for in channels, with when each read it.

    Only of the channels that the viewer reaches, as everywhere.
    """
    read_at = (
        select(PortalReading.created_at)
        .where(
            PortalReading.announcement_id == literal(announcement.id),
            PortalReading.channel_user_id == ChannelUser.id,
        )
        .scalar_subquery()
    )
    return (
        select(ChannelUser, read_at.label("read_at"))
        .join(ChannelUser.channel)
        .options(contains_eager(ChannelUser.channel))
        .where(_meant_by(announcement), _reached_by(viewer))
    )


def receipts(announcement: Announcement, viewer: User) -> Receipts:
    """Return how many have read an announcement, of those whom `readers_of` names."""
    if announcement.portal_audience == PortalAudience.NOBODY:
        return Receipts(0, 0)
    meant = (
        select(ChannelUser.id)
        .join(ChannelUser.channel)
        .where(_meant_by(announcement), _reached_by(viewer))
        .subquery()
    )
    have = select(PortalReading.channel_user_id).where(
        PortalReading.announcement_id == announcement.id
    )
    count = func.count()
    row = session().execute(
        select(count, count.filter(meant.c.id.in_(have))).select_from(meant)
    ).one()  # fmt: skip
    return Receipts(row[0], row[1])


def targets_of(announcement: Announcement) -> list[tuple[str, str]]:
    """Return the grades or channels that an announcement is aimed at: public id and name."""
    match announcement.portal_audience:
        case PortalAudience.GRADES:
            statement = (
                select(Grade.public_id, Grade.name)
                .where(Grade.id.in_(_aimed(announcement, announcement_grades.c.grade_id)))
                .order_by(Grade.rank, Grade.id)
            )
        case PortalAudience.BRANCHES:
            statement = (
                select(Channel.public_id, Channel.name)
                .where(Channel.id.in_(_aimed(announcement, announcement_channels.c.channel_id)))
                .order_by(Channel.path)
            )
        case _:
            return []
    return [(public_id, name) for public_id, name in session().execute(statement)]


def beyond(announcement: Announcement, person: User) -> list[str]:
    """Return the public ids of the live channels it is for that a person does not reach."""
    if announcement.portal_audience != PortalAudience.BRANCHES:
        return []
    return list(
        session().scalars(
            select(Channel.public_id)
            .where(
                Channel.id.in_(_aimed(announcement, announcement_channels.c.channel_id)),
                Channel.deleted_at.is_(None),
                ~_reached_by(person),
            )
            .order_by(Channel.id)
        )
    )


def aim(announcement: Announcement, targets: Sequence[str]) -> list[str]:
    """Aim an announcement at grades or channels, by their public ids; return their names.

    Refuses what is there no longer. Part of the verb that announces, which audits it.
    """
    with transaction() as work:
        audience = announcement.portal_audience
        for table in (announcement_grades, announcement_channels):
            work.execute(delete(table).where(table.c.announcement_id == announcement.id))
        found: Sequence[Grade] | Sequence[Channel] = ()
        if audience == PortalAudience.GRADES:
            found = work.scalars(select(Grade).where(Grade.public_id.in_(targets))).all()
            _aim(announcement, announcement_grades, "grade_id", [one.id for one in found])
        elif audience == PortalAudience.BRANCHES:
            found = queries.live_channels(targets)
            _aim(announcement, announcement_channels, "channel_id", [one.id for one in found])
        if audience in {PortalAudience.GRADES, PortalAudience.BRANCHES} and len(found) < len(
            set(targets)
        ):
            raise Refused(_("This choice does not exist any more."), field=audience)
        return [one.name for one in found]


def _aim(announcement: Announcement, table: Any, column: str, numbers: Sequence[int]) -> None:
    if numbers:
        rows = [{"announcement_id": announcement.id, column: number} for number in numbers]
        session().execute(insert(table).values(rows))


def _aimed(announcement: Announcement, column: Any) -> Select[Any]:
    return select(column).where(column.table.c.announcement_id == announcement.id)


def _addressed_to(person: ChannelUser) -> ColumnElement[bool]:
    channel, audience = person.channel, Announcement.portal_audience
    by_grade = select(announcement_grades.c.announcement_id).where(
        announcement_grades.c.grade_id == channel.grade_id
    )
    by_branch = select(announcement_channels.c.announcement_id).where(
        announcement_channels.c.channel_id.in_(channel.ancestor_ids)
    )
    return or_(
        audience == PortalAudience.EVERYBODY,
        and_(audience == PortalAudience.GRADES, Announcement.id.in_(by_grade)),
        and_(audience == PortalAudience.BRANCHES, Announcement.id.in_(by_branch)),
    )


def _reached_by(person: User) -> ColumnElement[bool]:
    return queries.reached(reach_of(person, CHANNEL.view))


def _meant_by(announcement: Announcement) -> ColumnElement[bool]:
    """Return the condition that an active person of a live channel is one it is for."""
    lives = and_(ChannelUser.is_active, Channel.deleted_at.is_(None))
    match announcement.portal_audience:
        case PortalAudience.EVERYBODY:
            return lives
        case PortalAudience.GRADES:
            graded = Channel.grade_id.in_(_aimed(announcement, announcement_grades.c.grade_id))
            return and_(lives, graded)
        case PortalAudience.BRANCHES:
            tops = session().scalars(
                select(Channel).where(
                    Channel.id.in_(_aimed(announcement, announcement_channels.c.channel_id))
                )
            )
            return and_(lives, or_(false(), *map(queries.subtree_filter, tops)))
        case _:
            return false()


OUTSIDE = register(
    Outside(
        finder=CHANNEL,
        grades=queries.grade_options,
        aim=aim,
        targets=targets_of,
        beyond=beyond,
        receipts=receipts,
        readers_path="/channels/announcements/{id}/readers",
    )
)

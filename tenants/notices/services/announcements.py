"""Announcing to many, and who has read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kit import audit, clock, ids, live
from kit.db import lock_row, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from tenants.accounts.models import Role, Unit, User
from tenants.notices import events, queries
from tenants.notices.happenings import ANNOUNCED
from tenants.notices.models import Announcement, Audience, PortalAudience, Reading
from tenants.notices.outside import the_outside
from tenants.notices.queries.announcements import audience_of
from tenants.notices.services.telling import notify

LIVE = "announcements"
EARLY = timedelta(minutes=1)
"""How far the clocks of two machines may be apart."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An announcement as it is written."""

    title: str
    body: str
    audience: Audience = Audience.EVERYBODY
    units: Sequence[Unit] = ()
    roles: Sequence[Role] = ()
    portal_audience: PortalAudience = PortalAudience.NOBODY
    targets: Sequence[str] = ()
    """The public ids of the grades, or of the channels, that it is for."""
    is_pinned: bool = False
    shown_since: datetime | None = None
    shown_until: datetime | None = None


def announce(draft: Draft, *, by: User) -> Announcement:
    """Announce something, now or from an instant on; its audience is told when it is shown."""
    with transaction() as work:
        made = Announcement(author=by, title="", body="", shown_since=clock.now())
        _write(made, draft)
        work.add(made)
        work.flush()
        the_outside().aim(made, draft.targets)
        audit.record(events.ANNOUNCED, made, by=by, **_details(made))
        _tell_later(made)
        return made


def edit_announcement(
    announcement: Announcement, draft: Draft, *, version: int, by: User
) -> Announcement:
    """Change an announcement; who was told is not told again. Refuses a stale version.

    Channels that it goes to and that the person does not reach stay, as long as it is for channels.
    """
    with transaction() as work:
        announcement = lock_row(announcement)
        if announcement.version != version:
            raise Refused(_("Somebody else changed this meanwhile; look again."))
        if announcement.withdrawn_at is not None:
            raise Refused(_("This announcement was withdrawn."))
        if draft.portal_audience == PortalAudience.BRANCHES:
            beyond = the_outside().beyond(announcement, by)
            draft = replace(draft, targets=[*draft.targets, *beyond])
        _write(announcement, draft)
        announcement.version += 1
        work.flush()
        the_outside().aim(announcement, draft.targets)
        audit.record(events.ANNOUNCEMENT_EDITED, announcement, by=by, **_details(announcement))
        _tell_later(announcement)
        live.changed(LIVE)
        return announcement


def withdraw(announcement: Announcement, *, by: User) -> None:
    """Show an announcement no longer; a second time does nothing."""
    with transaction():
        announcement = lock_row(announcement)
        if announcement.withdrawn_at is None:
            announcement.withdrawn_at = clock.now()
            announcement.version += 1
            audit.record(events.WITHDRAWN, announcement, by=by, title=announcement.title)
            live.changed(LIVE)


def read_announcement(announcement: Announcement, *, by: User) -> bool:
    """Note that a person has read an announcement: the receipt; False when it was there."""
    with transaction() as work:
        made = work.execute(
            insert(Reading)
            .values(
                public_id=ids.new(),
                created_at=clock.now(),
                announcement_id=announcement.id,
                user_id=by.id,
            )
            .on_conflict_do_nothing()
            .returning(Reading.id)
        ).one_or_none()
        return made is not None


def tell_audience(public_id: str) -> None:
    """Tell those an announcement is for, once, if it is shown by now."""
    with transaction() as work:
        found = queries.find_announcement(public_id)
        if found is None:
            return
        found = lock_row(found)
        now = clock.now()
        is_over = found.shown_until is not None and found.shown_until <= now
        if found.withdrawn_at or found.told_at or found.shown_since > now + EARLY or is_over:
            return
        found.told_at = now
        people = work.scalars(audience_of(found)).all()
        author = work.scalars(select(User).where(User.id == found.author_id)).one()
        notify(ANNOUNCED, found.public_id, people, by=author, title=found.title)
        live.changed(LIVE)


def _write(announcement: Announcement, draft: Draft) -> None:
    title = " ".join(draft.title.split())
    if not title or not draft.body.strip():
        raise Refused(_("Write a title and a text."), field="title" if not title else "body")
    if draft.audience == Audience.UNITS and not draft.units:
        raise Refused(_("Choose at least one unit."), field="units")
    if draft.audience == Audience.ROLES and not draft.roles:
        raise Refused(_("Choose at least one role."), field="roles")
    _refuse_nobody(draft)
    shown_since = draft.shown_since or announcement.shown_since
    if draft.shown_until is not None and draft.shown_until <= shown_since:
        raise Refused(_("The end comes before the beginning."), field="shown_until")
    announcement.title, announcement.body = title, draft.body.strip()
    announcement.audience = draft.audience
    announcement.portal_audience = draft.portal_audience
    announcement.units = list(draft.units) if draft.audience == Audience.UNITS else []
    announcement.roles = list(draft.roles) if draft.audience == Audience.ROLES else []
    announcement.is_pinned = draft.is_pinned
    announcement.shown_since, announcement.shown_until = shown_since, draft.shown_until


def _refuse_nobody(draft: Draft) -> None:
    match draft.portal_audience:
        case PortalAudience.NOBODY if draft.audience == Audience.NOBODY:
            raise Refused(_("Choose somebody whom it is for."), field="audience")
        case PortalAudience.GRADES if not draft.targets:
            raise Refused(_("Choose at least one grade."), field="grades")
        case PortalAudience.BRANCHES if not draft.targets:
            raise Refused(_("Choose at least one channel."), field="branches")


def _tell_later(announcement: Announcement) -> None:
    from tenants.notices import jobs

    if announcement.told_at is None:
        at = max(announcement.shown_since, clock.now())
        enqueue(jobs.announce, run_at=at, announcement=announcement.public_id)


def _details(announcement: Announcement) -> dict[str, object]:
    targets = [unit.name for unit in announcement.units]
    targets += [role.name for role in announcement.roles]
    targets += [name for _id, name in the_outside().targets(announcement)]
    return {
        "title": announcement.title,
        "audience": announcement.audience,
        "portal_audience": announcement.portal_audience,
        "targets": targets,
    }

"""Fetch notices, announcements and reminders with the right to them."""

from kit.errors import Forbidden, Missing
from tenants.accounts.kinds import RecordKind, kinds
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.notices import queries
from tenants.notices.kinds import Kind, find_kind
from tenants.notices.models import Announcement, Notice, Reminder
from tenants.notices.queries.announcements import is_for
from tenants.notices.services.reminders import may_change


def notice(public_id: str, person: User) -> Notice:
    """Return one's own notice; Forbidden for anybody else's."""
    found = queries.find_notice(public_id)
    if found is None or not found.in_inbox:
        raise Missing(public_id)
    if found.user_id != person.id:
        raise Forbidden(public_id)
    return found


def kind(code: str) -> Kind:
    """Return a kind of notice; Missing when there is none."""
    found = find_kind(code)
    if found is None:
        raise Missing(code)
    return found


def announcement(public_id: str, person: User) -> Announcement:
    """Return an announcement; Forbidden for who it is not for, unless he makes them himself."""
    found = queries.find_announcement(public_id)
    if found is None:
        raise Missing(public_id)
    if not person.can(Permission.Notice.ANNOUNCE) and not is_for(found, person):
        raise Forbidden(public_id)
    return found


def reminder(public_id: str, person: User) -> Reminder:
    """Return a reminder of one's own, or one that one gave; Forbidden for others."""
    found = queries.find_reminder(public_id)
    if found is None:
        raise Missing(public_id)
    if not may_change(found, person):
        raise Forbidden(public_id)
    return found


def record(public_id: str, person: User) -> tuple[RecordKind, str]:
    """Return the kind and the name of a record that a person may see; Missing else."""
    for one in kinds():
        name = one.name_for(public_id, person) if one.carries else None
        if name is not None:
            return one, name
    raise Missing(public_id)

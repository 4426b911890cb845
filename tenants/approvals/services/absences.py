"""Absences: who decides for a person meanwhile."""

from datetime import date

from sqlalchemy import or_, select

from kit import audit, clock
from kit.db import lock_row, lock_rows, session, transaction
from kit.errors import Forbidden, Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.approvals import events
from tenants.approvals.models import Absence


def add_absence(
    person: User, *, substitute: User, first_on: date, last_on: date, by: User
) -> Absence:
    """Let a substitute decide for a person on some days; the same days again change nothing.

    Refuses days that are over or overlap, and a substitute who could not decide or is away then.
    """
    if substitute.id == person.id:
        raise Refused(_("Choose somebody else than yourself."), field="substitute")
    if last_on < first_on:
        raise Refused(_("The last day is before the first."), field="last_on")
    if last_on < clock.today():
        raise Refused(_("These days are over."), field="last_on")
    with transaction() as work:
        # Both are locked, in key order: two who name each other at once must not both be away.
        lock_rows(User, [person.id, substitute.id])
        if not substitute.can(Permission.Approval.VIEW):
            raise Refused(
                _("%(name)s may not open approvals.", name=substitute.name), field="substitute"
            )
        others = work.scalars(
            select(Absence).where(
                Absence.ended_at.is_(None),
                Absence.first_on <= last_on,
                Absence.last_on >= first_on,
                or_(Absence.user_id == person.id, Absence.user_id == substitute.id),
            )
        ).all()
        for one in others:
            if one.user_id == substitute.id:
                raise Refused(
                    _("%(name)s is away then, too.", name=substitute.name), field="substitute"
                )
            if (one.substitute_id, one.first_on, one.last_on) == (
                substitute.id,
                first_on,
                last_on,
            ):
                return one
            raise Refused(_("You have an absence on these days already."), field="first_on")
        if _stands_in(person, first_on, last_on):
            raise Refused(
                _("You decide for somebody else on some of these days; settle that first."),
                field="first_on",
            )
        absence = Absence(user=person, substitute=substitute, first_on=first_on, last_on=last_on)
        work.add(absence)
        work.flush()
        audit.record(
            events.ABSENCE_ADDED,
            absence,
            by=by,
            person=person.name,
            substitute=substitute.name,
            first_on=first_on.isoformat(),
            last_on=last_on.isoformat(),
        )
        return absence


def end_absence(absence: Absence, *, by: User) -> None:
    """Take back an absence, from this moment on; a second time does nothing."""
    with transaction():
        absence = lock_row(absence)
        if absence.user_id != by.id:
            raise Forbidden(absence.public_id)
        if absence.ended_at is not None:
            return
        absence.ended_at = clock.now()
        audit.record(
            events.ABSENCE_ENDED,
            absence,
            by=by,
            person=absence.user.name,
            substitute=absence.substitute.name,
        )


def _stands_in(person: User, first_on: date, last_on: date) -> bool:
    return (
        session().scalar(
            select(Absence.id)
            .where(
                Absence.substitute_id == person.id,
                Absence.ended_at.is_(None),
                Absence.first_on <= last_on,
                Absence.last_on >= first_on,
            )
            .limit(1)
        )
        is not None
    )

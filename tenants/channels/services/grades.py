"""Grades: add, change, delete."""

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from kit import audit
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.channels.models import Channel, Grade

ADDED = audit.Event.named("grade:added", "name", "rank")
EDITED = audit.Event.named("grade:edited", "name", "rank")
DELETED = audit.Event.named("grade:deleted", "name")


def _lock(grade: Grade) -> Grade:
    return (
        session()
        .scalars(
            select(Grade)
            .where(Grade.id == grade.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )


def _save(grade: Grade) -> None:
    try:
        with session().begin_nested():
            session().add(grade)
            session().flush()
    except IntegrityError:
        raise Refused(_("A grade with this name exists already."), field="name") from None


def add_grade(*, name: str, rank: int, by: audit.Actor) -> Grade:
    """Add a grade; rank 1 is the highest. Refuses a name that is taken."""
    with transaction():
        grade = Grade(name=name, rank=rank)
        _save(grade)
        audit.record(ADDED, grade, by=by, name=name, rank=rank)
        return grade


def edit_grade(
    grade: Grade, *, version: int | None, name: str, rank: int, by: audit.Actor
) -> Grade:
    """Rename or re-rank a grade; refuses a stale version and a name that is taken."""
    with transaction():
        grade = _lock(grade)
        refuse_stale(grade, version)
        grade.name = name
        grade.rank = rank
        grade.version += 1
        _save(grade)
        audit.record(EDITED, grade, by=by, name=name, rank=rank)
        return grade


def delete_grade(grade: Grade, *, by: audit.Actor) -> None:
    """Delete a grade; refuses one that a channel has or a rate is set for."""
    with transaction() as current:
        grade = _lock(grade)
        if current.scalar(select(exists().where(Channel.grade_id == grade.id))):
            raise Refused(_("Channels still have the grade %(name)s.", name=grade.name))
        audit.record(DELETED, grade, by=by, name=grade.name)
        try:
            with current.begin_nested():
                current.delete(grade)
                current.flush()
        except IntegrityError:
            raise Refused(
                _("Rates are still set for the grade %(name)s.", name=grade.name)
            ) from None

"""Masked personal fields: shown or called for a reason, logged, and so many a day at most."""

from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from kit import audit, clock, ids, personal
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import timezone
from kit.jobs import enqueue
from tenants.accounts import events, jobs
from tenants.accounts.kinds import PHONE, RecordKind
from tenants.accounts.models import (
    Purpose,
    Reveal,
    RevealTask,
    RevealWay,
    Role,
    User,
    UserSession,
)
from tenants.accounts.scopes import roles_giving
from tenants.accounts.services import throttles
from tenants.accounts.services.people import locked_user

TASK_FOR = timedelta(hours=8)
LONGEST_REASON = 200
MOST_A_DAY = 10_000
_ALERTS = (throttles.Limit(1, timedelta(hours=12)),)


class Given(NamedTuple):
    """Why somebody wants to see a field: one of a short list, and his own words."""

    purpose: Purpose
    reason: str = ""


def reveal(kind: RecordKind, row: Any, field: str, *, why: Given, way: RevealWay, by: User) -> str:
    """Return one masked field in full; log who had it, of which record, why and from where.

    Refused without a reason and above the daily ceiling of the person's roles, of which the
    administrators are told.
    """
    if field not in kind.shield.fields or (way == RevealWay.CALLED and field != PHONE):
        raise Refused(_("This field is not hidden."))
    why = checked(why)
    with transaction(even_read_only=True) as work:
        # Everything below waits for this lock: eight at once count to eight.
        by = locked_user(by)
        most = ceiling(by, kind)
        is_over = revealed_today(by) >= most
        if is_over:
            _tell(by, kind, row, field, most)
        else:
            work.add(
                Reveal(
                    user_id=by.id,
                    kind=kind.code,
                    record_id=row.public_id,
                    record_name=kind.called(row),
                    field=field,
                    way=way,
                    purpose=why.purpose,
                    reason=why.reason,
                    ip_address=by.address,
                )
            )
            audit.record(
                events.REVEALED,
                row,
                by=by,
                field=field,
                way=way.value,
                purpose=why.purpose.value,
                reason=why.reason,
            )
            value = kind.value(row, field)
    if is_over:
        raise Refused(
            _(
                "You have reached your limit of %(most)s reveals for today. The administrators "
                "have been told; ask one of them if you need more.",
                most=most,
            )
        )
    return value


def checked(why: Given) -> Given:
    """Return a reason in its normal form; refuses “other” without words of one's own."""
    reason = personal.plain(why.reason)[:LONGEST_REASON]
    if why.purpose == Purpose.OTHER and len(reason) < 2:
        raise Refused(_("Say why you need to see it."), field="reason")
    return Given(why.purpose, reason)


def ceiling(person: User, kind: RecordKind) -> int:
    """Return how many fields a person may reveal a day: what the most generous role allows."""
    return max((role.reveals_a_day for role in roles_giving(person, kind.shield.reveal)), default=0)


def revealed_today(person: User) -> int:
    """Return how many fields a person has had revealed since midnight in the workspace."""
    start = datetime.combine(clock.today(), time.min, timezone())
    return (
        session().scalar(
            select(func.count()).where(Reveal.user_id == person.id, Reveal.created_at >= start)
        )
        or 0
    )


def _tell(by: User, kind: RecordKind, row: Any, field: str, most: int) -> None:
    """Log a refusal, and mail the administrators once for all of a day's."""
    audit.record(events.REVEAL_REFUSED, row, by=by, field=field, most=most)
    told = throttles.locked(f"reveals:{by.public_id}")
    if not throttles.is_full(told, _ALERTS):
        throttles.count(told, _ALERTS)
        enqueue(jobs.send_reveal_alert, user=by.public_id, record=kind.called(row), most=most)


def begin_task(found: UserSession, *, why: Given, by: User) -> None:
    """Let a log-in see fields of its own records by one tap, under one reason, for eight hours.

    It ends with the log-in. A new reason takes the place of the one before.
    """
    why = checked(why)
    session_id = found.id
    values = {
        "purpose": why.purpose.value,
        "reason": why.reason,
        "expires_at": clock.now() + TASK_FOR,
    }
    with transaction(even_read_only=True) as work:
        work.execute(
            insert(RevealTask)
            .values(public_id=ids.new(), created_at=clock.now(), session_id=session_id, **values)
            .on_conflict_do_update(index_elements=["session_id"], set_=values)
        )
        audit.record(
            events.REVEAL_TASK_BEGUN, by, by=by, purpose=why.purpose.value, reason=why.reason
        )


def end_task(found: UserSession, *, by: User) -> None:
    """Have every reveal of a log-in ask for its reason again."""
    session_id = found.id
    with transaction(even_read_only=True) as work:
        work.execute(
            delete(RevealTask)
            .where(RevealTask.session_id == session_id)
            .execution_options(synchronize_session=False)
        )
        audit.record(events.REVEAL_TASK_ENDED, by, by=by)


def set_ceiling(role: Role, *, version: int, most: int, by: audit.Actor) -> None:
    """Set how many fields whoever holds a role may reveal a day; also the administrator's."""
    if not 0 <= most <= MOST_A_DAY:
        raise Refused(_("Between 0 and %(most)s a day.", most=MOST_A_DAY), field="most")
    with transaction() as work:
        role = work.get_one(Role, role.id, with_for_update=True, populate_existing=True)
        refuse_stale(role, version)
        before = role.reveals_a_day
        role.reveals_a_day = most
        role.version += 1
        audit.record(events.CEILING_SET, role, by=by, name=role.name, before=before, after=most)

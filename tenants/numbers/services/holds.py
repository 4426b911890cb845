"""Holds: a number kept for an owner until an expiry."""

from datetime import datetime, timedelta

from sqlalchemy import select

from kit import audit, clock
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.numbers import events
from tenants.numbers.models import Number, NumberState
from tenants.numbers.msisdn import shown
from tenants.numbers.services.locks import is_held, lock_number, move_number

LONGEST_HOLD = 7 * 24 * 60
_BATCH = 500


def hold_number(number: Number, *, owner: str, minutes: int, by: audit.Actor) -> Number:
    """Keep a number for an owner; the same owner's hold is prolonged.

    Refuses a number that someone else holds or has, and a time beyond a week.
    """
    if not 1 <= minutes <= LONGEST_HOLD:
        raise Refused(_("A hold lasts between one minute and a week."), field="minutes")
    with transaction():
        number = lock_number(number)
        if is_held(number) and number.reserved_by != owner:
            raise Refused(
                _(
                    "Somebody else has just picked %(number)s. Please choose another one.",
                    number=shown(number.msisdn),
                )
            )
        move_number(number, NumberState.RESERVED)
        number.reserved_by = owner
        number.reserved_until = clock.now() + timedelta(minutes=minutes)
        audit.record(events.HELD, number, by=by, owner=owner, until=_iso(number.reserved_until))
        return number


def release_hold(number: Number, *, owner: str | None, by: audit.Actor) -> bool:
    """Give a held number back; False when the owner holds it no more.

    Without an owner any hold is released: that is the back office's right.
    """
    with transaction():
        number = lock_number(number)
        if number.state != NumberState.RESERVED or owner not in {None, number.reserved_by}:
            return False
        _give_back(number, events.RELEASED, by)
        return True


def expire_holds() -> int:
    """Give back every number whose hold is over; return how many."""
    count = 0
    while True:
        with transaction() as session:
            # What somebody is allocating at this moment is theirs to decide.
            due = session.scalars(
                select(Number)
                .where(Number.state == NumberState.RESERVED, Number.reserved_until <= clock.now())
                .order_by(Number.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            ).all()
            for number in due:
                _give_back(number, events.HOLD_EXPIRED, audit.SYSTEM)
            count += len(due)
        if len(due) < _BATCH:
            return count


def _give_back(number: Number, event: audit.Event, by: audit.Actor) -> None:
    owner = number.reserved_by
    move_number(number, NumberState.AVAILABLE)
    audit.record(event, number, by=by, owner=owner)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")

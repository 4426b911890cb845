"""The life of a number after the hold: allocated, in service, resting; blocked and back."""

from datetime import timedelta

from sqlalchemy import select

from kit import audit, clock
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import format_datetime
from kit.i18n import gettext as _
from tenants.numbers import events
from tenants.numbers.models import Number, NumberState
from tenants.numbers.msisdn import shown
from tenants.numbers.parameters import AGING_DAYS
from tenants.numbers.services.locks import is_held, lock_number, move_number

_BATCH = 500


def allocate_number(number: Number, *, item_id: str, owner: str | None, by: audit.Actor) -> Number:
    """Bind an available number, or one that the owner holds, to an order item.

    Refuses a number that someone else holds or has, and an item that has another number. The
    same number for the same item once more changes nothing.
    """
    with transaction():
        number = lock_number(number)
        if number.item_id == item_id and number.state == NumberState.ALLOCATED:
            return number
        if is_held(number) and (owner is None or number.reserved_by != owner):
            raise Refused(
                _(
                    "%(number)s is held by somebody else. Please choose another one.",
                    number=shown(number.msisdn),
                ),
                field="number",
            )
        other = session().scalars(select(Number.msisdn).where(Number.item_id == item_id)).first()
        if other is not None:
            raise Refused(
                _("This order item already has the number %(number)s.", number=shown(other)),
                field="number",
            )
        move_number(number, NumberState.ALLOCATED)
        number.item_id = item_id
        audit.record(events.ALLOCATED, number, by=by, item_id=item_id)
        return number


def free_number(number: Number, *, by: audit.Actor) -> Number:
    """Give an allocated number back to stock, as when its order is cancelled."""
    with transaction():
        number = lock_number(number)
        if number.state != NumberState.ALLOCATED:
            raise Refused(
                _("%(number)s is not allocated to an order.", number=shown(number.msisdn))
            )
        item_id, number.item_id = number.item_id, None
        move_number(number, NumberState.AVAILABLE)
        audit.record(events.FREED, number, by=by, item_id=item_id)
        return number


def put_in_service(number: Number, *, by: audit.Actor) -> Number:
    """Note that an allocated number works now."""
    with transaction():
        number = lock_number(number)
        move_number(number, NumberState.IN_SERVICE)
        audit.record(events.IN_SERVICE, number, by=by, item_id=number.item_id)
        return number


def suspend_number(number: Number, *, reason: str, by: audit.Actor) -> Number:
    """Note that a number in service was suspended."""
    with transaction():
        number = lock_number(number)
        move_number(number, NumberState.SUSPENDED)
        audit.record(events.SUSPENDED, number, by=by, reason=reason)
        return number


def resume_number(number: Number, *, by: audit.Actor) -> Number:
    """Note that a suspended number works again."""
    with transaction():
        number = lock_number(number)
        if number.state != NumberState.SUSPENDED:
            raise Refused(_("%(number)s is not suspended.", number=shown(number.msisdn)))
        move_number(number, NumberState.IN_SERVICE)
        audit.record(events.RESUMED, number, by=by)
        return number


def retire_number(number: Number, *, by: audit.Actor) -> Number:
    """Take a number out of service; it rests before anyone gets it again."""
    with transaction():
        number = lock_number(number)
        move_number(number, NumberState.AGING)
        item_id, number.item_id = number.item_id, None
        audit.record(events.RETIRED, number, by=by, item_id=item_id)
        return number


def recycle_numbers(*, days: int | None = None) -> int:
    """Return every number that has rested long enough to stock; return how many."""
    count, days = 0, AGING_DAYS.value() if days is None else days
    while True:
        with transaction() as current:
            rested = current.scalars(
                select(Number)
                .where(
                    Number.state == NumberState.AGING,
                    Number.changed_at <= clock.now() - timedelta(days=days),
                )
                .order_by(Number.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            ).all()
            for number in rested:
                move_number(number, NumberState.AVAILABLE)
                audit.record(events.RECYCLED, number, by=audit.SYSTEM)
            count += len(rested)
        if len(rested) < _BATCH:
            return count


def block_number(number: Number, *, reason: str, by: audit.Actor) -> Number:
    """Keep a number from being sold; refuses one that is held or somebody's."""
    with transaction():
        number = lock_number(number)
        if is_held(number):
            raise Refused(
                _(
                    "%(number)s is held until %(time)s; release the hold first.",
                    number=shown(number.msisdn),
                    time=_clock_time(number),
                )
            )
        move_number(number, NumberState.BLOCKED)
        audit.record(events.BLOCKED, number, by=by, reason=reason)
        return number


def unblock_number(number: Number, *, by: audit.Actor) -> Number:
    """Put a blocked number back on sale."""
    with transaction():
        number = lock_number(number)
        if number.state != NumberState.BLOCKED:
            raise Refused(_("%(number)s is not blocked.", number=shown(number.msisdn)))
        move_number(number, NumberState.AVAILABLE)
        audit.record(events.UNBLOCKED, number, by=by)
        return number


def _clock_time(number: Number) -> str:
    assert number.reserved_until is not None
    return format_datetime(number.reserved_until)

"""Numbers in stock by the thousand: what is known of them corrected, or all taken out again."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from kit import audit
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.numbers import events
from tenants.numbers.models import Number, NumberPool, NumberState, SimCard
from tenants.numbers.msisdn import shown
from tenants.numbers.services.intake import among
from tenants.numbers.services.locks import lock_numbers

CORRECTABLE = ("province", "city", "number_class", "extra_amount", "minimum_spend")


def numbers_by_msisdn(msisdns: Sequence[str]) -> dict[str, int]:
    """Return the ids of numbers that are in stock."""
    found = session().execute(select(Number.msisdn, Number.id).where(among(Number.msisdn, msisdns)))
    return {msisdn: number for msisdn, number in found}  # noqa: C416 - rows, not pairs


def correction_problems(numbers: Collection[int]) -> dict[int, str]:
    """Return a sentence for each number, by id, that cannot be corrected now."""
    return _engaged(session().scalars(select(Number).where(Number.id.in_(numbers))).all())


def _engaged(numbers: Sequence[Number]) -> dict[int, str]:
    return {
        one.id: _("%(number)s is not available any more.", number=shown(one.msisdn))
        for one in numbers
        if one.state != NumberState.AVAILABLE
    }


def correct_numbers(changed: Mapping[int, Mapping[str, Any]], *, by: audit.Actor) -> int:
    """Write home, class and fees into available numbers, all or none; return how many."""
    with transaction():
        numbers = lock_numbers(sorted(changed))
        problems = _engaged(numbers)
        if problems:
            raise Refused(next(iter(problems.values())))
        pools: dict[int, int] = {}
        for number in numbers:
            for name in CORRECTABLE:
                if name in changed[number.id]:
                    setattr(number, name, changed[number.id][name])
            number.is_home_guessed = False
            pools[number.pool_id] = pools.get(number.pool_id, 0) + 1
        _record(events.POOL_CORRECTED, pools, by)
        return len(numbers)


def withdraw_numbers(ids: Sequence[int], *, by: audit.Actor) -> dict[int, str]:
    """Take numbers out of stock with which nothing was done; a sentence for each that stays."""
    with transaction() as work:
        numbers = {number.id: number for number in lock_numbers(ids)}
        paired = set(work.scalars(select(SimCard.number_id).where(SimCard.number_id.in_(ids))))
        kept: dict[int, str] = {}
        pools: dict[int, int] = {}
        for one in ids:
            number = numbers.get(one)
            if number is None:
                kept[one] = _("The number is not in stock any more.")
            elif _was_used(number) or one in paired:
                kept[one] = _("%(number)s has been used since.", number=shown(number.msisdn))
            else:
                pools[number.pool_id] = pools.get(number.pool_id, 0) + 1
        gone = [one for one in ids if one not in kept]
        work.execute(delete(Number).where(Number.id.in_(gone)))
        for number in numbers.values():
            if number.id not in kept:
                work.expunge(number)
        _record(events.POOL_WITHDRAWN, pools, by)
        return kept


def _was_used(number: Number) -> bool:
    return (
        number.state != NumberState.AVAILABLE
        or number.channel_id is not None
        or number.changed_at != number.created_at
    )


def _record(event: audit.Event, pools: Mapping[int, int], by: audit.Actor) -> None:
    for pool_id, count in sorted(pools.items()):
        audit.record(event, session().get_one(NumberPool, pool_id), by=by, count=count)

"""The only place that locks numbers and cards, and that changes their state."""

from collections.abc import Sequence

from kit import clock
from kit.db import lock_rows
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.numbers.labels import CARD_STATES, NUMBER_STATES
from tenants.numbers.models import CardState, Number, NumberState, SimCard
from tenants.numbers.msisdn import shown
from tenants.numbers.states import can_move_card, can_move_number


def lock_number(number: Number) -> Number:
    """Return a number as it is now, locked until the transaction ends."""
    return lock_numbers([number.id])[0]


def lock_numbers(ids: Sequence[int]) -> list[Number]:
    """Return numbers as they are now, locked in key order."""
    return lock_rows(Number, ids)


def lock_card(card: SimCard) -> SimCard:
    """Return a SIM card as it is now, locked until the transaction ends."""
    return lock_cards([card.id])[0]


def lock_cards(ids: Sequence[int]) -> list[SimCard]:
    """Return SIM cards as they are now, locked in key order."""
    return lock_rows(SimCard, ids)


def is_held(number: Number) -> bool:
    """Tell whether a hold of a number still runs; an expired one counts as available."""
    return (
        number.state == NumberState.RESERVED
        and number.reserved_until is not None
        and number.reserved_until > clock.now()
    )


def move_number(number: Number, after: NumberState) -> None:
    """Change a locked number's state, or refuse with what it is now.

    A hold ends with the state it belongs to.
    """
    if not can_move_number(number.state, after):
        raise Refused(
            _(
                "%(number)s is %(state)s; this cannot be done now.",
                number=shown(number.msisdn),
                state=NUMBER_STATES[NumberState(number.state)],
            )
        )
    number.state = after
    if after != NumberState.RESERVED:
        number.reserved_by = None
        number.reserved_until = None
    number.changed_at = clock.now()


def move_card(card: SimCard, after: CardState) -> None:
    """Change a locked SIM card's state, or refuse with what it is now."""
    if not can_move_card(card.state, after):
        raise Refused(
            _(
                "The card %(iccid)s is %(state)s; this cannot be done now.",
                iccid=card.iccid,
                state=CARD_STATES[CardState(card.state)],
            )
        )
    card.state = after
    card.changed_at = clock.now()

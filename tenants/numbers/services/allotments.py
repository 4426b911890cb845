"""Stock dealt to channels, and taken back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, update

from kit import audit, clock
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.channels.models import Channel, ChannelState
from tenants.numbers import events
from tenants.numbers.labels import CARD_STATES, NUMBER_STATES
from tenants.numbers.models import (
    Allotment,
    CardState,
    Number,
    NumberState,
    SimCard,
    StockKind,
)
from tenants.numbers.msisdn import shown
from tenants.numbers.queries.filters import CardFilter, NumberFilter
from tenants.numbers.services.locks import lock_cards, lock_numbers
from tenants.numbers.states import ALLOTTABLE_CARDS, ALLOTTABLE_NUMBERS


def allot_numbers(
    *,
    channel: Channel | None,
    numbers: Sequence[Number] | None = None,
    among: NumberFilter | None = None,
    count: int | None = None,
    left: dict[str, str] | None = None,
    by: audit.Actor,
) -> Allotment:
    """Deal chosen numbers, or those that a filter finds, to a channel; None takes them back.

    With `left`, a chosen number that cannot be allotted stops nothing: it is put there, by public
    id, with the reason.

    `count` takes that many of what the filter finds, the oldest first. Refuses a frozen channel,
    a chosen number that somebody has, and fewer matches than asked for.
    """
    with transaction():
        refuse_idle(channel)
        if numbers is not None:
            locked = lock_numbers([number.id for number in numbers])
            for number in locked:
                if number.state not in ALLOTTABLE_NUMBERS:
                    reason = _(
                        "%(number)s is %(state)s and cannot be allotted.",
                        number=shown(number.msisdn),
                        state=NUMBER_STATES[NumberState(number.state)],
                    )
                    _leave(number, reason, left)
                    continue
                number.channel_id = channel.id if channel else None
                number.changed_at = clock.now()
                audit.record(
                    events.NUMBER_ALLOTTED, number, by=by, channel=channel.name if channel else ""
                )
            criteria, dealt = _("chosen one by one"), len(locked) - len(left or ())
        else:
            wanted = among or NumberFilter()
            _refuse_everything(wanted.asks_nothing and count is None)
            matching = (
                select(Number.id)
                .where(*wanted.conditions(), Number.state.in_(ALLOTTABLE_NUMBERS))
                .where(Number.channel_id.is_distinct_from(channel.id if channel else None))
            )
            criteria, dealt = wanted.in_words(), _deal(Number, matching, channel, count)
        return _note(StockKind.NUMBER, channel, dealt, criteria, by)


def allot_cards(
    *,
    channel: Channel | None,
    cards: Sequence[SimCard] | None = None,
    among: CardFilter | None = None,
    count: int | None = None,
    left: dict[str, str] | None = None,
    by: audit.Actor,
) -> Allotment:
    """Deal chosen SIM cards, or those that a filter finds, to a channel; None takes them back.

    With `left`, a chosen card that cannot be allotted stops nothing, as with numbers.

    Refuses a frozen channel, a chosen card that is not in stock, and fewer matches than asked for.
    """
    with transaction():
        refuse_idle(channel)
        if cards is not None:
            locked = lock_cards([card.id for card in cards])
            for card in locked:
                if card.state not in ALLOTTABLE_CARDS:
                    reason = _(
                        "The card %(iccid)s is %(state)s and cannot be allotted.",
                        iccid=card.iccid,
                        state=CARD_STATES[CardState(card.state)],
                    )
                    _leave(card, reason, left)
                    continue
                card.channel_id = channel.id if channel else None
                card.changed_at = clock.now()
                audit.record(
                    events.CARD_ALLOTTED, card, by=by, channel=channel.name if channel else ""
                )
            criteria, dealt = _("chosen one by one"), len(locked) - len(left or ())
        else:
            wanted = among or CardFilter()
            _refuse_everything(wanted.asks_nothing and count is None)
            matching = (
                select(SimCard.id)
                .where(*wanted.conditions(), SimCard.state.in_(ALLOTTABLE_CARDS))
                .where(SimCard.channel_id.is_distinct_from(channel.id if channel else None))
            )
            criteria, dealt = wanted.in_words(), _deal(SimCard, matching, channel, count)
        return _note(StockKind.CARD, channel, dealt, criteria, by)


def _leave(row: Number | SimCard, reason: str, left: dict[str, str] | None) -> None:
    if left is None:
        raise Refused(reason)
    left[row.public_id] = reason


def refuse_idle(channel: Channel | None) -> None:
    """Refuse a channel that gets no stock: one that is frozen or gone."""
    if channel is not None and (channel.deleted_at or channel.state == ChannelState.FROZEN):
        raise Refused(
            _("%(channel)s is frozen and gets no stock.", channel=channel.name), field="channel"
        )


def _refuse_everything(is_everything: bool) -> None:  # noqa: FBT001 - one plain answer
    if is_everything:
        raise Refused(_("Choose a condition, or say how many."))


def _deal(
    model: type[Number | SimCard],
    matching: Select[Any],
    channel: Channel | None,
    count: int | None,
) -> int:
    """Lock what matches in key order and hand it over in one statement."""
    locked = matching.order_by(model.id).limit(count).with_for_update().cte("locked")
    taken: int = (
        session()
        .execute(
            update(model)
            .where(model.id.in_(select(locked.c.id)))
            .values(channel_id=channel.id if channel else None, changed_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        .rowcount  # type: ignore[attr-defined]
    )
    session().expire_all()
    if taken == 0:
        raise Refused(_("Nothing that can be allotted matches."))
    if count is not None and taken < count:
        raise Refused(_("Only %(found)s match; nothing was allotted.", found=taken), field="count")
    return taken


def _note(
    kind: StockKind, channel: Channel | None, count: int, criteria: str, by: audit.Actor
) -> Allotment:
    allotment = Allotment(
        kind=kind,
        channel_id=channel.id if channel else None,
        count=count,
        criteria=criteria,
        actor_name=by.actor_name,
    )
    session().add(allotment)
    audit.record(
        events.ALLOTTED,
        allotment,
        by=by,
        kind=str(kind),
        channel=channel.name if channel else "",
        count=count,
    )
    return allotment

"""SIM cards by the thousand: their batches corrected, or all taken out of stock again."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select

from kit import audit
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.numbers import events
from tenants.numbers.models import CardState, SimCard
from tenants.numbers.services.intake import among
from tenants.numbers.services.locks import lock_cards

_FREE = (CardState.PLANNED, CardState.IN_STOCK)


def cards_by_iccid(iccids: Sequence[str]) -> dict[str, int]:
    """Return the ids of SIM cards that are there."""
    found = session().execute(select(SimCard.iccid, SimCard.id).where(among(SimCard.iccid, iccids)))
    return {iccid: card for iccid, card in found}  # noqa: C416 - rows, not pairs


def card_correction_problems(cards: Collection[int]) -> dict[int, str]:
    """Return a sentence for each card, by id, that cannot be corrected now."""
    return _engaged(session().scalars(select(SimCard).where(SimCard.id.in_(cards))).all())


def _engaged(cards: Sequence[SimCard]) -> dict[int, str]:
    return {
        one.id: _("The card %(iccid)s is not in stock any more.", iccid=one.iccid)
        for one in cards
        if one.state not in _FREE
    }


def correct_cards(batches: Mapping[int, str], *, by: audit.Actor) -> int:
    """Write the batch of cards that no order has, all or none; return how many."""
    with transaction():
        cards = lock_cards(sorted(batches))
        problems = _engaged(cards)
        if problems:
            raise Refused(next(iter(problems.values())))
        touched: dict[str, list[str]] = {}
        for card in cards:
            if card.batch != batches[card.id]:
                card.batch = batches[card.id]
                touched.setdefault(card.batch, []).append(card.public_id)
        for batch, public_ids in touched.items():
            audit.record_many(
                events.CARD_CORRECTED, SimCard.__name__, public_ids, by=by, batch=batch
            )
        return len(cards)


def withdraw_cards(ids: Sequence[int], *, by: audit.Actor) -> dict[int, str]:
    """Take cards out of stock with which nothing was done; a sentence for each that stays."""
    with transaction() as work:
        cards = {card.id: card for card in lock_cards(ids)}
        kept: dict[int, str] = {}
        gone: dict[str, list[str]] = {}
        for one in ids:
            card = cards.get(one)
            if card is None:
                kept[one] = _("The card is not in stock any more.")
            elif _was_used(card):
                kept[one] = _("The card %(iccid)s has been used since.", iccid=card.iccid)
            else:
                gone.setdefault(card.batch, []).append(card.public_id)
                work.expunge(card)
        work.execute(delete(SimCard).where(SimCard.id.in_([one for one in ids if one not in kept])))
        for batch, public_ids in gone.items():
            audit.record_many(
                events.CARD_WITHDRAWN, SimCard.__name__, public_ids, by=by, batch=batch
            )
        return kept


def _was_used(card: SimCard) -> bool:
    return (
        card.state not in _FREE or card.channel_id is not None or card.changed_at != card.created_at
    )

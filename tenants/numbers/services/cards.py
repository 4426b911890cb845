"""The life of a SIM card."""

from sqlalchemy import select

from kit import audit
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.numbers import events
from tenants.numbers.models import CardState, Number, SimCard
from tenants.numbers.msisdn import shown
from tenants.numbers.services.locks import lock_card, move_card


def allocate_card(card: SimCard, *, item_id: str, by: audit.Actor) -> SimCard:
    """Bind a SIM card in stock to an order item.

    Refuses a card that is another's, an item that has another card, and a pre-paired card whose
    number is not the item's. The same card for the same item once more changes nothing.
    """
    with transaction():
        card = lock_card(card)
        if card.item_id == item_id and card.state == CardState.ALLOCATED:
            return card
        other = session().scalars(select(SimCard.iccid).where(SimCard.item_id == item_id)).first()
        if other is not None:
            raise Refused(
                _("This order item already has the card %(iccid)s.", iccid=other), field="card"
            )
        if card.number_id is not None:
            _refuse_foreign_number(card, item_id)
        move_card(card, CardState.ALLOCATED)
        card.item_id = item_id
        audit.record(events.CARD_ALLOCATED, card, by=by, item_id=item_id)
        return card


def _refuse_foreign_number(card: SimCard, item_id: str) -> None:
    number = session().get_one(Number, card.number_id)
    if number.item_id != item_id:
        raise Refused(
            _(
                "The card %(iccid)s belongs to the number %(number)s, which is not this item's.",
                iccid=card.iccid,
                number=shown(number.msisdn),
            ),
            field="card",
        )


def receive_card(card: SimCard, *, by: audit.Actor) -> SimCard:
    """Note that a card on its way has arrived."""
    with transaction():
        card = lock_card(card)
        if card.state != CardState.PLANNED:
            raise Refused(_("The card %(iccid)s is not on its way.", iccid=card.iccid))
        move_card(card, CardState.IN_STOCK)
        audit.record(events.CARD_RECEIVED, card, by=by)
        return card


def free_card(card: SimCard, *, by: audit.Actor) -> SimCard:
    """Give an allocated SIM card back to stock."""
    with transaction():
        card = lock_card(card)
        if card.state != CardState.ALLOCATED:
            raise Refused(_("The card %(iccid)s is not allocated.", iccid=card.iccid))
        item_id, card.item_id = card.item_id, None
        move_card(card, CardState.IN_STOCK)
        audit.record(events.CARD_FREED, card, by=by, item_id=item_id)
        return card


def activate_card(card: SimCard, *, by: audit.Actor) -> SimCard:
    """Note that an allocated SIM card is in use."""
    with transaction():
        card = lock_card(card)
        move_card(card, CardState.ACTIVATED)
        audit.record(events.CARD_ACTIVATED, card, by=by, item_id=card.item_id)
        return card


def scrap_card(card: SimCard, *, reason: str, by: audit.Actor) -> SimCard:
    """Write a lost or broken SIM card off; refuses one that an order has."""
    with transaction():
        card = lock_card(card)
        if card.item_id is not None:
            raise Refused(
                _("The card %(iccid)s is allocated to an order; free it first.", iccid=card.iccid)
            )
        move_card(card, CardState.SCRAPPED)
        card.number_id = None
        audit.record(events.CARD_SCRAPPED, card, by=by, reason=reason)
        return card

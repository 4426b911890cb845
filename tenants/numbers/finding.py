"""Find numbers and SIM cards from everywhere."""

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.permissions import Permission
from tenants.numbers.labels import CARD_STATES, NUMBER_STATES
from tenants.numbers.models import CardState, Number, NumberState, SimCard
from tenants.numbers.queries.filters import contains

#: From how many digits on a number, and a card, is looked for.
_DIGITS, _CARD_DIGITS = 3, 6


def _digits(text: str) -> str:
    """Return the digits of what was typed; nothing when it holds anything but digits and gaps."""
    joined = text.replace(" ", "").replace("-", "")
    return joined if joined.isascii() and joined.isdigit() else ""


def _find_number(text: str, limit: int) -> Iterable[Found]:
    digits = _digits(text)
    if not _DIGITS <= len(digits) <= 11:
        return ()
    chosen = select(Number).where(contains(digits)).order_by(Number.id.desc()).limit(limit)
    return map(_number, session().scalars(chosen))


def _recall_numbers(keys: Collection[str]) -> Iterable[Found]:
    return map(_number, session().scalars(select(Number).where(Number.public_id.in_(keys))))


def _number(number: Number) -> Found:
    msisdn = number.msisdn
    return Found(
        number.public_id,
        f"{msisdn[:3]} {msisdn[3:7]} {msisdn[7:]}",
        url_for("numbers.show", public_id=number.public_id),
        str(NUMBER_STATES[NumberState(number.state)]),
    )


def _find_card(text: str, limit: int) -> Iterable[Found]:
    digits = _digits(text[:-1]) + text[-1:].upper()
    if not _CARD_DIGITS <= len(digits) <= 20:
        return ()
    begins = SimCard.iccid.startswith(digits, autoescape=True)
    chosen = select(SimCard).where(begins).order_by(SimCard.iccid).limit(limit)
    return map(_card, session().scalars(chosen))


def _recall_cards(keys: Collection[str]) -> Iterable[Found]:
    return map(_card, session().scalars(select(SimCard).where(SimCard.public_id.in_(keys))))


def _card(card: SimCard) -> Found:
    return Found(
        card.public_id,
        card.iccid,
        url_for("cards.show", public_id=card.public_id),
        str(CARD_STATES[CardState(card.state)]),
    )


NUMBER_FINDER = Finder(
    kind="number",
    label=_l("Numbers"),
    icon="device-sim",
    permission=Permission.Number.VIEW,
    find=_find_number,
    recall=_recall_numbers,
    endpoint="numbers.show",
)
CARD_FINDER = Finder(
    kind="card",
    label=_l("SIM cards"),
    icon="cpu",
    permission=Permission.Number.VIEW,
    find=_find_card,
    recall=_recall_cards,
    endpoint="cards.show",
)

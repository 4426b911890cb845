"""Numbers and SIM cards as kinds of records."""

from sqlalchemy import Select, select

from kit.i18n import lazy_gettext as _l
from tenants.accounts.kinds import RecordKind, register
from tenants.accounts.permissions import Permission
from tenants.numbers import access, labels, queries
from tenants.numbers.models import CardState, Number, NumberState, SimCard
from tenants.numbers.queries.filters import contains

#: From how many digits on a number, and a card, is looked for.
_DIGITS, _CARD_DIGITS = 3, 6


def _digits(text: str) -> str:
    """Return the digits of what was typed; nothing when it holds anything but digits and gaps."""
    joined = text.replace(" ", "").replace("-", "")
    return joined if joined.isascii() and joined.isdigit() else ""


def _matching_numbers(statement: Select[Number], text: str) -> Select[Number] | None:
    digits = _digits(text)
    if not _DIGITS <= len(digits) <= 11:
        return None
    return statement.where(contains(digits)).order_by(Number.id.desc())


def _show_number(number: Number) -> tuple[str, str]:
    msisdn = number.msisdn
    state = str(labels.NUMBER_STATES[NumberState(number.state)])
    return f"{msisdn[:3]} {msisdn[3:7]} {msisdn[7:]}", state


def _matching_cards(statement: Select[SimCard], text: str) -> Select[SimCard] | None:
    digits = _digits(text[:-1]) + text[-1:].upper()
    if not _CARD_DIGITS <= len(digits) <= 20:
        return None
    begins = SimCard.iccid.startswith(digits, autoescape=True)
    return statement.where(begins).order_by(SimCard.iccid)


NUMBER = register(
    RecordKind(
        code="number",
        label=_l("Numbers"),
        one=_l("Number"),
        icon="device-sim",
        model=Number,
        endpoint="numbers.show",
        view=Permission.Number.VIEW,
        edit=Permission.Number.EDIT,
        rows=lambda: select(Number),
        matching=_matching_numbers,
        show=_show_number,
        called=lambda number: number.msisdn,
        fetch=access.number,
        reached=lambda reach: queries.reached(reach, Number),
    )
)
CARD = register(
    RecordKind(
        code="card",
        label=_l("SIM cards"),
        one=_l("SIM card"),
        icon="cpu",
        model=SimCard,
        endpoint="cards.show",
        view=Permission.Number.VIEW,
        edit=Permission.Number.EDIT,
        rows=lambda: select(SimCard),
        matching=_matching_cards,
        show=lambda card: (card.iccid, str(labels.CARD_STATES[CardState(card.state)])),
        called=lambda card: card.iccid,
        fetch=access.card,
        reached=lambda reach: queries.reached(reach, SimCard),
    )
)

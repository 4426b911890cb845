"""SIM cards by the thousand; the page passes one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from kit import audit, clock, ids
from kit.db import session, transaction
from kit.i18n import gettext as _
from tenants.accounts.dictionary import Carrier
from tenants.numbers import events
from tenants.numbers.models import CardKind, CardState, Number, SimCard
from tenants.numbers.msisdn import normalise, normalise_iccid
from tenants.numbers.prefixes import iccid_carrier
from tenants.numbers.services.intake import among, in_chunks, insert_columns, refuse_rows


@dataclass(frozen=True, slots=True)
class NewCard:
    """A SIM card to take in; a pre-paired one has the number it belongs to."""

    iccid: str
    kind: CardKind = CardKind.BLANK
    carrier: Carrier | None = None
    batch: str = ""
    msisdn: str = ""
    state: CardState = CardState.IN_STOCK


@dataclass(frozen=True, slots=True)
class _Judged:
    problem: str = ""
    iccid: str = ""
    carrier: str = ""
    number_id: int | None = None


def card_problems(rows: Sequence[NewCard]) -> list[str]:
    """Return what is wrong with each row, "" where nothing is: the dry run of `add_cards`."""
    return [judged.problem for judged in _judge(rows)]


def add_cards(rows: Sequence[NewCard], *, by: audit.Actor) -> int:
    """Take SIM cards in, all or none; return how many.

    Raises RowsRefused with a sentence for every row that is no ICCID, is there already or twice,
    has no known carrier, or is paired with a number that is not in stock or has a card.
    """
    with transaction():
        judged = _judge(rows)
        refuse_rows([one.problem for one in judged])
        if not rows:
            return 0
        now = clock.now()
        made = insert_columns(
            SimCard.__table__,  # type: ignore[arg-type]
            {
                "public_id": [ids.new() for _row in rows],
                "iccid": [one.iccid for one in judged],
                "kind": [row.kind.value for row in rows],
                "carrier": [one.carrier for one in judged],
                "state": [row.state.value for row in rows],
                "batch": [row.batch for row in rows],
                "number_id": [str(one.number_id) if one.number_id else None for one in judged],
            },
            {"created_at": now, "changed_at": now},
        )
        if made != len(rows):
            # Somebody took the same cards in at this moment; now they can be named.
            refuse_rows(card_problems(rows))
        _record(judged, rows, by)
        return made


def _record(judged: Sequence[_Judged], rows: Sequence[NewCard], by: audit.Actor) -> None:
    """Write one audit row for each batch, on its first card."""
    firsts: dict[str, str] = {}
    for one, row in zip(judged, rows, strict=True):
        firsts.setdefault(row.batch, one.iccid)
    found = session().scalars(select(SimCard).where(among(SimCard.iccid, list(firsts.values()))))
    for card in found:
        audit.record(events.CARD_ADDED, card, by=by, batch=card.batch)


def _judge(rows: Sequence[NewCard]) -> list[_Judged]:
    judged: list[_Judged] = []
    seen: set[str] = set()
    paired: set[int] = set()
    for part in in_chunks(rows):
        iccids = [_normal(row.iccid) for row in part]
        there = set(session().scalars(select(SimCard.iccid).where(among(SimCard.iccid, iccids))))
        numbers, taken = _numbers(part)
        paired |= taken
        for row, iccid in zip(part, iccids, strict=True):
            if iccid and iccid in seen:
                one = _Judged(_("The card %(iccid)s is there twice.", iccid=iccid))
            elif not iccid or iccid in there:
                one = _Judged(_misnamed(row, iccid))
            else:
                one = _with_number(row, iccid, numbers, paired)
            seen.add(iccid)
            judged.append(one)
    return judged


def _normal(text: str) -> str:
    try:
        return normalise_iccid(text)
    except ValueError:
        return ""


def _misnamed(row: NewCard, iccid: str) -> str:
    if not iccid:
        return str(_("“%(text)s” is not an ICCID of 19 or 20 characters.", text=row.iccid))
    return str(_("The card %(iccid)s is in stock already.", iccid=iccid))


def _with_number(row: NewCard, iccid: str, numbers: dict[str, int], paired: set[int]) -> _Judged:
    """Judge a card's carrier and the number it is paired with, and note that number as taken."""
    carrier = row.carrier or iccid_carrier(iccid)
    if carrier is None:
        return _Judged(_("The ICCID does not tell the carrier; name it."))
    if (row.kind == CardKind.PAIRED) != bool(row.msisdn):
        return _Judged(_("A pre-paired card, and no other, needs the number it belongs to."))
    if not row.msisdn:
        return _Judged(iccid=iccid, carrier=carrier)
    number_id = numbers.get(_number(row.msisdn))
    if number_id is None:
        return _Judged(_("The number %(number)s is not in stock.", number=row.msisdn))
    if number_id in paired:
        return _Judged(_("The number %(number)s has another card.", number=row.msisdn))
    paired.add(number_id)
    return _Judged(iccid=iccid, carrier=carrier, number_id=number_id)


def _number(text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        return ""


def _numbers(rows: Sequence[NewCard]) -> tuple[dict[str, int], set[int]]:
    """Return the stocked numbers that rows name, by number, and which of them have a card."""
    wanted = {_number(row.msisdn) for row in rows if row.msisdn} - {""}
    if not wanted:
        return {}, set()
    found = session().execute(
        select(Number.msisdn, Number.id, SimCard.id.label("card_id"))
        .join(SimCard, SimCard.number_id == Number.id, isouter=True)
        .where(among(Number.msisdn, sorted(wanted)))
    )
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for msisdn, number_id, card_id in found:
        numbers[msisdn] = number_id
        if card_id is not None:
            taken.add(number_id)
    return numbers, taken

"""Numbers and segments by the thousand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from control.billing.limits import Counted
from kit import audit, clock, ids
from kit.db import session, transaction
from kit.i18n import gettext as _
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.limits import refuse_beyond
from tenants.numbers import events, patterns, prefixes, queries
from tenants.numbers.models import Number, NumberPool, NumberState, Segment
from tenants.numbers.msisdn import IOT_LENGTH, bigrams, has_four, normalise, shown, tail
from tenants.numbers.services.intake import among, in_chunks, insert_columns, refuse_rows


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number to take in. What is left out comes from segments, prefixes and patterns."""

    msisdn: str
    carrier: Carrier | None = None
    province: str = ""
    city: str = ""
    number_class: patterns.NumberClass | None = None
    extra_amount: int = 0
    minimum_spend: int = 0


@dataclass(frozen=True, slots=True)
class _Home:
    carrier: str
    province: str
    city: str
    is_guessed: bool


def number_problems(rows: Sequence[NewNumber], *, pool: NumberPool) -> list[str]:
    """Return what is wrong with each row, "" where nothing is: the dry run of `add_numbers`."""
    return [problem for _place, problem, _home in _judge(rows, pool)]


def add_numbers(rows: Sequence[NewNumber], *, pool: NumberPool, by: audit.Actor) -> int:
    """Take numbers into a pool, all or none; return how many.

    Raises RowsRefused with a sentence for every row that is no number, is there already or twice,
    or is of another carrier than the pool.
    """
    with transaction():
        refuse_beyond(Counted.NUMBERS, queries.numbers_there, adding=len(rows))
        judged = list(_judge(rows, pool))
        refuse_rows([problem for _row, problem, _home in judged])
        made = _insert([(number, home) for number, _problem, home in judged], rows, pool)
        if made != len(rows):
            # Somebody took the same numbers in at this moment; now they can be named.
            refuse_rows(number_problems(rows, pool=pool))
        audit.record(events.POOL_STOCKED, pool, by=by, count=made)
        return made


def _judge(rows: Sequence[NewNumber], pool: NumberPool) -> Iterator[tuple[str, str, _Home | None]]:
    """Yield for each row its number in normal form, what is wrong with it, and its home."""
    seen: set[str] = set()
    for part in in_chunks(rows):
        numbers = [_normal(row.msisdn) for row in part]
        asked = [number for number in numbers if number]
        stocked = _stocked(asked)
        segments = _segments(asked)
        for row, number in zip(part, numbers, strict=True):
            if not number:
                yield "", _("“%(text)s” is not a number of 11 or 13 digits.", text=row.msisdn), None
            elif number in seen:
                yield number, _("%(number)s is there twice.", number=shown(number)), None
            elif number in stocked:
                yield number, _("%(number)s is in stock already.", number=shown(number)), None
            else:
                home = _home(row, number, segments, pool)
                yield number, _carrier_problem(number, home, pool), home
            seen.add(number)


def _normal(text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        return ""


def _stocked(numbers: list[str]) -> set[str]:
    return set(session().scalars(select(Number.msisdn).where(among(Number.msisdn, numbers))))


@dataclass(frozen=True, slots=True)
class _Segment:
    carrier: str
    province: str
    city: str


def _segments(numbers: list[str]) -> dict[str, _Segment]:
    """Return the workspace's segments that could cover any of the numbers."""
    wanted = {number[:length] for number in numbers for length in range(3, 10)}
    asked = select(Segment.prefix, Segment.carrier, Segment.province, Segment.city)
    return {
        prefix: _Segment(carrier, province, city)
        for part in in_chunks(sorted(wanted))
        for prefix, carrier, province, city in session().execute(
            asked.where(among(Segment.prefix, part))
        )
    }


def _home(row: NewNumber, number: str, segments: dict[str, _Segment], pool: NumberPool) -> _Home:
    covering = (segments.get(number[:length]) for length in range(9, 2, -1)) if segments else ()
    segment = next(filter(None, covering), None)
    if len(number) == IOT_LENGTH:
        province, city = "", ""
    elif segment is not None and not row.province:
        province, city = segment.province, segment.city
    else:
        province, city = row.province, row.city
    if row.carrier is not None:
        return _Home(row.carrier, province, city, is_guessed=False)
    if segment is not None:
        return _Home(segment.carrier, province, city, is_guessed=False)
    guess = prefixes.guess(number)
    return _Home(guess.carrier if guess else pool.carrier, province, city, is_guessed=True)


def _carrier_problem(number: str, home: _Home, pool: NumberPool) -> str:
    if home.carrier == pool.carrier:
        return ""
    sentence: str = _(
        "%(number)s is of %(carrier)s, the pool of %(pool)s."
        " Where the number was ported, name the carrier in its row.",
        number=shown(number),
        carrier=CARRIER_LABELS[Carrier(home.carrier)],
        pool=CARRIER_LABELS[Carrier(pool.carrier)],
    )
    return sentence


def _insert(
    judged: Sequence[tuple[str, _Home | None]], rows: Sequence[NewNumber], pool: NumberPool
) -> int:
    if not rows:
        return 0
    found = [patterns.pattern_of(number) for number, _home in judged]
    homes = [home for _number, home in judged if home is not None]
    now = clock.now()
    return insert_columns(
        Number.__table__,  # type: ignore[arg-type]
        {
            "public_id": [ids.new() for _row in rows],
            "msisdn": [number for number, _home in judged],
            "tail": [tail(number) for number, _home in judged],
            "bigrams": [",".join(bigrams(number)) for number, _home in judged],
            "has_four": ["t" if has_four(number) else "f" for number, _home in judged],
            "carrier": [home.carrier for home in homes],
            "province": [home.province for home in homes],
            "city": [home.city for home in homes],
            "is_home_guessed": ["t" if home.is_guessed else "f" for home in homes],
            "number_class": [
                row.number_class or patterns.class_of(pattern)
                for row, pattern in zip(rows, found, strict=True)
            ],
            "pattern": found,
            "extra_amount": [str(row.extra_amount) for row in rows],
            "minimum_spend": [str(row.minimum_spend) for row in rows],
        },
        {
            "created_at": now,
            "changed_at": now,
            "pool_id": pool.id,
            "state": NumberState.AVAILABLE.value,
        },
    )


@dataclass(frozen=True, slots=True)
class NewSegment:
    """A segment to take in."""

    prefix: str
    carrier: Carrier
    province: str
    city: str


def segment_problems(rows: Sequence[NewSegment]) -> list[str]:
    """Return what is wrong with each row, "" where nothing is: the dry run of `add_segments`."""
    problems = []
    seen: set[str] = set()
    for part in in_chunks(rows):
        there = set(
            session().scalars(
                select(Segment.prefix).where(among(Segment.prefix, [row.prefix for row in part]))
            )
        )
        for row in part:
            digits = row.prefix.isascii() and row.prefix.isdigit()
            if not digits or not 3 <= len(row.prefix) <= 9:
                problems.append(_("A segment is 3 to 9 digits."))
            elif row.prefix in seen:
                problems.append(_("The segment %(prefix)s is there twice.", prefix=row.prefix))
            elif row.prefix in there:
                problems.append(_("There is already a segment %(prefix)s.", prefix=row.prefix))
            else:
                problems.append("")
            seen.add(row.prefix)
    return problems


def add_segments(rows: Sequence[NewSegment], *, by: audit.Actor) -> int:
    """Take segments in, all or none; return how many. Raises RowsRefused."""
    with transaction():
        refuse_rows(segment_problems(rows))
        if not rows:
            return 0
        public_ids = [ids.new() for _row in rows]
        made = insert_columns(
            Segment.__table__,  # type: ignore[arg-type]
            {
                "public_id": public_ids,
                "prefix": [row.prefix for row in rows],
                "carrier": [row.carrier.value for row in rows],
                "province": [row.province for row in rows],
                "city": [row.city for row in rows],
            },
            {"created_at": clock.now()},
        )
        if made != len(rows):
            refuse_rows(segment_problems(rows))
        first = session().scalars(select(Segment).where(Segment.public_id == public_ids[0])).one()
        audit.record(events.SEGMENTS_ADDED, first, by=by, count=made)
        return made

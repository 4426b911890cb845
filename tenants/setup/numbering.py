"""Numbers of documents: prefix, part of the date, counter; `take` gives the next one.

A module says `FEEDBACK = numbering.declare(Kind("feedback", _l("Feedback"), Rule("FB", ...)))` and
its verb asks `numbering.take(FEEDBACK)` **last, right before it inserts**: from then until the
commit nobody else gets a number of that kind. Rolled back, the number is given to the next; numbers
without gaps are not promised. Set-based verbs take many at once.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import clock, ids
from kit.db import keep_alone, session
from kit.registry import Registry
from tenants.setup.models import Counter, DatePart, NumberingRule, Reset

_DATES = {DatePart.NONE: "", DatePart.YEAR: "%Y", DatePart.MONTH: "%Y%m", DatePart.DAY: "%Y%m%d"}
_PERIODS = {Reset.NEVER: "", Reset.YEAR: "%Y", Reset.MONTH: "%Y%m", Reset.DAY: "%Y%m%d"}
# A counter that begins again under the same date would give numbers twice.
FINE_ENOUGH = {
    Reset.NEVER: tuple(DatePart),
    Reset.YEAR: (DatePart.YEAR, DatePart.MONTH, DatePart.DAY),
    Reset.MONTH: (DatePart.MONTH, DatePart.DAY),
    Reset.DAY: (DatePart.DAY,),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """How numbers look: FB-202611-0001."""

    prefix: str
    date_part: DatePart = DatePart.MONTH
    width: int = 4
    reset: Reset = Reset.MONTH

    def period(self, day: date) -> str:
        """Return the period that a day belongs to; the counter begins again in each."""
        return day.strftime(_PERIODS[self.reset])

    def number(self, day: date, count: int) -> str:
        """Return the number of a day's document; a counter that outgrows its width is longer.

        The parts stand apart, so that no two rules of a kind make the same number of two counts.
        """
        parts = (self.prefix, day.strftime(_DATES[self.date_part]), f"{count:0{self.width}}")
        return "-".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document that has numbers, and our rule for them."""

    code: str
    label: object
    rule: Rule


_kinds: Registry[Kind] = Registry("kind of number")
declare, every_kind, find_kind = _kinds.add, _kinds.every, _kinds.find


def rule_of(kind: Kind) -> Rule:
    """Return the rule that holds for a kind: the workspace's, else ours."""
    row = (
        session()
        .scalars(select(NumberingRule).where(NumberingRule.kind == kind.code))
        .one_or_none()
    )
    return as_rule(row) if row is not None else kind.rule


def as_rule(row: NumberingRule) -> Rule:
    """Return a stored rule."""
    return Rule(row.prefix, DatePart(row.date_part), row.width, Reset(row.reset))


def preview(kind: Kind, rule: Rule | None = None) -> str:
    """Return the number that the next document would get under a rule; it takes none."""
    rule = rule or rule_of(kind)
    today = clock.today()
    counters = (
        session()
        .execute(select(Counter.period, Counter.last).where(Counter.kind == kind.code))
        .all()
    )
    if rule == rule_of(kind):
        last = max((row.last for row in counters if row.period == rule.period(today)), default=0)
    else:
        # As `carry_on` will have it.
        last = max((row.last for row in counters), default=0)
    return rule.number(today, last + 1)


def take(kind: Kind) -> str:
    """Return the next number of a kind, given to nobody else."""
    return take_many(kind, 1)[0]


def take_many(kind: Kind, count: int) -> list[str]:
    """Return the next numbers of a kind, given to nobody else, in one statement."""
    if count < 1:
        return []
    today = clock.today()
    lock(kind)
    rule = rule_of(kind)
    last = _advance(kind.code, rule.period(today), count)
    return [rule.number(today, one) for one in range(last - count + 1, last + 1)]


def lock(kind: Kind) -> None:
    """Keep others from a kind's numbers and its rule until the verb ends.

    The counter's own row would not do: a change of the rule may lead to another row.
    """
    keep_alone("numbering", kind.code)


def _advance(kind: str, period: str, count: int) -> int:
    """Move a counter on and return where it stands."""
    return (
        session()
        .execute(
            upsert(Counter)
            .values(
                public_id=ids.new(), created_at=clock.now(), kind=kind, period=period, last=count
            )
            .on_conflict_do_update(
                index_elements=[Counter.kind, Counter.period],
                set_={"last": Counter.last + count},
            )
            .returning(Counter.last)
        )
        .scalar_one()
    )


def carry_on(kind: Kind, rule: Rule) -> None:
    """Have a new rule's counter begin after every number that older rules have given."""
    known = session().scalars(select(Counter.last).where(Counter.kind == kind.code)).all()
    if not known:
        return
    session().execute(
        upsert(Counter)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            kind=kind.code,
            period=rule.period(clock.today()),
            last=max(known),
        )
        .on_conflict_do_update(
            index_elements=[Counter.kind, Counter.period], set_={"last": max(known)}
        )
    )

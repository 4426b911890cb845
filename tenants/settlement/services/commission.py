"""Commission of items: expected when an order is placed, earned when a milestone is met.

Level difference: a channel gets its own rate less its child's, the last of the chain its whole
rate, so that the lines of a milestone add up to the root's rate. Money is created only here, by
meeting a milestone, and taken back only here, by a reversal.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from kit import audit, clock
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.catalogue.models import Timing
from tenants.catalogue.rates import RateSnapshot
from tenants.channels.models import Channel
from tenants.settlement.models import (
    AccountCode,
    CommissionLine,
    Journal,
    JournalKind,
    LineState,
    Milestone,
    MilestoneState,
)
from tenants.settlement.services import ledger
from tenants.settlement.services.sets import any_of, dates, forget, numbers, public_ids, texts

FAILED = audit.Event.named("milestone:failed", "kind", "month", "reason", "lines")
UNDONE = audit.Event.named("milestone:undone", "kind", "month", "reason", "lines")
REVERSED = audit.Event.named("commission:reversed", "item", "reason", "lines")

_OPEN = (MilestoneState.WAITING, MilestoneState.UNKNOWN)
_EARNED = (LineState.PENDING, LineState.SETTLED)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What commission needs to know of an order's item: its chain, root first, and its rates."""

    item_id: str
    order_number: str
    product_name: str
    currency: str
    chain: tuple[int, ...]
    rates: tuple[RateSnapshot, ...]

    def refuse_if_wrong(self) -> None:
        """ValueError where a rate does not fit the chain, or a child's exceeds its parent's."""
        seen = {(rate.milestone, rate.month) for rate in self.rates}
        if len(seen) < len(self.rates) or len(set(self.chain)) < len(self.chain):
            raise ValueError(f"{self.item_id}: a milestone or a channel comes twice")
        for rate in self.rates:
            steps = [*rate.amounts, 0]
            if len(rate.amounts) != len(self.chain) or len(rate.sources) != len(self.chain):
                raise ValueError(f"{self.item_id}: {rate.milestone} does not fit the chain")
            if any(upper < lower for upper, lower in pairwise(steps)):
                raise ValueError(f"{self.item_id}: a child would get more than its parent")


@dataclass(frozen=True, slots=True)
class Met:
    """A milestone that has happened: when, and how one knows."""

    item_id: str
    kind: str
    month: int
    met_on: date
    evidence: dict[str, Any] = field(default_factory=dict)


class Outcome(StrEnum):
    """What came of meeting a milestone."""

    MET = "met"
    ALREADY_MET = "already_met"
    CLOSED = "closed"


def expect(facts: ItemFacts, *, by: audit.Actor) -> None:
    """Note what an item may earn: its milestones (waiting) and commission lines (expected)."""
    expect_all([facts], by=by)


def expect_all(facts: Sequence[ItemFacts], *, by: audit.Actor) -> None:
    """Note what many items may earn; an item that is known already keeps its first snapshot.

    Lines of nothing are kept too, so that everybody sees why. ValueError for a wrong snapshot.
    """
    del by  # The order's own audit row says who placed it; nothing is earned yet.
    for one in facts:
        one.refuse_if_wrong()
    with transaction() as session:
        fresh = _insert_milestones(session, facts)
        names = _channel_names(session, facts)
        _insert_lines(session, [one for one in facts if one.item_id in fresh], names)


def _insert_milestones(session: Session, facts: Sequence[ItemFacts]) -> set[str]:
    wanted = [(one.item_id, rate.milestone, rate.month) for one in facts for rate in one.rates]
    known = set(
        session.scalars(
            text("SELECT DISTINCT item_id FROM milestones WHERE item_id = ANY(:items)").bindparams(
                texts("items", [one.item_id for one in facts])
            )
        )
    )
    new = [one for one in wanted if one[0] not in known]
    return _add_milestones(session, new)


def _add_milestones(session: Session, wanted: Sequence[tuple[str, str, int]]) -> set[str]:
    if not wanted:
        return set()
    rows = session.execute(
        text("""
            INSERT INTO milestones (public_id, created_at, item_id, kind, month, state, evidence,
                                    reason)
            SELECT t.public_id, :now, t.item_id, t.kind, t.month, 'waiting', '{}', ''
            FROM unnest(:public_ids, :items, :kinds, :months)
                 AS t (public_id, item_id, kind, month)
            ON CONFLICT (item_id, kind, month) DO NOTHING
            RETURNING item_id
        """).bindparams(
            texts("public_ids", public_ids(len(wanted))),
            texts("items", [item_id for item_id, _kind, _month in wanted]),
            texts("kinds", [kind for _item, kind, _month in wanted]),
            numbers("months", [month for _item, _kind, month in wanted]),
        ),
        {"now": clock.now()},
    )
    return set(rows.scalars())


def _channel_names(session: Session, facts: Iterable[ItemFacts]) -> dict[int, str]:
    wanted = sorted({channel_id for one in facts for channel_id in one.chain})
    rows = session.execute(select(Channel.id, Channel.name).where(Channel.id == any_of(wanted)))
    return {row.id: row.name for row in rows}


def _insert_lines(session: Session, facts: Sequence[ItemFacts], names: dict[int, str]) -> None:
    rows: list[tuple[Any, ...]] = []
    for one in facts:
        for rate in one.rates:
            chain = [
                {"channel": channel_id, "name": names[channel_id], "rate": amount, "source": source}
                for channel_id, amount, source in zip(
                    one.chain, rate.amounts, rate.sources, strict=True
                )
            ]
            below = [*rate.amounts[1:], 0]
            rows += [
                (
                    one.item_id,
                    one.order_number,
                    one.product_name,
                    channel_id,
                    rate.milestone,
                    rate.month,
                    rate.timing,
                    rate.amounts[position] - below[position],
                    one.currency,
                    json.dumps({"position": position, "chain": chain}),
                )
                for position, channel_id in enumerate(one.chain)
            ]
    if not rows:
        return
    columns = list(zip(*rows, strict=True))
    session.execute(
        text("""
            INSERT INTO commission_lines (public_id, created_at, item_id, order_number,
                product_name, channel_id, milestone, month, timing, amount, currency, why, state,
                reason, changed_at)
            SELECT t.public_id, :now, t.item_id, t.order_number, t.product_name, t.channel_id,
                   t.milestone, t.month, t.timing, t.amount, t.currency, CAST(t.why AS jsonb),
                   'expected', '', :now
            FROM unnest(:public_ids, :items, :orders, :products, :channels, :milestones, :months,
                        :timings, :amounts, :currencies, :whys)
                 AS t (public_id, item_id, order_number, product_name, channel_id, milestone,
                       month, timing, amount, currency, why)
        """).bindparams(
            texts("public_ids", public_ids(len(rows))),
            texts("items", columns[0]),
            texts("orders", columns[1]),
            texts("products", columns[2]),
            numbers("channels", columns[3]),
            texts("milestones", columns[4]),
            numbers("months", columns[5]),
            texts("timings", columns[6]),
            numbers("amounts", columns[7]),
            texts("currencies", columns[8]),
            texts("whys", columns[9]),
        ),
        {"now": clock.now()},
    )


def due_on(met_on: date, timing: str) -> date:
    """Return the first day on which a settlement run may take what was earned on a day."""
    match Timing(timing):
        case Timing.AT_ONCE:
            return met_on
        case Timing.NEXT_MONTH:
            return _first_of_month(met_on, later=1)
        case Timing.MONTH_AFTER_NEXT:
            return _first_of_month(met_on, later=2)


def _first_of_month(day: date, *, later: int) -> date:
    years, month = divmod(day.month - 1 + later, 12)
    return date(day.year + years, month + 1, 1)


def meet_milestone(
    item_id: str,
    *,
    kind: str,
    month: int = 0,
    met_on: date,
    evidence: dict[str, Any],
    by: audit.Actor,
) -> bool:
    """Record that an event happened and what it earned; False when that stands already.

    An event that nobody earns from is recorded all the same. Refuses a milestone that was
    recorded as not met.
    """
    with transaction() as session:
        (outcome,) = meet_all([Met(item_id, kind, month, met_on, evidence)], by=by)
        if outcome == Outcome.CLOSED:
            (milestone,) = _lock_milestones(session, [(item_id, kind, month)])
            raise Refused(
                _("This was already recorded as not met: %(reason)s", reason=milestone.reason)
            )
        return outcome == Outcome.MET


def meet_all(met: Sequence[Met], *, by: audit.Actor) -> list[Outcome]:
    """Record many events at once and post one journal for each that earns something.

    What was recorded as not met stays so and is answered with `closed`.
    """
    with transaction() as session:
        first = {}
        for one in met:
            first.setdefault((one.item_id, one.kind, one.month), one)
        rows = {
            (row.item_id, row.kind, row.month): row for row in _find_or_add(session, list(first))
        }
        due = [row for row in found if row.state in _OPEN]
        _mark_met(session, [(row, first[row.item_id, row.kind, row.month]) for row in due])
        earned = _make_pending(session, due)
        _post_earned(due, earned, by=by)
        waiting = {row.id for row in due}
        outcomes = []
        for one in met:
            row = rows[one.item_id, one.kind, one.month]
            if row.id in waiting and first[one.item_id, one.kind, one.month] is one:
                outcomes.append(Outcome.MET)
            else:
                closed = row.state == MilestoneState.NOT_MET
                outcomes.append(Outcome.CLOSED if closed else Outcome.ALREADY_MET)
        return outcomes


_Key = tuple[str, str, int]


def _find_or_add(session: Session, keys: Sequence[_Key]) -> Sequence[Row[Any]]:
    rows = _lock_milestones(session, keys)
    if len(rows) < len(keys):
        known = {(row.item_id, row.kind, row.month) for row in rows}
        _add_milestones(session, [key for key in keys if key not in known])
        rows = _lock_milestones(session, keys)
    return rows


def _lock_milestones(session: Session, keys: Sequence[_Key]) -> Sequence[Row[Any]]:
    return session.execute(
        text("""
            SELECT m.id, m.public_id, m.item_id, m.kind, m.month, m.state, m.met_on, m.evidence,
                   m.reason
            FROM milestones m
            JOIN unnest(:items, :kinds, :months) AS t (item_id, kind, month)
              ON m.item_id = t.item_id AND m.kind = t.kind AND m.month = t.month
            ORDER BY m.id
            FOR UPDATE OF m
        """).bindparams(
            texts("items", [item_id for item_id, _kind, _month in keys]),
            texts("kinds", [kind for _item, kind, _month in keys]),
            numbers("months", [month for _item, _kind, month in keys]),
        )
    ).all()


def _mark_met(session: Session, due: Sequence[tuple[Row[Any], Met]]) -> None:
    if not due:
        return
    session.execute(
        text("""
            UPDATE milestones SET state = 'met', met_on = t.met_on, reason = '',
                   evidence = milestones.evidence || CAST(t.evidence AS jsonb)
            FROM unnest(:ids, :days, :evidence) AS t (id, met_on, evidence)
            WHERE milestones.id = t.id
        """).bindparams(
            numbers("ids", [row.id for row, _ in due]),
            dates("days", [one.met_on for _, one in due]),
            texts("evidence", [json.dumps(one.evidence) for _, one in due]),
        )
    )
    forget(session, Milestone, {row.id for row, _ in due})


def _lock_lines(
    session: Session, milestones: Sequence[Row[Any]], states: Sequence[LineState]
) -> Sequence[Row[Any]]:
    return session.execute(
        text("""
            SELECT l.id, l.channel_id, l.amount, l.currency, l.timing, l.state, l.item_id,
                   m.id AS milestone_id, m.met_on
            FROM commission_lines l
            JOIN milestones m
              ON m.item_id = l.item_id AND m.kind = l.milestone AND m.month = l.month
            WHERE m.id = ANY(:ids) AND l.state = ANY(:states)
            ORDER BY l.id
            FOR UPDATE OF l
        """).bindparams(
            numbers("ids", [row.id for row in milestones]),
            texts("states", [state.value for state in states]),
        )
    ).all()


def _make_pending(session: Session, milestones: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    lines = _lock_lines(session, milestones, [LineState.EXPECTED]) if milestones else []
    if lines:
        session.execute(
            text("""
                UPDATE commission_lines SET state = 'pending', met_on = t.met_on,
                       due_on = t.due_on, changed_at = :now
                FROM unnest(:ids, :met, :due) AS t (id, met_on, due_on)
                WHERE commission_lines.id = t.id
            """).bindparams(
                numbers("ids", [line.id for line in lines]),
                dates("met", [line.met_on for line in lines]),
                dates("due", [due_on(line.met_on, line.timing) for line in lines]),
            ),
            {"now": clock.now()},
        )
        forget(session, CommissionLine, {line.id for line in lines})
    return lines


def _by_milestone(lines: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for line in lines:
        if line.amount:
            grouped[line.milestone_id].append(line)
    return grouped


def earned_key(milestone: Row[Any]) -> str:
    """Return the key of the journal that meeting a milestone posts.

    A milestone that was met by mistake and undone may be met again, under the next number.
    """
    return f"earned:{milestone.public_id}:{milestone.evidence.get('undone', 0)}"


def _post_earned(
    milestones: Sequence[Row[Any]], lines: Sequence[Row[Any]], *, by: audit.Actor
) -> None:
    grouped = _by_milestone(lines)
    accounts = ledger.open_all({(line.channel_id, line.currency) for line in lines if line.amount})
    ledger.post_all(
        [
            ledger.Posting(
                kind=JournalKind.EARNED,
                key=earned_key(milestone),
                entries=[
                    (accounts[owner, code, line.currency], sign * line.amount, line.id)
                    for line in grouped[milestone.id]
                    for owner, code, sign in (
                        (None, AccountCode.COMMISSION_EXPENSE, -1),
                        (line.channel_id, AccountCode.PENDING, 1),
                    )
                ],
            )
            for milestone in milestones
            if milestone.id in grouped
        ],
        by=by,
    )


def fail_milestone(item_id: str, *, kind: str, month: int, reason: str, by: audit.Actor) -> bool:
    """Record that an event did not happen, so that its lines are refused with the reason.

    What was paid in advance on it is clawed back. False when that stands already.
    """
    _need(reason)
    with transaction() as session:
        (row,) = _find_or_add(session, [(item_id, kind, month)])
        if row.state == MilestoneState.NOT_MET:
            return False
        lines = _lock_lines(session, [row], [LineState.EXPECTED, *_EARNED])
        _take_back(session, [row], lines, reason=reason, by=by)
        _close_milestones(session, [row.id], reason=reason)
        _end_lines(session, lines, {LineState.EXPECTED: LineState.REFUSED}, reason=reason)
        audit.record(
            FAILED,
            session.get_one(Milestone, row.id),
            by=by,
            kind=kind,
            month=month,
            reason=reason,
            lines=len(lines),
        )
        return True


def undo_milestone(
    item_id: str, *, kind: str, month: int = 0, reason: str, by: audit.Actor
) -> bool:
    """Take back a milestone that was recorded by mistake: it waits again, its lines are expected.

    The money goes back by a reversal. False when it is not met. For undoing an import.
    """
    _need(reason)
    with transaction() as session:
        found = _lock_milestones(session, [(item_id, kind, month)])
        if not found or found[0].state != MilestoneState.MET:
            return False
        (row,) = found
        lines = _lock_lines(session, [row], _EARNED)
        _take_back(session, [row], lines, reason=reason, by=by)
        milestone = session.get_one(Milestone, row.id, populate_existing=True)
        milestone.state, milestone.met_on = MilestoneState.WAITING, None
        milestone.evidence = {"undone": row.evidence.get("undone", 0) + 1}
        session.execute(
            text("""
                UPDATE commission_lines SET state = 'expected', met_on = NULL, due_on = NULL,
                       run_id = NULL, changed_at = :now
                WHERE id = ANY(:ids)
            """).bindparams(numbers("ids", [line.id for line in lines])),
            {"now": clock.now()},
        )
        forget(session, CommissionLine, {line.id for line in lines})
        audit.record(
            UNDONE, milestone, by=by, kind=kind, month=month, reason=reason, lines=len(lines)
        )
        return True


def reverse_item(item_id: str, *, reason: str, by: audit.Actor) -> int:
    """End an item's commission: what was expected is void, what was earned is clawed back.

    Returns how many lines changed; a second time changes none. A channel that was paid already
    owes the amount: its payable balance may go below zero, and its next payout is less.
    """
    return reverse_items([item_id], reason=reason, by=by)


def reverse_items(item_ids: Sequence[str], *, reason: str, by: audit.Actor) -> int:
    """End the commission of many items; each as `reverse_item` promises."""
    _need(reason)
    with transaction() as session:
        rows = session.execute(
            text("""
                SELECT id, public_id, item_id, kind, month, state, evidence
                FROM milestones WHERE item_id = ANY(:items) ORDER BY id FOR UPDATE
            """).bindparams(texts("items", item_ids))
        ).all()
        lines = _lock_lines(session, rows, [LineState.EXPECTED, *_EARNED])
        _take_back(session, rows, lines, reason=reason, by=by)
        _close_milestones(session, [row.id for row in rows if row.state in _OPEN], reason=reason)
        _end_lines(session, lines, {LineState.EXPECTED: LineState.VOID}, reason=reason)
        counted: dict[str, int] = defaultdict(int)
        for line in lines:
            counted[line.item_id] += 1
        subjects = {row.item_id: row.id for row in reversed(rows)}
        for item_id, count in sorted(counted.items()):
            audit.record(
                REVERSED,
                session.get_one(Milestone, subjects[item_id]),
                by=by,
                item=item_id,
                reason=reason,
                lines=count,
            )
        return len(lines)


def _need(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why."), field="reason")


def _take_back(
    session: Session,
    milestones: Sequence[Row[Any]],
    lines: Sequence[Row[Any]],
    *,
    reason: str,
    by: audit.Actor,
) -> None:
    """Reverse what lines earned, from the account where the money now stands."""
    grouped = _by_milestone(line for line in lines if line.state in _EARNED)
    if not grouped:
        return
    journals = {
        row.key: row.id
        for row in session.execute(
            select(Journal.key, Journal.id).where(
                Journal.key.in_([earned_key(row) for row in milestones if row.id in grouped])
            )
        )
    }
    accounts = ledger.open_all(
        {(line.channel_id, line.currency) for some in grouped.values() for line in some}
    )
    stands_on = {
        LineState.PENDING: AccountCode.PENDING,
        LineState.SETTLED: AccountCode.PAYABLE,
    }
    ledger.post_all(
        [
            ledger.Posting(
                kind=JournalKind.REVERSED,
                key=ledger.reversal_key(journals[earned_key(milestone)]),
                entries=[
                    (accounts[owner, code, line.currency], sign * line.amount, line.id)
                    for line in grouped[milestone.id]
                    for owner, code, sign in (
                        (None, AccountCode.COMMISSION_EXPENSE, 1),
                        (line.channel_id, stands_on[LineState(line.state)], -1),
                    )
                ],
                reason=reason,
                reverses_id=journals[earned_key(milestone)],
            )
            for milestone in milestones
            if milestone.id in grouped
        ],
        by=by,
    )


def _close_milestones(session: Session, row_ids: Sequence[int], *, reason: str) -> None:
    session.execute(
        text("""
            UPDATE milestones SET state = 'not_met', met_on = NULL, reason = :reason
            WHERE id = ANY(:ids)
        """).bindparams(numbers("ids", row_ids)),
        {"reason": reason},
    )
    forget(session, Milestone, set(row_ids))


def _end_lines(
    session: Session,
    lines: Sequence[Row[Any]],
    ends: dict[LineState, LineState],
    *,
    reason: str,
) -> None:
    ended = [ends.get(LineState(line.state), LineState.CLAWED_BACK) for line in lines]
    session.execute(
        text("""
            UPDATE commission_lines SET state = t.state, reason = :reason, changed_at = :now
            FROM unnest(:ids, :states) AS t (id, state)
            WHERE commission_lines.id = t.id
        """).bindparams(
            numbers("ids", [line.id for line in lines]),
            texts("states", [state.value for state in ended]),
        ),
        {"now": clock.now(), "reason": reason},
    )
    forget(session, CommissionLine, {line.id for line in lines})

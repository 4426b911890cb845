"""Commission that is earned: a milestone is met, and its lines become pending.

Money is created only here, and taken back only by a reversal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from kit import audit, clock
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.catalogue.models import Timing
from tenants.settlement.models import (
    AccountCode,
    CommissionLine,
    JournalKind,
    LineState,
    Milestone,
    MilestoneState,
)
from tenants.settlement.services import ledger
from tenants.settlement.services.milestones import (
    OPEN,
    Key,
    by_milestone,
    earned_key,
    find_or_add,
    lock_lines,
    lock_milestones,
)
from tenants.settlement.services.sets import forget, records


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
            (milestone,) = lock_milestones(session, [(item_id, kind, month)])
            raise Refused(
                _("This was already recorded as not met: %(reason)s", reason=milestone.reason)
            )
        return outcome == Outcome.MET


def meet_all(met: Sequence[Met], *, by: audit.Actor) -> list[Outcome]:
    """Record many events at once and post one journal for each that earns something.

    What was recorded as not met stays so and is answered with `closed`.
    """
    with transaction() as session:
        first: dict[Key, Met] = {}
        for one in met:
            first.setdefault((one.item_id, one.kind, one.month), one)
        found = find_or_add(session, list(first))
        rows = {(row.item_id, row.kind, row.month): row for row in found}
        due = [row for row in found if row.state in OPEN]
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


def _mark_met(session: Session, due: Sequence[tuple[Row[Any], Met]]) -> None:
    if not due:
        return
    session.execute(
        text("""
            UPDATE milestones SET state = 'met', met_on = t.met_on, reason = '',
                   evidence = milestones.evidence || t.evidence
            FROM json_to_recordset(CAST(:rows AS json))
                 AS t (id bigint, met_on date, evidence jsonb)
            WHERE milestones.id = t.id
        """).bindparams(
            records(
                "rows",
                ("id", "met_on", "evidence"),
                ((row.id, one.met_on, one.evidence) for row, one in due),
            )
        )
    )
    forget(session, Milestone, {row.id for row, _ in due})


def _make_pending(session: Session, milestones: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    lines = lock_lines(session, milestones, [LineState.EXPECTED]) if milestones else []
    if lines:
        session.execute(
            text("""
                UPDATE commission_lines SET state = 'pending', met_on = t.met_on,
                       due_on = t.due_on, changed_at = :now
                FROM json_to_recordset(CAST(:rows AS json))
                     AS t (id bigint, met_on date, due_on date)
                WHERE commission_lines.id = t.id
            """).bindparams(
                records(
                    "rows",
                    ("id", "met_on", "due_on"),
                    ((line.id, line.met_on, due_on(line.met_on, line.timing)) for line in lines),
                )
            ),
            {"now": clock.now()},
        )
        forget(session, CommissionLine, {line.id for line in lines})
    return lines


def _post_earned(
    milestones: Sequence[Row[Any]], lines: Sequence[Row[Any]], *, by: audit.Actor
) -> None:
    grouped = by_milestone(lines)
    accounts = ledger.open_all({(line.channel_id, line.currency) for line in lines if line.amount})
    ledger.post_all(
        [
            ledger.Posting(
                kind=JournalKind.EARNED,
                key=earned_key(milestone),
                entries=ledger.spread(
                    accounts[None, AccountCode.COMMISSION_EXPENSE, lines[0].currency],
                    [
                        (accounts[line.channel_id, AccountCode.PENDING, line.currency], line)
                        for line in grouped[milestone.id]
                    ],
                ),
            )
            for milestone in milestones
            if milestone.id in grouped
        ],
        by=by,
    )

"""Commission that is taken back: refused, clawed back or undone; never edited away."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from kit import audit, clock
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
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
from tenants.settlement.services.milestones import (
    EARNED,
    OPEN,
    by_milestone,
    earned_key,
    find_or_add,
    lock_lines,
    lock_milestones,
)
from tenants.settlement.services.sets import any_of, forget, numbers, records, texts

FAILED = audit.Event.named("milestone:failed", "kind", "month", "reason", "lines")
UNDONE = audit.Event.named("milestone:undone", "kind", "month", "reason", "lines")
REVERSED = audit.Event.named("commission:reversed", "item", "reason", "lines")


def fail_milestone(item_id: str, *, kind: str, month: int, reason: str, by: audit.Actor) -> bool:
    """Record that an event did not happen, so that its lines are refused with the reason.

    What was paid in advance on it is clawed back. False when that stands already.
    """
    _need(reason)
    with transaction() as session:
        (row,) = find_or_add(session, [(item_id, kind, month)])
        if row.state == MilestoneState.NOT_MET:
            return False
        lines = lock_lines(session, [row], [LineState.EXPECTED, *EARNED])
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


def close_item(item_id: str, *, reason: str, by: audit.Actor) -> int:
    """Refuse what an item has not earned yet, with the reason; what it earned stays.

    Returns how many milestones were waiting; a second time none is.
    """
    with transaction() as session:
        # Locked, so that none is met in between and then clawed back as if it had failed.
        waiting = session.execute(
            select(Milestone.kind, Milestone.month)
            .where(Milestone.item_id == item_id, Milestone.state.in_(OPEN))
            .order_by(Milestone.id)
            .with_for_update()
        ).all()
        for kind, month in waiting:
            fail_milestone(item_id, kind=kind, month=month, reason=reason, by=by)
        return len(waiting)


def undo_milestone(
    item_id: str, *, kind: str, month: int = 0, reason: str, by: audit.Actor
) -> bool:
    """Take back a milestone that was recorded by mistake: it waits again, its lines are expected.

    The money goes back by a reversal. False when it is not met. For undoing an import.
    """
    _need(reason)
    with transaction() as session:
        found = lock_milestones(session, [(item_id, kind, month)])
        if not found or found[0].state != MilestoneState.MET:
            return False
        (row,) = found
        lines = lock_lines(session, [row], EARNED)
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
        lines = lock_lines(session, rows, [LineState.EXPECTED, *EARNED])
        _take_back(session, rows, lines, reason=reason, by=by)
        _close_milestones(session, [row.id for row in rows if row.state in OPEN], reason=reason)
        _end_lines(session, lines, {LineState.EXPECTED: LineState.VOID}, reason=reason)
        counted: dict[str, int] = defaultdict(int)
        for line in lines:
            counted[line.item_id] += 1
        firsts = {row.item_id: row.id for row in reversed(rows) if row.item_id in counted}
        subjects = {
            milestone.item_id: milestone
            for milestone in session.scalars(
                select(Milestone).where(Milestone.id == any_of(sorted(firsts.values())))
            )
        }
        for item_id, count in sorted(counted.items()):
            audit.record(
                REVERSED,
                subjects[item_id],
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
    grouped = by_milestone(line for line in lines if line.state in EARNED)
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
                entries=ledger.spread(
                    accounts[None, AccountCode.COMMISSION_EXPENSE, lines[0].currency],
                    [
                        (
                            accounts[
                                line.channel_id, stands_on[LineState(line.state)], line.currency
                            ],
                            line,
                        )
                        for line in grouped[milestone.id]
                    ],
                    sign=-1,
                ),
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
    session.execute(
        text("""
            UPDATE commission_lines SET state = t.state, reason = :reason, changed_at = :now
            FROM json_to_recordset(CAST(:rows AS json)) AS t (id bigint, state text)
            WHERE commission_lines.id = t.id
        """).bindparams(
            records(
                "rows",
                ("id", "state"),
                (
                    (line.id, ends.get(LineState(line.state), LineState.CLAWED_BACK))
                    for line in lines
                ),
            )
        ),
        {"now": clock.now(), "reason": reason},
    )
    forget(session, CommissionLine, {line.id for line in lines})

"""Milestones and their lines, found, added and locked for the verbs that meet or undo them.

Always in this order: milestones by id, lines by id, accounts by id.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from kit import clock
from tenants.settlement.models import LineState, MilestoneState
from tenants.settlement.services.sets import numbers, public_ids, records, texts

OPEN = (MilestoneState.WAITING, MilestoneState.UNKNOWN)
EARNED = (LineState.PENDING, LineState.SETTLED)

Key = tuple[str, str, int]


def find_or_add(session: Session, keys: Sequence[Key]) -> Sequence[Row[Any]]:
    """Lock milestones in id order, adding those that nobody expected."""
    rows = lock_milestones(session, keys)
    if len(rows) < len(keys):
        known = {(row.item_id, row.kind, row.month) for row in rows}
        add_milestones(session, [key for key in keys if key not in known])
        rows = lock_milestones(session, keys)
    return rows


def add_milestones(session: Session, wanted: Sequence[tuple[str, str, int]]) -> set[str]:
    """Add milestones that wait; return the items that got one."""
    if not wanted:
        return set()
    rows = session.execute(
        text("""
            INSERT INTO milestones (public_id, created_at, item_id, kind, month, state, evidence,
                                    reason)
            SELECT t.public_id, :now, t.item_id, t.kind, t.month, 'waiting', '{}', ''
            FROM json_to_recordset(CAST(:rows AS json))
                 AS t (public_id text, item_id text, kind text, month bigint)
            ON CONFLICT (item_id, kind, month) DO NOTHING
            RETURNING item_id
        """).bindparams(
            records(
                "rows",
                ("public_id", "item_id", "kind", "month"),
                (
                    (public_id, *key)
                    for public_id, key in zip(public_ids(len(wanted)), wanted, strict=True)
                ),
            )
        ),
        {"now": clock.now()},
    )
    return set(rows.scalars())


def lock_milestones(session: Session, keys: Sequence[Key]) -> Sequence[Row[Any]]:
    """Lock milestones in id order."""
    return session.execute(
        text("""
            SELECT m.id, m.public_id, m.item_id, m.kind, m.month, m.state, m.met_on, m.evidence,
                   m.reason
            FROM milestones m
            JOIN json_to_recordset(CAST(:rows AS json)) AS t (item_id text, kind text, month bigint)
              ON m.item_id = t.item_id AND m.kind = t.kind AND m.month = t.month
            ORDER BY m.id
            FOR UPDATE OF m
        """).bindparams(records("rows", ("item_id", "kind", "month"), keys))
    ).all()


def lock_lines(
    session: Session, milestones: Sequence[Row[Any]], states: Sequence[LineState]
) -> Sequence[Row[Any]]:
    """Lock the lines of milestones that are in some states, in id order."""
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


def by_milestone(lines: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    """Group the lines that carry money by their milestone."""
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

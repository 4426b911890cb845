"""Write the outbox rows of recurring work: each moment once, whoever looks at the clock, and late.

`schedules` remembers for each workspace and name when it is due next. Whoever finds a row due locks
it, writes the outbox row and moves the row on, all in one transaction: a second scheduler finds it
moved, and one that was down for a week finds it still due.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import clock
from kit.db.session import BoundSession, affected, apart
from kit.jobs import registry
from kit.jobs.calendars import Every, missed
from kit.jobs.tables import Place

_NAMESPACE = uuid.UUID("5b0c8f0e-3a86-4c8e-9d52-3d6f4d1c7a10")
_AT_ONCE = 500
_MOST_MISSED = 24
"""Of one schedule and workspace: two years of months."""
USUAL_ZONE = ZoneInfo("Asia/Shanghai")

Zones = Callable[[str], ZoneInfo]
"""Returns the time zone of a workspace, by its opaque id."""

_ACTIVE = "state = 'live' AND access <> 'none'"
_NEW = text(f"""
    SELECT w.workspace, s.name FROM cell.workspaces w
    CROSS JOIN unnest(cast(:names AS text[])) AS s (name)
    LEFT JOIN cell.schedules known ON known.workspace = w.workspace AND known.name = s.name
    WHERE known.name IS NULL AND w.{_ACTIVE.replace("access", "w.access")}
    ORDER BY w.workspace, s.name LIMIT 5000
""")  # noqa: S608 - ours


def usual_zone(schema: str) -> ZoneInfo:
    """Return the zone of a workspace of which nothing is known."""
    del schema
    return USUAL_ZONE


def make_scheduled(
    cell: str, schedules: Iterable[registry.Schedule], zones: Zones = usual_zone
) -> int:
    """Write what is due now in every active workspace of a cell; return how many pieces."""
    place = Place(cell)
    by_name = {one.name: one for one in schedules}
    if not by_name:
        return 0
    _remember_new(place, by_name, zones)
    made = 0
    while True:
        with apart(cell) as own:
            due = _due(place, own, by_name)
            for row in due:
                made += _make(place, own, by_name[row.name], row, zones)
        if len(due) < _AT_ONCE:
            return made


def _remember_new(place: Place, by_name: dict[str, registry.Schedule], zones: Zones) -> None:
    """Begin to remember workspaces and schedules that are new.

    What runs every so often begins at once, what has a calendar with its next moment: a schedule
    that comes with a release does not do years of months.
    """
    table, now = place.schedules, clock.now()
    with apart(place.cell) as own:
        new = own.execute(_NEW, {"names": list(by_name)}).all()
    rows = []
    for one in new:
        calendar = by_name[one.name].calendar
        if isinstance(calendar, Every):
            first = calendar.latest(now, USUAL_ZONE)
        else:
            first = calendar.after(now, zones(one.workspace))
        rows.append({"workspace": one.workspace, "name": one.name, "next_at": first})
    if rows:
        with apart(place.cell) as own:
            own.execute(upsert(table).values(rows).on_conflict_do_nothing())


def _due(
    place: Place, own: BoundSession, by_name: Mapping[str, registry.Schedule]
) -> Sequence[Row[Any]]:
    table = place.schedules
    upkeep = [name for name, one in by_name.items() if one.job.even_read_only]
    active = select(text("workspace")).select_from(text("cell.workspaces")).where(text(_ACTIVE))
    writable = active.where(text("access = 'full'"))
    return own.execute(
        select(table)
        .where(
            table.c.next_at <= clock.now(),
            table.c.name.in_(by_name),
            # What is closed or on its way is not forgotten: it catches up when it is back. So does
            # what is read only with all that would write.
            or_(
                table.c.workspace.in_(writable),
                table.c.workspace.in_(active) & table.c.name.in_(upkeep),
            ),
        )
        .order_by(table.c.next_at, table.c.workspace, table.c.name)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()


def _make(
    place: Place,
    own: BoundSession,
    scheduled: registry.Schedule,
    row: Row[Any],
    zones: Zones,
) -> int:
    now, calendar = clock.now(), scheduled.calendar
    zone = USUAL_ZONE if isinstance(calendar, Every) else zones(row.workspace)
    if scheduled.each_missed:
        moments = missed(calendar, row.next_at, now, zone)[-_MOST_MISSED:]
    else:
        # A workspace that has moved to another zone may be due by the old one only.
        moments = [max(row.next_at, calendar.latest(now, zone))]
    rows = [
        {
            "workspace": row.workspace,
            "id": job_id(row.workspace, scheduled, moment),
            "kind": scheduled.job.kind,
            "body": scheduled.body(moment.isoformat()),
            "run_at": moment,
        }
        for moment in moments
    ]
    made = affected(
        own.execute(
            upsert(place.outbox)
            .values(rows)
            .on_conflict_do_nothing()
            .execution_options(preserve_rowcount=True)
        )
    )
    table = place.schedules
    own.execute(
        update(table)
        .where(table.c.workspace == row.workspace, table.c.name == row.name)
        .values(
            last_at=moments[-1],
            next_at=calendar.after(max(now, row.next_at), zone),
            job_id=rows[-1]["id"],
        )
    )
    return made


def job_id(workspace: str, scheduled: registry.Schedule, moment: datetime) -> uuid.UUID:
    """Return the id that work of a moment has, whoever makes it."""
    calendar = scheduled.calendar
    if isinstance(calendar, Every):
        # As the former release counts them, so that both side by side make one.
        stamp = str(int(moment.timestamp()) // int(calendar.period.total_seconds()))
    else:
        stamp = moment.isoformat()
    return uuid.uuid5(_NAMESPACE, f"{workspace}|{scheduled.job.kind}|{stamp}")

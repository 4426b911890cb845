"""Background work: fairness beside a flood, throughput beside bare RQ, latency when idle.

`python -m tests.bench work`. Workers and dispatcher are processes of their own, as in production.
"""

import statistics
import time
from collections.abc import Iterator, Sequence

from rq import Queue
from sqlalchemy import delete, func, select, text

from control.workspaces.directory import directory
from kit.db import apart, transaction, workspace_scope
from kit.jobs import enqueue
from kit.jobs.bell import connection
from kit.jobs.queues import queue_named
from kit.jobs.tables import UNENDED, JobState, Place, cell_effects, cell_outbox
from kit.tenancy import Workspace
from tests.bench.frame import Figure, Limit
from tests.crew import Crew, note_one, wait_for

FLOOD = 2_000
QUIET = 5
EACH = 5
WITHIN = 60
ROUNDS = 3
PIECES = 180
LATENCIES = 60


def measure() -> Iterator[Figure | Limit]:
    """Yield the figures of background work."""
    everybody = _workspaces(1 + QUIET)
    _forget()
    with Crew(workers=1) as crew:
        _warm(everybody[:1], crew)
        yield _fairness(everybody)
    _forget()
    with Crew(workers=2) as crew:
        _warm(everybody[:1], crew)
        yield _throughput(everybody)
        yield _latency(everybody[0])
    _forget()


def _workspaces(count: int) -> list[Workspace]:
    from tests.bench.pages import make_doors

    doors = make_doors(count - 2, name="work")
    names = ["acme", "rival", *(door.host.partition(".")[0] for door in doors)]
    found = [directory.by_address(name) for name in names]
    assert all(found)
    return [one for one in found if one is not None]


def _forget() -> None:
    connection().flushdb()
    with apart("main") as own:
        own.execute(delete(cell_outbox))
        own.execute(delete(cell_effects))


def _put(workspace: Workspace, count: int) -> None:
    with workspace_scope(workspace), transaction():
        for number in range(count):
            enqueue(note_one, number=number)


def _done(workspaces: Sequence[Workspace]) -> int:
    with apart("main") as own:
        return (
            own.scalar(
                select(func.count()).where(
                    cell_outbox.c.state == JobState.DONE,
                    cell_outbox.c.kind == note_one.kind,
                    cell_outbox.c.workspace.in_([one.schema for one in workspaces]),
                )
            )
            or 0
        )


def _warm(workspaces: Sequence[Workspace], crew: Crew) -> None:
    del crew
    _put(workspaces[0], 4)
    assert wait_for(lambda: _done(workspaces) >= 4, seconds=60), "the processes do not work"
    # Whoever looks at the clock for the first time finds much to do: that first.
    assert wait_for(_is_quiet, seconds=120), "the scheduled work does not end"
    with apart("main") as own:
        own.execute(delete(cell_outbox).where(cell_outbox.c.kind == note_one.kind))


def _is_quiet() -> bool:
    with apart("main") as own:
        unended = cell_outbox.c.state.in_(UNENDED)
        return not own.scalar(select(func.count()).where(unended))


def _fairness(everybody: Sequence[Workspace]) -> Limit:
    """Return the place of the last quiet job among all that began since they were asked for."""
    flooder, quiet = everybody[0], everybody[1:]
    _put(flooder, FLOOD)
    assert wait_for(lambda: _done([flooder]) >= 40, seconds=60)
    with apart("main") as own:
        asked_at = own.scalar(text("SELECT clock_timestamp()"))
    for workspace in quiet:
        _put(workspace, EACH)
    assert wait_for(lambda: _done(quiet) == QUIET * EACH, seconds=120)
    with apart("main") as own:
        order = own.scalars(
            select(cell_outbox.c.workspace)
            .where(cell_outbox.c.begun_at > asked_at, cell_outbox.c.kind == note_one.kind)
            .order_by(cell_outbox.c.begun_at)
        ).all()
    last = max(place for place, one in enumerate(order, 1) if one != flooder.schema)
    return Limit(
        f"The last of {QUIET} × {EACH} quiet jobs beside a flood of {FLOOD:,}",
        last,
        "jobs",
        WITHIN,
        "its place among all that began since they were asked for, the flood being under way; "
        "one worker",
    )


def _throughput(everybody: Sequence[Workspace]) -> Figure:
    each = PIECES // len(everybody)
    through, straight = [], []
    for _ in range(ROUNDS):
        straight.append(_straight(everybody, each))
        through.append(_through(everybody, each))
    return Figure(
        "Background work: a piece, through outbox and RQ",
        statistics.median(through) * 1_000 / (each * len(everybody)),
        statistics.median(straight) * 1_000 / (each * len(everybody)),
        1 / 0.7,
        f"raw: the same {each * len(everybody)} pieces fed to RQ directly; two workers, "
        f"{len(everybody)} workspaces",
    )


def _through(everybody: Sequence[Workspace], each: int) -> float:
    with apart("main") as own:
        own.execute(delete(cell_outbox).where(cell_outbox.c.kind == note_one.kind))
    begun = time.perf_counter()
    for workspace in everybody:
        _put(workspace, each)
    total = each * len(everybody)
    assert wait_for(lambda: _done(everybody) == total, seconds=180, pause=0.05)
    return time.perf_counter() - begun


def _straight(everybody: Sequence[Workspace], each: int) -> float:
    queue, begun = queue_named("normal"), time.perf_counter()
    pieces = [
        Queue.prepare_data("tests.crew.direct", args=[one.schema, number], result_ttl=0, timeout=60)
        for number in range(each)
        for one in everybody
    ]
    queue.enqueue_many(pieces)
    registry = queue.started_job_registry
    assert wait_for(
        lambda: not len(queue) and not registry.get_job_count(cleanup=False),
        seconds=180,
        pause=0.05,
    )
    return time.perf_counter() - begun


def _latency(workspace: Workspace) -> Limit:
    """Return how long work waits from its row's moment to its beginning, 95 of 100 at most."""
    with apart("main") as own:
        own.execute(delete(cell_outbox).where(cell_outbox.c.kind == note_one.kind))
    for number in range(LATENCIES):
        _put(workspace, 1)
        assert wait_for(lambda done=number + 1: _done([workspace]) == done, seconds=20, pause=0.03)
        time.sleep(0.05 + 0.4 * (number % 7) / 7)
    outbox = Place("main").outbox
    with apart("main") as own:
        waits = sorted(
            1_000 * own_wait.total_seconds()
            for own_wait in own.scalars(
                select(outbox.c.begun_at - outbox.c.created_at).where(
                    outbox.c.workspace == workspace.schema, outbox.c.kind == note_one.kind
                )
            )
        )
    return Limit(
        "Background work when idle: from the verb to the work, 95th percentile",
        waits[int(len(waits) * 0.95)],
        "ms",
        200,
        f"median {statistics.median(waits):.0f} ms of {len(waits)}; bell, dispatcher, RQ, fork",
    )

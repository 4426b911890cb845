"""Background work: written with its verb, done once, tried again, fair and never lost."""

import signal
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import ProgrammingError

from kit import audit, clock, tenancy
from kit.db import apart, control_transaction, session, transaction, workspace_scope
from kit.errors import Refused
from kit.jobs import JobRun, enqueue, enqueue_control, find_job, registry, unfinished_jobs
from kit.jobs.bell import connection
from kit.jobs.dispatcher import Sent, _send, dispatch
from kit.jobs.queues import queue_named
from kit.jobs.run import Taken
from kit.jobs.runner import perform
from kit.jobs.scheduling import make_scheduled
from kit.jobs.sweeper import lost_after, sweep
from kit.jobs.tables import JobState, Place, cell_effects, cell_outbox, control_outbox
from kit.jobs.worker import ForkingWorker

PLACE = Place("main")
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
IN_FLIGHT = 4
NOTED = audit.Event.named("kit_tests:noted", "what")


@dataclass
class Thing:
    public_id: str = "01h00000000000000000000000"


def note(what: str) -> None:
    audit.record(NOTED, Thing(), by=audit.SYSTEM, what=what)


def noted() -> list[str]:
    rows = session().scalars(
        select(audit.AuditEntry)
        .where(audit.AuditEntry.event == NOTED.name)
        .order_by(audit.AuditEntry.id)
    )
    return [row.details["what"] for row in rows]


def row_of(job_id: str) -> Any:
    with apart("main") as own:
        return own.execute(
            select(cell_outbox).where(cell_outbox.c.id == uuid.UUID(job_id))
        ).one_or_none()


def effects_of(job_id: str) -> list[str]:
    with apart("main") as own:
        return list(
            own.scalars(
                select(cell_effects.c.step)
                .where(cell_effects.c.outbox_id == uuid.UUID(job_id))
                .order_by(cell_effects.c.step)
            )
        )


def states() -> dict[str, int]:
    """How many rows of the cell's outbox are in each state."""
    with apart("main") as own:
        rows = own.execute(
            select(cell_outbox.c.state, func.count()).group_by(cell_outbox.c.state)
        ).all()
    return {row[0]: row[1] for row in rows}


def set_state(job_id: str, state: JobState) -> None:
    with apart("main") as own:
        own.execute(
            update(cell_outbox).where(cell_outbox.c.id == uuid.UUID(job_id)).values(state=state)
        )


def queued(work: registry.Job, **body: Any) -> str:
    with transaction():
        return enqueue(work, **body)


def attempt(work: registry.Job, workspace: tenancy.Workspace, job_id: str) -> JobState | None:
    return perform({work.kind: work}.__getitem__, PLACE, workspace, uuid.UUID(job_id))


def noting(run: JobRun, what: str) -> None:
    note(what)


NOTE = registry.Job("kit_tests.note", noting)


def test_enqueue_writes_a_row_with_the_verb(in_acme):
    with clock.moved(NOON):
        job_id = queued(NOTE, what="one")
    row = row_of(job_id)
    assert (row.workspace, row.kind, row.body) == (in_acme.schema, NOTE.kind, {"what": "one"})
    assert (row.state, row.attempts, row.run_at) == (JobState.WAITING, 0, NOON)
    assert states() == {"waiting": 1}


def test_enqueue_writes_nothing_when_the_verb_rolls_back(in_acme):
    def verb() -> None:
        with transaction():
            enqueue(NOTE, what="one")
            raise Refused("No.")

    with pytest.raises(Refused):
        verb()
    assert states() == {}


def test_enqueue_outside_a_transaction_is_refused(in_acme):
    with pytest.raises(RuntimeError, match="needs a transaction"):
        enqueue(NOTE, what="one")
    session().rollback()
    assert states() == {}


def test_work_is_done_once_with_its_effect(in_acme):
    job_id = queued(NOTE, what="one")
    assert attempt(NOTE, in_acme, job_id) == JobState.DONE
    assert noted() == ["one"]
    assert effects_of(job_id) == [""]
    assert row_of(job_id).attempts == 1


def test_work_that_has_ended_is_not_begun_again(in_acme):
    job_id = queued(NOTE, what="one")
    attempt(NOTE, in_acme, job_id)
    assert attempt(NOTE, in_acme, job_id) is None
    assert noted() == ["one"]
    assert row_of(job_id).attempts == 1


def test_work_sent_again_after_its_effect_does_nothing_more(in_acme):
    job_id = queued(NOTE, what="one")
    attempt(NOTE, in_acme, job_id)
    set_state(job_id, JobState.SENT)
    assert attempt(NOTE, in_acme, job_id) == JobState.DONE
    assert noted() == ["one"]
    assert effects_of(job_id) == [""]
    assert row_of(job_id).attempts == 2


def test_failing_work_is_put_back_with_longer_pauses_and_ends_dead(in_acme):
    def fail(run: JobRun) -> None:
        note("lost")
        raise ZeroDivisionError("王小树 13900139000")

    work = registry.Job("kit_tests.fail", fail, tries=3)
    job_id = queued(work)
    with clock.moved(NOON):
        for pause in (5, 10):
            assert attempt(work, in_acme, job_id) == JobState.WAITING
            row = row_of(job_id)
            assert (row.state, row.error) == ("waiting", "ZeroDivisionError")
            assert (row.run_at, row.touched_at) == (NOON + timedelta(seconds=pause), None)
        assert attempt(work, in_acme, job_id) == JobState.DEAD
        assert attempt(work, in_acme, job_id) is None
    row = row_of(job_id)
    assert (row.state, row.attempts, row.error) == ("dead", 3, "ZeroDivisionError")
    assert noted() == []
    assert effects_of(job_id) == []


def test_pauses_end_at_an_hour(in_acme):
    def fail(run: JobRun) -> None:
        raise ZeroDivisionError

    work = registry.Job("kit_tests.fail", fail, tries=100)
    job_id = queued(work)
    with apart("main") as own:
        own.execute(update(cell_outbox).values(attempts=40))
    with clock.moved(NOON):
        assert attempt(work, in_acme, job_id) == JobState.WAITING
    assert row_of(job_id).run_at == NOON + timedelta(hours=1)


def test_refused_work_ends_with_its_sentence(in_acme):
    def refuse(run: JobRun) -> None:
        note("lost")
        raise Refused("The file has no rows.")

    work = registry.Job("kit_tests.refuse", refuse)
    job_id = queued(work)
    assert attempt(work, in_acme, job_id) == JobState.REFUSED
    assert attempt(work, in_acme, job_id) is None
    row = row_of(job_id)
    assert (row.state, row.error, row.attempts) == ("refused", "The file has no rows.", 1)
    assert noted() == []
    assert effects_of(job_id) == []


def test_unknown_work_waits_for_the_release_that_knows_it(in_acme):
    job_id = queued(NOTE, what="one")
    assert perform({}.__getitem__, PLACE, in_acme, uuid.UUID(job_id)) == JobState.WAITING
    assert row_of(job_id).error == f"this release knows no job {NOTE.kind}"
    assert attempt(NOTE, in_acme, job_id) == JobState.DONE
    assert noted() == ["one"]


def test_each_step_is_done_once_when_the_work_is_killed_between_two(in_acme):
    class Killed(BaseException):
        """What no edge catches, as little as a signal is caught."""

    kills = [Killed()]

    def two_steps(run: JobRun) -> None:
        run.once("first", lambda: note("first"))
        if kills:
            raise kills.pop()
        run.once("second", lambda: note("second"))

    work = registry.Job("kit_tests.steps", two_steps, stepped=True)
    job_id = queued(work)
    with pytest.raises(Killed):
        attempt(work, in_acme, job_id)
    assert (row_of(job_id).state, noted()) == ("running", ["first"])
    assert attempt(work, in_acme, job_id) == JobState.DONE
    assert noted() == ["first", "second"]
    assert effects_of(job_id) == ["first", "second"]


def test_a_step_that_raises_leaves_no_effect(in_acme):
    def fail() -> None:
        note("lost")
        raise ZeroDivisionError

    def one_step(run: JobRun) -> None:
        run.once("only", fail)

    work = registry.Job("kit_tests.steps", one_step, stepped=True)
    job_id = queued(work)
    assert attempt(work, in_acme, job_id) == JobState.WAITING
    assert (noted(), effects_of(job_id)) == ([], [])


def test_progress_is_shown_at_most_twice_a_second_and_at_the_end(in_acme):
    seen: list[tuple[int, int]] = []

    def see(run: JobRun) -> None:
        status = find_job(run.id)
        assert status is not None
        seen.append((status.done, status.total))
        session().rollback()

    def slow(run: JobRun) -> None:
        for done in (1, 2, 4):
            run.progress(done, 4)
            see(run)

    work = registry.Job("kit_tests.slow", slow, stepped=True)
    job_id = queued(work)
    assert attempt(work, in_acme, job_id) == JobState.DONE
    assert seen == [(1, 4), (1, 4), (4, 4)]
    status = find_job(job_id)
    assert status is not None
    assert (status.state, status.has_ended, status.attempts) == (JobState.DONE, True, 1)


def test_a_job_is_found_by_its_own_workspace_only(acme, rival):
    with workspace_scope(acme):
        job_id = queued(NOTE, what="one")
        assert [status.id for status in unfinished_jobs()] == [job_id]
        assert find_job("no job") is None
    with workspace_scope(rival):
        assert find_job(job_id) is None
        assert unfinished_jobs() == []


def test_work_of_control_is_done_without_a_workspace(db):
    ran: list[str] = []
    work = registry.Job("kit_tests.control", lambda _, what: ran.append(what))
    with control_transaction():
        job_id = enqueue_control(work, what="one")
    for expected in (JobState.DONE, None):
        ended = perform({work.kind: work}.__getitem__, Place(None), None, uuid.UUID(job_id))
        assert ended == expected
    assert ran == ["one"]
    with apart(None) as control:
        state = control.scalar(
            select(control_outbox.c.state).where(control_outbox.c.id == uuid.UUID(job_id))
        )
    assert state == JobState.DONE


# --- the dispatcher ---


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """A queue of this test alone, which NOTE goes to."""
    name = f"kit-tests-{uuid.uuid4().hex[:8]}"
    monkeypatch.setitem(registry._jobs, NOTE.kind, registry.Job(NOTE.kind, noting, queue=name))
    made = queue_named(name)
    yield made
    made.delete(delete_jobs=True)


def fill(workspace: tenancy.Workspace, count: int) -> list[str]:
    with workspace_scope(workspace):
        return [queued(NOTE, what=str(number)) for number in range(count)]


def schemas(queue: Queue) -> list[str]:
    return [job_id.partition("-")[0] for job_id in queue.job_ids]


def forget(queue: Queue, job_id: str) -> None:
    """Lose a piece as a flushed Redis does."""
    for one in queue.job_ids:
        if job_id in one:
            queue.remove(one)
            queue.connection.delete(f"rq:job:{one}")


def test_a_workspace_has_few_pieces_in_flight(acme, queue):
    jobs = fill(acme, 10)
    assert dispatch(PLACE) == IN_FLIGHT
    assert dispatch(PLACE) == 0
    assert schemas(queue) == [acme.schema] * IN_FLIGHT
    assert states() == {"sent": IN_FLIGHT, "waiting": 10 - IN_FLIGHT}
    set_state(next(job_id for job_id in jobs if row_of(job_id).state == "sent"), JobState.DONE)
    assert dispatch(PLACE) == 1
    assert states() == {"done": 1, "sent": IN_FLIGHT, "waiting": 9 - IN_FLIGHT}
    assert len(queue.job_ids) == IN_FLIGHT + 1


@pytest.mark.parametrize("plan", ["on", "off"])
def test_everyone_gets_a_first_piece_before_anyones_second(acme, rival, queue, plan):
    with apart("main") as own:
        # Whichever way the server joins: this one is for the rest of the test's transaction. The
        # application itself sends no such statement, so it goes past its cursor.
        driver = own.connection().connection.driver_connection
        driver.pgconn.exec_(f"SET LOCAL enable_nestloop TO {plan}".encode())
    fill(acme, 30)
    fill(rival, 2)
    assert dispatch(PLACE) == IN_FLIGHT + 2
    order = schemas(queue)
    assert order.count(rival.schema) == 2
    assert set(order[:2]) == {acme.schema, rival.schema}
    assert set(order[2:4]) == {acme.schema, rival.schema}
    assert order[4:] == [acme.schema] * (IN_FLIGHT - 2)


def test_what_is_sent_names_the_work_in_plain_strings(acme, queue):
    (job_id,) = fill(acme, 1)
    dispatch(PLACE)
    (sent,) = queue.jobs
    assert sent.func_name == "kit.jobs.worker.work"
    assert sent.args == ["main", acme.schema, job_id]


def test_work_is_not_sent_before_its_time(in_acme, queue):
    with transaction():
        enqueue(NOTE, run_at=NOON, what="one")
    with clock.moved(NOON - timedelta(seconds=1)):
        assert dispatch(PLACE) == 0
    assert queue.job_ids == []
    with clock.moved(NOON):
        assert dispatch(PLACE) == 1


def test_only_what_is_silent_for_long_is_put_back(acme, queue):
    with clock.moved(NOON - timedelta(days=1)):
        silent, ended, told, queued_ = fill(acme, 4)
        assert dispatch(PLACE) == 4
    forget(queue, silent)
    set_state(ended, JobState.DONE)
    set_state(told, JobState.RUNNING)
    sent_at = NOON - timedelta(days=1)
    with clock.moved(sent_at + lost_after()):
        assert sweep(PLACE) == 0
        JobRun(PLACE, acme, uuid.UUID(told)).progress(1, 2)
    with clock.moved(sent_at + lost_after() + timedelta(seconds=1)):
        assert sweep(PLACE) == 1
        assert sweep(PLACE) == 0
    # What stands in a long queue is silent, too, and not lost.
    assert [row_of(job_id).state for job_id in (silent, ended, told, queued_)] == [
        "waiting",
        "done",
        "running",
        "sent",
    ]
    assert row_of(silent).touched_at is None


def test_running_work_that_fell_silent_is_put_back(acme):
    (job_id,) = fill(acme, 1)
    with clock.moved(NOON):
        assert JobRun(PLACE, acme, uuid.UUID(job_id)).start() == Taken(NOTE.kind, {"what": "0"}, 1)
        assert row_of(job_id).state == "running"
    with clock.moved(NOON + lost_after() + timedelta(seconds=1)):
        assert sweep(PLACE) == 1
    assert row_of(job_id).state == "waiting"


def test_a_schedule_makes_the_rows_of_a_period_once(acme, rival):
    hourly = [registry.Schedule(NOTE, timedelta(hours=1))]
    with clock.moved(NOON + timedelta(minutes=7)):
        assert make_scheduled("main", hourly) == 2
    with clock.moved(NOON + timedelta(minutes=59)):
        assert make_scheduled("main", hourly) == 0
    with apart("main") as own:
        rows = own.execute(select(cell_outbox)).all()
    assert {row.workspace for row in rows} == {acme.schema, rival.schema}
    assert {row.run_at for row in rows} == {NOON}
    with clock.moved(NOON + timedelta(hours=1)):
        assert make_scheduled("main", hourly) == 2
    assert states() == {"waiting": 4}


# --- the walls around the two tables ---


def refused_by_the_server(reason: str, statement: Any) -> None:
    with pytest.raises(ProgrammingError, match=reason), transaction() as tenant:
        tenant.execute(statement)


def outbox_row(workspace: tenancy.Workspace, **more: Any) -> Any:
    return insert(cell_outbox).values(
        workspace=workspace.schema, id=uuid.uuid4(), kind="x", body={}, run_at=NOON, **more
    )


def test_a_workspace_cannot_enqueue_for_another(in_acme, rival):
    refused_by_the_server('row-level security policy for table "outbox"', outbox_row(rival))
    assert states() == {}


def test_a_workspace_cannot_write_anothers_effect(in_acme, rival):
    effect = insert(cell_effects).values(workspace=rival.schema, outbox_id=uuid.uuid4(), step="")
    refused_by_the_server('row-level security policy for table "effects"', effect)
    with apart("main") as own:
        assert own.scalar(select(func.count()).select_from(cell_effects)) == 0


@pytest.mark.parametrize("more", [{"state": "done"}, {"attempts": 7}, {"error": "x"}, {"done": 1}])
def test_a_workspace_cannot_write_how_its_work_stands(in_acme, more):
    job_id = queued(NOTE, what="one")
    before = row_of(job_id)
    denied = "permission denied for table outbox"
    refused_by_the_server(denied, outbox_row(in_acme, **more))
    refused_by_the_server(denied, update(cell_outbox).values(**more))
    assert row_of(job_id) == before
    assert states() == {"waiting": 1}


def test_a_workspace_cannot_delete_its_work_or_effects(in_acme):
    job_id = queued(NOTE, what="one")
    attempt(NOTE, in_acme, job_id)
    refused_by_the_server("permission denied for table outbox", cell_outbox.delete())
    refused_by_the_server("permission denied for table effects", cell_effects.delete())
    assert (states(), effects_of(job_id)) == ({"done": 1}, [""])


# --- with a real worker ---


@pytest.fixture
def own_signals(monkeypatch) -> Iterator[Callable[..., Any] | int | None]:
    """A worker takes the process's signals, and ends in one as large as a whole test run."""
    monkeypatch.setattr("kit.jobs.worker.resident", lambda: 0)
    kept = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}
    yield None
    for which, handler in kept.items():
        signal.signal(which, handler)


@pytest.mark.real_commits
def test_a_real_worker_does_work_once_that_is_queued_twice(committed_app, queue, own_signals):
    from control.workspaces.directory import directory

    (job_id,) = fill(acme := directory.by_address("acme"), 1)
    assert dispatch(PLACE) == 1
    _send(PLACE, [Sent(acme.schema, uuid.UUID(job_id), NOTE.kind, 2)])
    assert len(queue.job_ids) == 2
    worker = ForkingWorker([queue], connection=connection(), serializer=JSONSerializer)
    worker.app = committed_app
    worker.work(burst=True, logging_level="WARNING")
    assert queue.job_ids == []
    row = row_of(job_id)
    assert (row.state, row.attempts, row.error) == ("done", 1, None)
    assert effects_of(job_id) == [""]
    with workspace_scope(acme):
        assert noted() == ["0"]

"""Terms of work: unique keys, deadlines, cancelling, chains, batches, and what was killed."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import ProgrammingError

from kit import audit, clock
from kit.db import apart, control_transaction, session, transaction, workspace_scope
from kit.errors import Refused
from kit.jobs import (
    Backoff,
    JobRun,
    Stopped,
    enqueue,
    enqueue_batch,
    enqueue_chain,
    enqueue_control,
    find_job,
    registry,
    wishes,
)
from kit.jobs.following import sweep_waiting
from kit.jobs.runner import note_killed, perform
from kit.jobs.sweeper import expire, sweep
from kit.jobs.tables import NEVER, JobState, Place, cell_outbox
from kit.live import topic
from kit.redis_client import connection
from tests.racing import done, racing_app

PLACE = Place("main")
NOTED = audit.Event.named("terms_tests:noted", "what")


class Thing:
    public_id = "01h00000000000000000000000"


def note(what: str) -> None:
    audit.record(NOTED, Thing(), by=audit.SYSTEM, what=what)


def noted() -> list[str]:
    rows = session().scalars(
        select(audit.AuditEntry)
        .where(audit.AuditEntry.event == NOTED.name)
        .order_by(audit.AuditEntry.id)
    )
    return [row.details["what"] for row in rows]


def noting(run: JobRun, what: str = "it") -> None:
    note(what)


def in_steps(run: JobRun, steps: int = 3) -> None:
    for number in range(steps):
        run.once(str(number), lambda at=number: note(str(at)))
        run.progress(number + 1, steps, step=f"step {number + 1}")


NOTE = registry.Job("terms_tests.note", noting)
STEPS = registry.Job("terms_tests.steps", in_steps, stepped=True, cancellable=True)
SUMMARY = registry.Job(
    "terms_tests.summary",
    lambda run: note(" ".join(f"{state}:{count}" for state, count in sorted(run.batch().items()))),
)
KINDS = {one.kind: one for one in (NOTE, STEPS, SUMMARY)}


def ask(work=NOTE, **more) -> str:
    with transaction():
        return enqueue(work, **more)


def attempt(job_id: str, work=None, **more) -> JobState | None:
    from kit import tenancy

    known = KINDS | ({work.kind: work} if work else {})
    return perform(known.__getitem__, PLACE, tenancy.current(), uuid.UUID(job_id), **more)


def row_of(job_id: str):
    with apart("main") as own:
        return own.execute(
            select(cell_outbox).where(cell_outbox.c.id == uuid.UUID(job_id))
        ).one_or_none()


def states(*ids: str) -> list[str]:
    return [row_of(one).state for one in ids]


def put(job_id: str, **values) -> None:
    with apart("main") as own:
        own.execute(
            update(cell_outbox).where(cell_outbox.c.id == uuid.UUID(job_id)).values(**values)
        )


# --- one of a kind ---


def test_work_with_a_key_is_made_once_until_it_has_ended(in_acme):
    first = ask(unique_key="march")
    assert ask(unique_key="march") == first
    assert ask(unique_key="april") != first
    put(first, state="running")
    assert ask(unique_key="march") == first
    put(first, state="done")
    assert ask(unique_key="march") != first


def test_a_key_is_a_workspace_s_own(acme, rival):
    with workspace_scope(acme):
        first = ask(unique_key="march")
    with workspace_scope(rival):
        assert ask(unique_key="march") != first


def test_the_control_plane_has_keys_too(db):
    made = []
    for _ in range(2):
        with control_transaction():
            made.append(enqueue_control(NOTE, unique_key="one"))
    assert made[0] == made[1]


@pytest.mark.real_commits
def test_many_who_ask_at_once_make_one(worker_id, data_dir, app):
    from control.workspaces.directory import directory
    from tests.racing import Racecourse

    with (
        racing_app(worker_id, data_dir) as made,
        made.app_context(),
        workspace_scope(directory.by_address("acme")) as acme,
    ):
        answers = Racecourse(made, acme)([lambda: ask(unique_key="march")] * 6)
        assert len(done(answers)) == 6
        assert len(set(answers)) == 1


# --- deadlines ---


def test_what_is_too_late_is_not_begun(in_acme):
    waiting, sent = (ask(deadline=clock.now() + timedelta(minutes=1)) for _ in range(2))
    put(sent, state="sent", touched_at=clock.now())
    with clock.moved(clock.now() + timedelta(minutes=2)):
        assert expire(PLACE) == 1
        assert attempt(sent) is None
    assert states(waiting, sent) == ["expired", "expired"]
    assert noted() == []


def test_a_kind_says_how_long_its_work_is_worth_doing(in_acme):
    work = registry.Job("terms_tests.code", noting, within=timedelta(minutes=10))
    before = clock.now()
    row = row_of(ask(work))
    assert timedelta(minutes=9) < row.deadline_at - before <= timedelta(minutes=11)
    later = before + timedelta(hours=5)
    assert row_of(ask(work, run_at=later)).deadline_at == later + work.within


def test_what_is_under_way_ends_at_the_step_after_its_deadline(in_acme):
    def slow(run: JobRun) -> None:
        run.once("first", lambda: note("first"))
        clock.advance(timedelta(hours=1))
        run.once("second", lambda: note("second"))

    work = registry.Job("terms_tests.slow", slow, stepped=True)
    job_id = ask(work, deadline=clock.now() + timedelta(minutes=1))
    with clock.moved(clock.now()):
        assert attempt(job_id, work) == JobState.EXPIRED
    assert noted() == ["first"]
    assert states(job_id) == ["expired"]


# --- cancelling ---


def wish(job_id: str, what: str = wishes.CANCEL) -> None:
    with transaction():
        wishes.ask(job_id, what)


def test_waiting_work_is_cancelled_at_once(in_acme):
    job_id = ask()
    wish(job_id)
    assert states(job_id) == ["cancelled"]
    assert attempt(job_id) is None


def test_sent_work_is_cancelled_when_it_should_begin(in_acme):
    job_id = ask()
    put(job_id, state="sent")
    wish(job_id)
    assert states(job_id) == ["sent"]
    assert attempt(job_id) is None
    assert states(job_id) == ["cancelled"]
    assert noted() == []


@pytest.mark.parametrize("at", ["step", "progress"])
def test_running_work_stops_at_its_next_step_and_keeps_what_is_done(in_acme, at):
    seen = []

    def run(run: JobRun) -> None:
        run.once("first", lambda: note("first"))
        wish(run.id)
        seen.append(row_of(run.id).state)
        if at == "step":
            run.once("second", lambda: note("second"))
        run.progress(1, 2)

    work = registry.Job("terms_tests.stopped", run, stepped=True)
    job_id = ask(work)
    assert attempt(job_id, work) == JobState.CANCELLED
    assert seen == ["running"]
    assert states(job_id) == ["cancelled"]
    assert noted() == ["first"]


def test_work_that_is_all_done_is_not_stopped_by_its_last_word(in_acme):
    def run(run: JobRun) -> None:
        run.once("only", lambda: note("only"))
        wish(run.id)
        run.progress(1, 1)

    work = registry.Job("terms_tests.last", run, stepped=True)
    job_id = ask(work)
    assert attempt(job_id, work) == JobState.DONE


def test_a_wish_that_was_cut_short_is_granted_later(in_acme, monkeypatch):
    job_id = ask()
    with monkeypatch.context() as patched:
        patched.setattr(wishes, "grant", lambda _place: 0)
        wish(job_id)
    assert states(job_id) == ["waiting"]
    assert wishes.grant(PLACE) == 1
    assert wishes.grant(PLACE) == 0
    assert states(job_id) == ["cancelled"]


def test_a_wish_reaches_nobody_else_s_work(acme, rival):
    with workspace_scope(acme):
        job_id = ask()
    with workspace_scope(rival):
        wish(job_id)
    assert states(job_id) == ["waiting"]


def test_a_workspace_cannot_write_the_marks_of_cancelling(in_acme):
    job_id = ask()
    for values in ({"cancel_asked_at": clock.now()}, {"sends": 9}, {"ended_at": clock.now()}):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction() as work:
            work.execute(update(cell_outbox).values(**values))
    assert states(job_id) == ["waiting"]


def test_dead_work_is_tried_again_unless_its_key_is_at_work(in_acme):
    dead = ask(unique_key="march")
    put(dead, state="dead", attempts=8, error="OSError", ended_at=clock.now())
    twin = ask(unique_key="march")
    wish(dead, wishes.RETRY)
    assert states(dead, twin) == ["dead", "waiting"]
    put(twin, state="done")
    wish(dead, wishes.RETRY)
    row = row_of(dead)
    assert (row.state, row.attempts, row.error, row.ended_at) == ("waiting", 0, None, None)


# --- chains and batches ---


def chain() -> list[str]:
    with transaction():
        return enqueue_chain([(NOTE, {"what": word}) for word in ("one", "two", "three")])


def test_a_chain_is_done_in_its_order(in_acme):
    one, two, three = chain()
    assert [row_of(job).run_at == NEVER for job in (one, two, three)] == [False, True, True]
    assert attempt(one) == JobState.DONE
    assert [row_of(job).run_at == NEVER for job in (two, three)] == [False, True]
    attempt(two)
    attempt(three)
    assert noted() == ["one", "two", "three"]


def test_what_follows_a_refusal_is_cancelled_and_a_death_holds_it_up(in_acme):
    def refuse(run: JobRun, what: str) -> None:
        raise Refused("No.")

    one, two, three = chain()
    assert attempt(one, registry.Job(NOTE.kind, refuse)) == JobState.REFUSED
    assert states(two, three) == ["cancelled", "cancelled"]

    def fail(run: JobRun, what: str) -> None:
        raise OSError

    one, two, three = chain()
    assert attempt(one, registry.Job(NOTE.kind, fail, tries=1)) == JobState.DEAD
    assert sweep_waiting(PLACE) == 0
    assert states(two, three) == ["waiting", "waiting"]
    wishes.discard(PLACE, cell_outbox.c.id == uuid.UUID(one))
    sweep_waiting(PLACE)
    assert states(one, two, three) == ["cancelled"] * 3


def test_what_a_kill_left_in_a_chain_is_found(in_acme):
    one, two, _three = chain()
    put(one, state="done")
    assert row_of(two).run_at == NEVER
    assert sweep_waiting(PLACE) == 1
    assert row_of(two).run_at <= clock.now()


def test_a_batch_ends_in_one_summary(in_acme):
    with transaction():
        batch = enqueue_batch([(NOTE, {"what": str(one)}) for one in range(3)], then=SUMMARY)
    with apart("main") as own:
        parts = list(
            own.scalars(select(cell_outbox.c.id).where(cell_outbox.c.batch == uuid.UUID(batch)))
        )
    for done_, part in enumerate(map(str, parts)):
        assert row_of(batch).run_at == NEVER
        sweep_waiting(PLACE)
        assert (row_of(batch).done, row_of(batch).total) == (done_, 3)
        if done_ == 1:
            put(part, state="running")
            wish(part)
        attempt(part)
    assert row_of(batch).run_at <= clock.now()
    assert attempt(batch) == JobState.DONE
    assert noted()[-1] == "cancelled:1 done:2"
    status = find_job(batch)
    assert status is not None
    assert status.percent == 100


def test_an_empty_batch_is_its_summary(in_acme):
    with transaction():
        batch = enqueue_batch([], then=SUMMARY)
    assert attempt(batch) == JobState.DONE


# --- progress, live ---


def test_progress_tells_percent_step_and_the_rest_and_wakes_the_page(in_acme):
    ear = connection().pubsub()
    ear.subscribe(topic(in_acme))
    job_id = ask(STEPS, asked_by="01person")
    put(job_id, begun_at=clock.now() - timedelta(seconds=30), done=30, total=90, state="running",
        step="second sheet")  # fmt: skip
    status = find_job(job_id)
    assert status is not None
    assert (status.percent, status.step) == (33, "second sheet")
    assert 55 <= (status.seconds_left or 0) <= 65
    put(job_id, state="sent")
    session().rollback()
    assert attempt(job_id) == JobState.DONE
    words = []
    while message := ear.get_message(timeout=0.2):
        words.append(message["data"])
    ear.close()
    assert sum(b'"jobs"' in word and b"01person" in word for word in words if word != 1) >= 3


def test_the_rest_is_reckoned_by_the_pace_since_it_was_begun_again(in_acme):
    job_id = ask(STEPS)
    put(job_id, done=90, total=100, attempts=1)
    run = JobRun(PLACE, in_acme, uuid.UUID(job_id))

    def left(**values):
        # What it has read is let go of first: it stands in the same transaction here.
        session().rollback()
        put(job_id, begun_at=clock.now() - timedelta(seconds=10), **values)
        return find_job(job_id).seconds_left

    run.start()
    # Nothing was done yet in this attempt: nobody can tell.
    assert left() is None
    assert 35 <= left(done=92) <= 45
    # This one began from the first again.
    session().rollback()
    run.progress(4, 100)
    assert left() is None
    assert 30 <= left(done=24) <= 45


# --- killed and doubled ---


def test_what_was_killed_is_tried_again_after_its_pause_and_dies_after_its_tries(in_acme):
    work = registry.Job(NOTE.kind, noting, tries=2, backoff=Backoff(first=timedelta(seconds=3)))
    job_id = ask(work)
    for state in ("waiting", "dead"):
        JobRun(PLACE, in_acme, uuid.UUID(job_id)).start()
        with clock.moved(clock.now()):
            note_killed({work.kind: work}.__getitem__, PLACE, in_acme, uuid.UUID(job_id))
            row = row_of(job_id)
            assert (row.state, row.error) == (state, "killed")
            if state == "waiting":
                assert row.run_at == clock.now() + timedelta(seconds=3)


def test_a_second_delivery_leaves_what_is_in_hand_alone(in_acme):
    job_id = ask()
    JobRun(PLACE, in_acme, uuid.UUID(job_id)).start()
    assert attempt(job_id, takes_over=False) is None
    assert row_of(job_id).attempts == 1
    with clock.moved(clock.now() + timedelta(minutes=5)):
        assert attempt(job_id, takes_over=False) == JobState.DONE


def test_who_was_stopped_until_all_was_forgotten_begins_nothing(in_acme):
    job_id = ask(STEPS)
    run = JobRun(PLACE, in_acme, uuid.UUID(job_id))
    run.start()
    with apart("main") as own:
        own.execute(cell_outbox.delete())
    with pytest.raises(Stopped):
        run.once("1", lambda: note("again"))
    assert noted() == []


def silenced(job_id: str) -> None:
    """What was begun goes silent: its whole worker is gone."""
    with apart("main") as own:
        own.execute(
            update(cell_outbox)
            .where(cell_outbox.c.id == uuid.UUID(job_id))
            .values(
                state=JobState.RUNNING,
                attempts=cell_outbox.c.attempts + 1,
                touched_at=clock.now() - timedelta(hours=1),
            )
        )


def test_what_takes_its_whole_worker_down_is_not_begun_for_ever(in_acme, monkeypatch):
    monkeypatch.setitem(registry._jobs, NOTE.kind, NOTE)
    job_id, one = ask(), ask()
    found = []
    for _ in range(NOTE.tries):
        silenced(job_id)
        assert sweep(PLACE) == 1
        found.append(row_of(job_id).state)
    assert found == ["waiting"] * (NOTE.tries - 1) + ["dead"]
    assert row_of(job_id).error == "lost"
    assert row_of(job_id).ended_at is not None
    # People can still have it tried again, from its first attempt.
    wishes.revive(PLACE, cell_outbox.c.id == uuid.UUID(job_id))
    assert (row_of(job_id).state, row_of(job_id).attempts) == ("waiting", 0)
    # What is tried once only has no part in a machine that lost its power.
    monkeypatch.setitem(registry._jobs, NOTE.kind, registry.Job(NOTE.kind, noting, tries=1))
    silenced(one)
    assert sweep(PLACE) == 1
    assert states(one) == ["waiting"]

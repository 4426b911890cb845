"""Shares of the workers, pauses, rates, queues: what the dispatcher obeys."""

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from kit import clock, tenancy
from kit.db import apart, session, transaction, workspace_scope
from kit.jobs import JobRun, enqueue, registry
from kit.jobs.bell import connection
from kit.jobs.dispatcher import dispatch
from kit.jobs.queues import CleanedQueue, has_forgotten, queue_named
from kit.jobs.sweeper import lost_after, resend_all, sweep
from kit.jobs.tables import JobState, Place, cell_outbox, cell_shares
from kit.settings import get_settings

PLACE = Place("main")


def nothing(run: JobRun) -> None:
    """Do nothing: it is never run here."""


USUAL = registry.Job("shares_tests.usual", nothing)
OTHER = registry.Job("shares_tests.other", nothing)
URGENT = registry.Job("shares_tests.urgent", nothing, queue="interactive")
LARGE = registry.Job("shares_tests.large", nothing, queue="bulk")


@pytest.fixture(autouse=True)
def queues(monkeypatch) -> Iterator[None]:
    for one in (USUAL, OTHER, URGENT, LARGE):
        monkeypatch.setitem(registry._jobs, one.kind, one)
    for name in registry.QUEUES:
        queue_named(name).empty()
    yield
    for name in registry.QUEUES:
        queue_named(name).empty()


def fill(workspace: tenancy.Workspace, count: int, work=USUAL, **more) -> list[str]:
    with workspace_scope(workspace), transaction():
        return [enqueue(work, **more) for _ in range(count)]


def share(workspace: str = "", kind: str = "", **values) -> None:
    with apart("main") as own:
        own.execute(delete(cell_shares))
        own.execute(insert(cell_shares).values(workspace=workspace, kind=kind, **values))


def sent() -> Counter[tuple[str, str]]:
    with apart("main") as own:
        rows = own.execute(
            select(cell_outbox.c.workspace, cell_outbox.c.kind).where(
                cell_outbox.c.state == JobState.SENT
            )
        )
        return Counter((row.workspace, row.kind) for row in rows)


def set_all(state: JobState, **values) -> None:
    with apart("main") as own:
        own.execute(
            update(cell_outbox)
            .where(cell_outbox.c.state == JobState.SENT)
            .values(state=state, **values)
        )


def test_each_priority_has_a_queue_and_a_cap_of_its_own(acme):
    fill(acme, 9, LARGE)
    fill(acme, 9)
    fill(acme, 9, URGENT)
    dispatch(PLACE)
    assert sent() == {(acme.schema, one.kind): 4 for one in (LARGE, USUAL, URGENT)}
    assert [len(queue_named(name)) for name in registry.QUEUES] == [4, 4, 4]


def test_a_row_cannot_write_itself_to_the_front(acme, rival):
    """Due since 1970 by its own word: it is due since it exists."""
    fill(rival, 1)
    fill(acme, 3, run_at=clock.now() - timedelta(days=20_000))
    dispatch(PLACE)
    order = [one.partition("-")[0] for one in queue_named("normal").job_ids]
    assert order == [rival.schema, *[acme.schema] * 3] or order[1] == rival.schema
    assert order.index(rival.schema) <= 1


def test_a_weight_is_a_larger_share_of_the_workers(acme, rival):
    share(acme.schema, weight=3)
    fill(acme, 30)
    fill(rival, 30)
    dispatch(PLACE)
    assert sent() == {(acme.schema, USUAL.kind): 12, (rival.schema, USUAL.kind): 4}


def test_a_cap_of_its_own(acme, rival):
    share(acme.schema, in_flight=1)
    fill(acme, 5)
    fill(rival, 5)
    dispatch(PLACE)
    assert sent() == {(acme.schema, USUAL.kind): 1, (rival.schema, USUAL.kind): 4}


def test_a_rate_holds_over_a_minute(acme, rival):
    share(acme.schema, per_minute=3)
    fill(acme, 9)
    fill(rival, 1)
    now = clock.now() + timedelta(seconds=1)
    with clock.moved(now):
        dispatch(PLACE)
        assert sent()[acme.schema, USUAL.kind] == 3
        set_all(JobState.DONE)
        assert dispatch(PLACE) == 0
    with clock.moved(now + timedelta(seconds=59)):
        assert dispatch(PLACE) == 0
    with clock.moved(now + timedelta(seconds=61)):
        assert dispatch(PLACE) == 3


def test_the_usual_rate_is_a_setting(acme, monkeypatch):
    monkeypatch.setenv("JOBS_PER_MINUTE", "2")
    get_settings.cache_clear()
    try:
        fill(acme, 5)
        assert dispatch(PLACE) == 2
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_a_queue_stays_short(acme, rival, monkeypatch):
    monkeypatch.setenv("JOBS_QUEUE_LENGTH", "4")
    get_settings.cache_clear()
    try:
        fill(acme, 9)
        fill(rival, 9)
        assert dispatch(PLACE) == 4
        assert sent() == {(acme.schema, USUAL.kind): 2, (rival.schema, USUAL.kind): 2}
        assert dispatch(PLACE) == 0
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


@pytest.mark.parametrize("what", ["workspace", "kind", "both"])
def test_what_is_paused_waits(acme, rival, what):
    schema = acme.schema if what != "kind" else ""
    share(schema, USUAL.kind if what != "workspace" else "", paused_at=clock.now())
    for workspace in (acme, rival):
        fill(workspace, 1)
        fill(workspace, 1, OTHER)
    dispatch(PLACE)
    everything = {(one.schema, work.kind) for one in (acme, rival) for work in (USUAL, OTHER)}
    held = {
        "workspace": {(acme.schema, USUAL.kind), (acme.schema, OTHER.kind)},
        "kind": {(acme.schema, USUAL.kind), (rival.schema, USUAL.kind)},
        "both": {(acme.schema, USUAL.kind)},
    }
    assert set(sent()) == everything - held[what]


def test_a_backlog_of_one_kind_does_not_hide_another(acme):
    fill(acme, 60, LARGE)
    fill(acme, 1, URGENT)
    dispatch(PLACE)
    assert sent() == {(acme.schema, LARGE.kind): 4, (acme.schema, URGENT.kind): 1}


def test_no_workspace_sees_or_sets_shares(in_acme):
    from sqlalchemy.exc import ProgrammingError

    for statement in (
        select(cell_shares),
        insert(cell_shares).values(workspace=in_acme.schema, kind="", weight=100),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction() as work:
            work.execute(statement)
    session().rollback()


# --- Redis ---


def test_an_empty_redis_is_noticed_once_and_everything_is_sent_again(acme):
    has_forgotten()
    assert not has_forgotten()
    fill(acme, 3)
    dispatch(PLACE)
    for key in connection().scan_iter("rq:*"):
        connection().delete(key)
    connection().delete("simtree:jobs:mark")
    assert has_forgotten()
    assert not has_forgotten()
    assert resend_all(PLACE) == 3
    assert dispatch(PLACE) == 3
    assert len(queue_named("normal")) == 3


def test_a_redis_that_is_away_gets_nothing_and_loses_nothing(acme, monkeypatch):
    import redis

    from kit.jobs import dispatcher

    away = redis.Redis(port=1)
    fill(acme, 2)
    with monkeypatch.context() as patched:
        patched.setattr(dispatcher, "connection", lambda: away)
        with pytest.raises(redis.RedisError):
            dispatch(PLACE)
    assert sent() == {}
    assert dispatch(PLACE) == 2


def test_the_clean_up_lock_is_gone_a_minute_after_its_holder():
    queue = CleanedQueue(f"lock-{uuid.uuid4().hex[:8]}", connection=connection())
    assert queue.acquire_maintenance_lock()
    assert not queue.acquire_maintenance_lock()
    assert 50 < connection().ttl(queue.registry_cleaning_key) <= 60
    queue.release_maintenance_lock()


def test_what_a_worker_took_and_died_with_is_put_back(acme):
    """A worker of several queues that is killed between taking an entry and opening it."""
    fill(acme, 2)
    with clock.moved(clock.now()):
        assert dispatch(PLACE) == 2
        queue = queue_named("normal")
        (taken, standing) = queue.job_ids
        assert queue.pop_job_id() == taken
        # The entry itself calls itself queued for ever.
        assert connection().hget(f"rq:job:{taken}", "status") == b"queued"
        with clock.moved(clock.now() + lost_after() + timedelta(seconds=1)):
            assert sweep(PLACE) == 1
    with apart("main") as own:
        states = {
            str(row.id): row.state
            for row in own.execute(select(cell_outbox.c.id, cell_outbox.c.state))
        }
    assert {state for one, state in states.items() if one in taken} == {"waiting"}
    assert {state for one, state in states.items() if one in standing} == {"sent"}

"""Recurring work of workspaces, in their own time, once; and what ended long ago."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, text, update

from kit import clock, ids
from kit.db import apart, database, session, transaction, workspace_scope
from kit.jobs import JobRun, enqueue, month_end, registry
from kit.jobs.calendars import Daily
from kit.jobs.scheduling import make_scheduled
from kit.jobs.sweeper import prune
from kit.jobs.tables import (
    JobState,
    Place,
    cell_effects,
    cell_outbox,
    cell_schedules,
    cell_work_days,
)
from kit.settings import get_settings
from tests.racing import racing_app

PLACE = Place("main")
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def settle(run: JobRun, *, due: str) -> None:
    """Settle what was due at a moment."""


def clean(run: JobRun) -> None:
    """Clean up."""


SETTLE = registry.Job("clock_tests.settle", settle)
CLEAN = registry.Job("clock_tests.clean", clean)
MONTHLY = registry.Schedule(SETTLE, month_end("23:30"), each_missed=True)
NIGHTLY = registry.Schedule(CLEAN, Daily("03:00"))


def at(text_: str, zone=SHANGHAI) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=zone).astimezone(UTC)


def tick(moment: datetime, *schedules, zones=lambda _schema: SHANGHAI) -> int:
    with clock.moved(moment):
        return make_scheduled("main", schedules, zones)


def made(work) -> list[tuple[str, datetime]]:
    with apart("main") as own:
        rows = own.execute(
            select(cell_outbox.c.workspace, cell_outbox.c.run_at)
            .where(cell_outbox.c.kind == work.kind)
            .order_by(cell_outbox.c.run_at, cell_outbox.c.workspace)
        )
        return [tuple(row) for row in rows]


def test_the_end_of_the_month_is_each_workspace_s_own(acme, rival):
    zones = {acme.schema: SHANGHAI, rival.schema: NEW_YORK}.__getitem__
    assert tick(at("2026-03-02 12:00"), MONTHLY, zones=zones) == 0, "a new one begins with the next"
    assert tick(at("2026-03-31 23:29"), MONTHLY, zones=zones) == 0
    assert tick(at("2026-03-31 23:30"), MONTHLY, zones=zones) == 1
    assert tick(at("2026-03-31 23:30", NEW_YORK), MONTHLY, zones=zones) == 1
    assert tick(at("2026-04-02 00:00", NEW_YORK), MONTHLY, zones=zones) == 0
    assert made(SETTLE) == [
        (acme.schema, at("2026-03-31 23:30")),
        (rival.schema, at("2026-03-31 23:30", NEW_YORK)),
    ]
    with apart("main") as own:
        body = own.scalars(
            select(cell_outbox.c.body).where(cell_outbox.c.workspace == acme.schema)
        ).one()
    assert body == {"due": at("2026-03-31 23:30").isoformat()}


def test_every_month_that_nobody_looked_at_the_clock_is_made_up_for_once(acme):
    tick(at("2026-01-15 00:00"), MONTHLY)
    tick(at("2026-04-03 08:00"), MONTHLY)
    tick(at("2026-04-03 08:01"), MONTHLY)
    assert [moment for schema, moment in made(SETTLE) if schema == acme.schema] == [
        at("2026-01-31 23:30"),
        at("2026-02-28 23:30"),
        at("2026-03-31 23:30"),
    ]


def test_of_nights_that_were_missed_the_last_will_do(acme):
    tick(at("2026-01-15 00:00"), NIGHTLY)
    tick(at("2026-01-20 08:00"), NIGHTLY)
    assert [moment for schema, moment in made(CLEAN) if schema == acme.schema] == [
        at("2026-01-20 03:00")
    ]


def test_what_was_done_and_cleared_away_is_not_done_again(acme):
    tick(at("2026-01-15 00:00"), MONTHLY)
    assert tick(at("2026-02-01 00:00"), MONTHLY) == 2
    with apart("main") as own:
        own.execute(cell_outbox.delete())
    assert tick(at("2026-02-02 00:00"), MONTHLY) == 0


def test_a_closed_workspace_catches_up_when_it_is_back(acme):
    tick(at("2026-01-15 00:00"), MONTHLY)
    with apart("main", role="simtree_control") as own:
        own.execute(
            text("UPDATE workspaces SET access = 'none' WHERE workspace = :schema"),
            {"schema": acme.schema},
        )
    assert tick(at("2026-02-01 00:00"), MONTHLY) == 1
    with apart("main", role="simtree_control") as own:
        own.execute(
            text("UPDATE workspaces SET access = 'full' WHERE workspace = :schema"),
            {"schema": acme.schema},
        )
    assert tick(at("2026-02-05 00:00"), MONTHLY) == 1
    assert (acme.schema, at("2026-01-31 23:30")) in made(SETTLE)


@pytest.mark.real_commits
def test_two_schedulers_make_one(worker_id, data_dir, app):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    with racing_app(worker_id, data_dir) as site, site.app_context():
        tick(at("2026-01-15 00:00"), MONTHLY)
        barrier = Barrier(4)

        def scheduler(_number: int) -> int:
            with site.app_context():
                barrier.wait(20)
                return tick(at("2026-02-01 00:00"), MONTHLY)

        with ThreadPoolExecutor(4) as pool:
            counts = list(pool.map(scheduler, range(4)))
        assert sum(counts) == 2, "one for each of the two workspaces"
        assert len(made(SETTLE)) == 2
        with apart("main") as own:
            rows = own.execute(select(cell_schedules.c.last_at, cell_schedules.c.next_at)).all()
        assert {tuple(row) for row in rows} == {(at("2026-01-31 23:30"), at("2026-02-28 23:30"))}
        for engine in database.engines.values():
            engine.dispose()


# --- what ended long ago ---


def ended(workspace, state: JobState, *, days: int, effects: int = 1) -> str:
    with workspace_scope(workspace), transaction():
        job_id = enqueue(CLEAN)
    moment = clock.now() - timedelta(days=days)
    with apart("main") as own:
        own.execute(
            update(cell_outbox)
            .where(cell_outbox.c.id == job_id)
            .values(state=state, begun_at=moment - timedelta(seconds=7), ended_at=moment)
        )
        for number in range(effects):
            own.execute(
                insert(cell_effects).values(
                    workspace=workspace.schema, outbox_id=job_id, step=str(number)
                )
            )
    return job_id


def counted(table) -> int:
    with apart("main") as own:
        return own.scalar(select(func.count()).select_from(table))


def test_old_work_goes_with_its_effects_and_leaves_its_count(acme):
    keep = get_settings().jobs_keep_days
    for _ in range(3):
        ended(acme, JobState.DONE, days=keep + 1, effects=2)
    ended(acme, JobState.DONE, days=keep - 1)
    assert prune(PLACE) == 3
    assert prune(PLACE) == 0
    assert (counted(cell_outbox), counted(cell_effects)) == (1, 1)
    with apart("main") as own:
        (row,) = own.execute(select(cell_work_days)).all()
    assert (row.workspace, row.kind, row.state) == (acme.schema, CLEAN.kind, "done")
    assert (row.count, row.seconds) == (3, 21)
    ended(acme, JobState.DONE, days=keep + 1)
    prune(PLACE)
    with apart("main") as own:
        assert own.scalar(select(func.sum(cell_work_days.c.count))) == 4


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.SENT, JobState.RUNNING])
def test_effects_stay_as_long_as_their_work_can_be_sent_again(acme, state):
    ended(acme, state, days=1_000)
    ended(acme, JobState.DEAD, days=get_settings().jobs_keep_failed_days - 1)
    assert prune(PLACE) == 0
    assert counted(cell_effects) == 2


def test_what_failed_is_kept_longer_for_people_to_look_at(acme):
    settings = get_settings()
    for state in (JobState.DEAD, JobState.REFUSED, JobState.CANCELLED, JobState.EXPIRED):
        ended(acme, state, days=settings.jobs_keep_days + 1)
        ended(acme, state, days=settings.jobs_keep_failed_days + 1)
    assert prune(PLACE) == 4


def test_rows_of_a_release_that_wrote_no_end_go_by_their_last_sign(acme):
    job_id = ended(acme, JobState.DONE, days=1)
    with apart("main") as own:
        own.execute(
            update(cell_outbox)
            .where(cell_outbox.c.id == job_id)
            .values(ended_at=None, touched_at=clock.now() - timedelta(days=400))
        )
    assert prune(PLACE) == 1


def test_expired_log_ins_are_cleared_away(in_acme):
    from tenants.accounts.models import PhoneProof, Throttle, UserSession
    from tenants.accounts.services import upkeep
    from tests.factories.accounts import make_user, sign_in

    sign_in(make_user())
    sign_in(make_user())
    first = session().scalars(select(UserSession).order_by(UserSession.id)).first()
    with transaction() as work:
        work.execute(
            update(UserSession)
            .where(UserSession.id == first.id)
            .values(expires_at=clock.now() - timedelta(days=31))
        )
        work.add(Throttle(subject=ids.new(), hits=[], expires_at=clock.now() - timedelta(days=40)))
    before = session().scalar(select(func.count()).select_from(UserSession))
    assert upkeep.purge_expired() >= 2
    assert session().scalar(select(func.count()).select_from(UserSession)) == before - 1
    assert session().scalar(select(func.count()).select_from(PhoneProof)) is not None

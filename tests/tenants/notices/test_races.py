"""Several at once: a job that runs twice sends once, a reminder is done once."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from kit import mail, tenancy
from kit.db import database, session, workspace_scope
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, cell_outbox
from kit.settings import get_settings
from tenants.accounts.models import User
from tenants.notices import services
from tenants.notices.models import Announcement, Follow, Notice, Reading, Reminder, Repeat, Setting
from tests import databases
from tests.factories.accounts import make_user, owner
from tests.factories.notices import KIND, RECORD, make_announcement, make_reminder, tell, thing

pytestmark = pytest.mark.real_commits


@pytest.fixture(scope="module")
def real_app(worker_id: str, data_dir: str, app: Flask) -> Iterator[Flask]:
    """An application whose commits last, on a database of its own."""
    del app
    os.environ["DATA_DIR"] = data_dir
    name = f"simtree_race_notices_{worker_id}"
    databases.clone(name)
    os.environ["POOL_SIZE"] = "16"
    get_settings.cache_clear()
    from wsgi import create_app

    made = create_app()
    yield made
    with made.app_context():
        for engine in database.engines.values():
            engine.dispose()
    databases.use_database(f"simtree_test_{worker_id}")
    with psycopg.connect(databases.superuser_url(), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def workspace(real_app: Flask) -> Iterator[tenancy.Workspace]:
    from control.workspaces.directory import directory

    directory.forget()
    with real_app.app_context():
        found = directory.by_address("acme")
        assert found is not None
        with workspace_scope(found):
            yield found
    directory.forget()


def at_once(app, workspace, times, verb):
    """Run a verb in threads that start together; return what each answered."""
    session().rollback()
    start = threading.Barrier(times)

    def run(number):
        with app.app_context(), workspace_scope(workspace):
            start.wait()
            return verb(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_the_same_job_run_many_times_at_once_sends_once(real_app, workspace, monkeypatch):
    me = make_user()
    tell(me)
    jobs = session().scalars(
        select(cell_outbox.c.id).where(cell_outbox.c.state == JobState.WAITING)
    ).all()  # fmt: skip
    assert len(jobs) == 1
    sent, may_end, really = [], threading.Event(), mail.send

    def slowly(*given, **more):
        sent.append(more["message_id"])
        may_end.wait(1.5)
        really(*given, **more)

    monkeypatch.setattr(mail, "send", slowly)
    place = Place("main")
    ended = at_once(
        real_app, workspace, 6, lambda _: perform(registry.get, place, workspace, jobs[0])
    )
    may_end.set()
    assert sent == [str(jobs[0])]
    assert JobState.DONE in ended
    # Those that came second were put back, and find it done.
    again = at_once(
        real_app, workspace, 3, lambda _: perform(registry.get, place, workspace, jobs[0])
    )
    assert set(again) <= {None, JobState.DONE}
    assert len(sent) == 1


def test_a_reminder_done_twice_at_once_is_followed_once(real_app, workspace):
    me = make_user()
    made = make_reminder(me, repeats=Repeat.DAILY)
    number, me_id, record = made.id, me.id, made.record_id
    session().commit()

    def finish(_):
        by = session().get_one(User, me_id)
        return services.finish_reminder(session().get_one(Reminder, number), by=by) is not None

    assert sum(at_once(real_app, workspace, 6, finish)) == 1
    session().rollback()
    rows = session().scalars(select(Reminder).where(Reminder.record_id == record)).all()
    assert sorted(one.done_at is None for one in rows) == [False, True]


def test_a_receipt_a_follower_and_an_announcement_are_there_once(real_app, workspace):
    me = make_user()
    made, record = make_announcement(), thing()
    public_id, number, me_id = made.public_id, made.id, me.id
    session().commit()

    def read(_):
        by = session().get_one(User, me_id)
        services.follow(RECORD, record, by=by)
        services.tell_audience(public_id)
        return services.read_announcement(session().get_one(Announcement, number), by=by)

    assert sum(at_once(real_app, workspace, 6, read)) == 1
    session().rollback()
    counted = [
        session().scalar(select(func.count()).where(condition))
        for condition in (
            Reading.announcement_id == number,
            Follow.record_id == record,
            (Notice.record_id == public_id) & (Notice.user_id == me_id),
        )
    ]
    assert counted == [1, 1, 1]


def test_rules_and_choices_saved_at_once_are_there_once(real_app, workspace):
    me_id, boss = make_user().id, owner().id
    session().commit()

    def save(number):
        by = session().get_one(User, boss)
        wanted = Setting.OFF if number % 2 else Setting.FORCED
        services.edit_rules({(KIND.code, "sms"): wanted}, by=by)
        services.edit_choices(session().get_one(User, me_id), [])

    at_once(real_app, workspace, 6, save)
    session().rollback()

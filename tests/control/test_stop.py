"""Every process told to stop: within a bound, with exit code 0, nothing lost and nothing twice."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert

import wsgi
from control.operations.models import OperationState
from control.operations.process import operate_one
from control.operations.services import ask
from infra.local.places import free_port
from kit import audit, clock
from kit.db import apart, control_transaction
from kit.jobs import registry
from kit.jobs.bell import connection
from kit.jobs.dispatcher import dispatch
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, control_outbox
from tests import databases
from tests.control import stopping
from tests.databases import ROOT

pytestmark = pytest.mark.real_commits


@pytest.fixture(scope="module")
def site(worker_id, app, data_dir):
    """A database of its own where every commit is real, and an application on it."""
    from control.workspaces.directory import directory
    from kit.db import database

    name = f"simtree_test_{worker_id}_stop"
    databases.clone(name)
    directory.forget()
    made = stopping.create_app()
    _forget_queues()
    with made.app_context():
        yield made
        database.control.remove()
        for engine in database.engines.values():
            engine.dispose()
    directory.forget()
    with psycopg.connect(databases.superuser_url(), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    databases.use_database(f"simtree_test_{worker_id}")
    _forget_queues()


def _forget_queues() -> None:
    for key in connection().scan_iter("rq:*"):
        connection().delete(key)


@pytest.fixture
def start(site):
    running: list[subprocess.Popen] = []

    def started(*command, **settings) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")])}
            | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield started
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


FLASK = ("flask", "--app", "tests.control.stopping")


@pytest.fixture
def what():
    """A name for the work of a test, with the file by which it says that it has begun."""
    made = []

    def name(prefix="short") -> str:
        made.append(f"{prefix}-{uuid.uuid4().hex[:8]}")
        return made[-1]

    yield name
    for one in made:
        Path(stopping.what_file(one)).unlink(missing_ok=True)


def until(happened, *, seconds=40.0):
    deadline = time.monotonic() + seconds
    while not (answer := happened()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return answer


def begun(name) -> bool:
    return Path(stopping.what_file(name)).exists()


def sql(statement, *values):
    with psycopg.connect(databases.superuser_url(), dbname=_database(), autocommit=True) as own:
        cursor = own.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def _database() -> str:
    return os.environ["DATABASE_URL"].rpartition("/")[2].partition("?")[0]


def done(name) -> int:
    return sql("SELECT count(*) FROM control.audit_entries WHERE subject_id = %s", name)[0][0]


def enqueue(*names) -> list[uuid.UUID]:
    ids = [uuid.uuid4() for _ in names]
    with apart(None) as control:
        control.execute(
            insert(control_outbox),
            [
                {
                    "workspace": "",
                    "id": job_id,
                    "kind": "stopping.slow",
                    "body": {"what": name},
                    "run_at": clock.now(),
                }
                for job_id, name in zip(ids, names, strict=True)
            ],
        )
    return ids


def row_of(job_id) -> tuple:
    return sql("SELECT state, attempts FROM control.outbox WHERE id = %s", job_id)[0]


def stop(process, *, within) -> None:
    process.terminate()
    assert process.wait(within) == 0


def dispatch_now() -> None:
    dispatch(Place(None))


def test_the_web_ends_the_request_in_hand_and_takes_no_new_one(start, what):
    port, name = free_port(), what()
    web = start(
        *("gunicorn", "--worker-class", "gthread", "--threads", "4", "--workers", "1"),
        *("--bind", f"127.0.0.1:{port}", "--graceful-timeout", "10", "--no-control-socket"),
        "tests.control.stopping:create_app()",
    )
    until(lambda: _answer(port, "/healthz") == 200)
    answers = []
    request = threading.Thread(target=lambda: answers.append(_answer(port, f"/slow/{name}")))
    request.start()
    until(lambda: begun(name))
    web.terminate()
    until(lambda: _answer(port, "/healthz") is None)
    assert web.wait(10) == 0
    request.join()
    assert answers == [200]
    assert done(name) == 1


def _answer(port, path) -> int | None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=15)) as asked:
        try:
            asked.request("GET", path)
            return asked.getresponse().status
        except OSError:
            return None


def test_the_worker_ends_the_job_in_hand(start, what):
    name = what()
    (job_id,) = enqueue(name)
    dispatch_now()
    worker = start(*FLASK, "jobs", "work")
    until(lambda: begun(name))
    # As a service manager stops a service: the signal goes to every process of it.
    os.killpg(worker.pid, signal.SIGTERM)
    assert worker.wait(15) == 0
    assert done(name) == 1
    assert row_of(job_id) == (JobState.DONE, 1)


def test_a_job_that_takes_too_long_is_cut_short_and_tried_again(start, what):
    name = what("long")
    (job_id,) = enqueue(name)
    dispatch_now()
    worker = start(*FLASK, "jobs", "work", STOP_SECONDS="1")
    until(lambda: begun(name))
    begin = time.monotonic()
    stop(worker, within=15)
    assert time.monotonic() - begin < 10
    assert done(name) == 0
    assert row_of(job_id) == (JobState.WAITING, 0)
    perform(registry.get, Place(None), None, job_id)
    assert done(name) == 1
    assert row_of(job_id) == (JobState.DONE, 1)


def test_the_dispatcher_loses_and_doubles_nothing(start, what):
    names = [f"queued-{number}" for number in range(4)]
    ids = enqueue(*names)
    dispatcher = start(*FLASK, "jobs", "dispatch")
    until(lambda: {row_of(job_id)[0] for job_id in ids} == {JobState.SENT})
    stop(dispatcher, within=15)
    queued = [str(job) for job in connection().lrange("rq:queue:simtree-normal", 0, -1)]
    assert all(sum(str(job_id) in job for job in queued) == 1 for job_id in ids)


def test_the_provisioner_gives_back_what_it_cannot_end(start, site, what):
    name = what()
    with control_transaction():
        operation = ask("stopping.steps", workspace=None, by=audit.SYSTEM, what=name).id
    provisioner = start(*FLASK, "tenants", "provision")
    until(lambda: begun(name))
    stop(provisioner, within=15)
    state = "SELECT state, attempts, run_at <= now() FROM control.operations WHERE id = %s"
    assert sql(state, operation) == [(OperationState.QUEUED, 0, True)]
    assert done(name) == 0
    assert operate_one(wsgi.tenant_plane(), {})
    assert sql(state, operation)[0][0] == OperationState.DONE
    assert done(name) == 1

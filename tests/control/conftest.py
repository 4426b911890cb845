"""Mail that was sent, background work of control, and an application that really commits."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from kit import clock, mail
from kit.db import apart, control_session, database
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, control_outbox
from tests import databases
from tests.page import PageClient


@pytest.fixture
def sent(data_dir: str) -> Callable[[], list[mail.Message]]:
    """The messages of this test, newest first."""
    shutil.rmtree(Path(data_dir) / "messages", ignore_errors=True)
    return mail.kept


@pytest.fixture
def work() -> Callable[[], list[JobState | None]]:
    """Do the control plane's due background work here and now; return how each piece ended."""

    def do() -> list[JobState | None]:
        with apart(None) as control:
            due = control.scalars(
                select(control_outbox.c.id)
                .where(
                    control_outbox.c.state == JobState.WAITING,
                    control_outbox.c.run_at <= clock.now(),
                )
                .order_by(control_outbox.c.created_at)
            ).all()
        ended = [perform(registry.get, Place(None), None, job_id) for job_id in due]
        control_session().expire_all()
        return ended

    return do


def link_in(message: mail.Message) -> str:
    """Return the path of the first link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S*)", message.body)
    assert found, message.body
    return found[1]


@pytest.fixture
def committed_app(worker_id: str, data_dir: str, app: Flask) -> Iterator[Flask]:
    """An application on a database of its own, where every commit is real."""
    from control.workspaces.directory import directory

    name = f"simtree_test_{worker_id}_committed"
    os.environ["DATA_DIR"] = data_dir
    databases.clone(name)
    directory.forget()
    from wsgi import create_app

    made = create_app()
    made.test_client_class = PageClient
    with made.app_context():
        yield made
        database.control.remove()
        engines = list(database.engines.values())
    for engine in engines:
        engine.dispose()
    directory.forget()
    _drop(name)
    databases.use_database(f"simtree_test_{worker_id}")


def _drop(name: str) -> None:
    """Drop a database and the roles of workspaces that were built in it alone."""
    url = databases.superuser_url()
    with psycopg.connect(url, dbname=name, autocommit=True) as server:
        built = server.execute(
            "SELECT schema FROM control.workspaces WHERE address NOT IN ('acme', 'rival')"
        ).fetchall()
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for (role,) in built:
            server.execute(f"DROP ROLE IF EXISTS {role}")

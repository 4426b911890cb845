"""A short kill matrix, the same every time: each piece leaves one effect, whoever was killed.

The long one, with web and PostgreSQL in it, is `python -m tests.bench.kills`.
"""

import os
import random
import signal
import time

import psycopg
import pytest

from infra.local.servers import EmbeddedRedis
from kit import redis_client
from kit.db import transaction, workspace_scope
from kit.jobs import enqueue
from kit.settings import get_settings
from tests import crew, databases
from tests.racing import racing_app

PIECES = 20
SEED = 11
PLAN = [
    ("horse", signal.SIGKILL),
    ("worker", signal.SIGKILL),
    ("dispatcher", signal.SIGSTOP),
    ("redis", signal.SIGKILL),
    ("backends", signal.SIGKILL),
]


@pytest.fixture
def own_redis(tmp_path, monkeypatch):
    server = EmbeddedRedis(tmp_path / "redis")
    monkeypatch.setenv("REDIS_URL", server.start())
    monkeypatch.setenv("JOBS_LOST_SECONDS", "3")
    get_settings.cache_clear()
    redis_client.connection.cache_clear()
    yield server
    server.stop()
    monkeypatch.undo()
    get_settings.cache_clear()
    redis_client.connection.cache_clear()


def end_backends() -> None:
    """Every connection of the application to its database is cut, as by a crash."""
    name = os.environ["DATABASE_URL"].rpartition("/")[2]
    with psycopg.connect(databases.superuser_url(), autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        )


@pytest.mark.real_commits
def test_every_piece_leaves_one_effect(worker_id, data_dir, app, own_redis):
    from control.workspaces.directory import directory

    with racing_app(worker_id, data_dir) as site, site.app_context():
        acme = directory.by_address("acme")
        with workspace_scope(acme), transaction():
            for number in range(PIECES):
                enqueue(crew.note_steps if number % 4 == 0 else crew.note_one, number=number)
        with crew.Crew(workers=2) as team:
            assert crew.wait_for(lambda: len(crew.noted([acme])) > 2, seconds=120)
            for name, word in random.Random(SEED).sample(PLAN, len(PLAN)):
                strike(team, own_redis, name, word)
                time.sleep(0.25)
                if not own_redis.is_running():
                    own_redis.start()
                team.revive()
            # As a supervisor does: what was cut while it started has ended since.
            assert crew.wait_for(lambda: all_noted(team, acme), seconds=180), noted(acme)
        assert set(noted(acme).values()) == {1}


def all_noted(team, workspace) -> bool:
    team.revive()
    return len(noted(workspace)) == PIECES


def noted(workspace):
    from sqlalchemy.exc import SQLAlchemyError

    while True:
        try:
            return crew.noted([workspace])
        except SQLAlchemyError:
            # Our own connection was cut, too.
            time.sleep(0.2)


def strike(team, server, name, word) -> None:
    if name == "backends":
        end_backends()
        return
    pid = server.pid if name == "redis" else team.victim(name)
    if crew.hit(pid, word) and word == signal.SIGSTOP:
        time.sleep(0.3)
        crew.hit(pid, signal.SIGCONT)

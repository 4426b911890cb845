import os
import signal
import socket
import subprocess
import sys
import textwrap

import psycopg
import pytest
import redis

from infra.local import servers
from infra.local.embedded import command_of, end_orphan, wait_until
from infra.local.guardian import is_alive
from infra.local.places import ROOT, free_port
from infra.local.servers import EmbeddedPostgres, EmbeddedRedis


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "data", fast=True)
    server.start()
    yield server
    server.stop()


def runs(pid):
    # A process that nobody collects keeps its number, but has no command any more.
    return bool(command_of(pid))


def test_postgres_has_the_settings_simtree_needs(postgres):
    with psycopg.connect(postgres.url) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]
            for name in (
                "max_locks_per_transaction",
                "wal_level",
                "timezone",
                "password_encryption",
                "listen_addresses",
                "fsync",
            )
        }
    assert shown == {
        "max_locks_per_transaction": "1024",
        "wal_level": "logical",
        "timezone": "UTC",
        "password_encryption": "scram-sha-256",
        "listen_addresses": "127.0.0.1",
        "fsync": "off",
    }


def test_postgres_asks_for_a_password_over_the_network(postgres):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE visitor LOGIN PASSWORD 'p@ss/word'")
    good = postgres.host_url("visitor", "p@ss/word", "postgres")
    with psycopg.connect(good) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("visitor",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.host_url("visitor", "wrong", "postgres"))
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres")


def test_postgres_sorts_and_folds_text_the_same_on_every_machine(postgres):
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute("SELECT lower('ÄÖ号'), 'B' < 'a'").fetchone()
    assert row == ("äö号", True)


def test_postgres_lets_nobody_else_into_its_folders(postgres):
    for folder in (postgres.data, postgres.sockets):
        assert folder.stat().st_mode & 0o077 == 0


def test_postgres_refuses_a_folder_that_is_in_use(postgres):
    with pytest.raises(SystemExit, match="running already"):
        EmbeddedPostgres(postgres.data, fast=True).start()
    assert postgres.is_running()


def test_postgres_finds_a_short_folder_for_its_socket(tmp_path):
    deep = EmbeddedPostgres(tmp_path / ("x" * 100) / "data", fast=True)
    assert len(str(deep.sockets)) <= servers.LONGEST_SOCKET_FOLDER
    assert deep.sockets == EmbeddedPostgres(deep.data).sockets


def test_postgres_starts_again_after_a_crash_on_the_same_port(postgres):
    port = postgres.port
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit TO on")
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    os.kill(postgres.pid, signal.SIGKILL)
    assert wait_until(lambda: not postgres.is_running(), seconds=5)
    postgres.start()
    assert postgres.port == port
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (1,)


def test_postgres_is_not_misled_by_a_stale_pid_file(postgres):
    postgres.stop()
    # The number of a process that lives and is something else: this one.
    lines = [str(os.getpid()), str(postgres.data), "0", str(postgres.port), "", "", "", "ready"]
    (postgres.data / "postmaster.pid").write_text("\n".join(lines))
    postgres.start()
    assert postgres.is_running()


OWNER = """
    import os, sys, time
    from pathlib import Path
    from infra.local.guardian import GUARDIAN
    from infra.local.servers import EmbeddedPostgres, EmbeddedRedis
    folder = Path(sys.argv[1])
    started = [EmbeddedPostgres(folder / "data", fast=True), EmbeddedRedis(folder / "redis")]
    for server in started:
        server.start()
    print(*(server.pid for server in started), GUARDIAN.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def owner(postgres):
    """Another process that owns a PostgreSQL and a Redis; answers it and their processes."""
    postgres.stop()
    command = [sys.executable, "-c", textwrap.dedent(OWNER), str(postgres.data.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        yield process, [int(number) for number in process.stdout.readline().split()]
        process.kill()


def test_servers_end_with_an_owner_that_is_killed(owner):
    process, (*pids, _) = owner
    assert all(map(runs, pids))
    process.kill()
    assert wait_until(lambda: not any(map(runs, pids)), seconds=6)


def test_servers_left_behind_are_replaced(owner, postgres, capsys):
    process, (postmaster, old_redis, guardian) = owner
    os.kill(guardian, signal.SIGKILL)
    process.kill()
    process.wait()
    assert runs(postmaster)
    assert runs(old_redis)
    replacement = EmbeddedRedis(postgres.data.parent / "redis")
    try:
        postgres.start()
        replacement.start()
    finally:
        replacement.stop()
    assert not runs(postmaster)
    assert not runs(old_redis)
    assert capsys.readouterr().out.count("an earlier run left behind") == 2


def test_redis_keeps_what_it_was_told(tmp_path):
    server = EmbeddedRedis(tmp_path / "redis")
    with redis.from_url(server.start()) as client:
        for name, value in (("appendonly", "yes"), ("save", ""), ("bind", "127.0.0.1")):
            assert client.config_get(name) == {name: value}
        client.set("greeting", "hello")
    server.stop()
    assert not server.is_running()
    with redis.from_url(server.start()) as client:
        assert client.get("greeting") == b"hello"
    server.stop()


def test_a_server_that_cannot_start_shows_its_last_words(tmp_path, monkeypatch):
    server = EmbeddedRedis(tmp_path / "redis", fast=True)
    monkeypatch.setattr(servers, "redis_binary", lambda: "/bin/false")
    monkeypatch.setattr("infra.local.embedded.time.sleep", lambda _: None)
    with pytest.raises(SystemExit, match="Redis did not start"):
        server.start()


def test_a_busy_port_gives_way_to_the_next():
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert port < free_port(port) < port + 200


def test_an_orphan_is_ended_by_force_if_need_be():
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    command = [sys.executable, "-c", f"{stubborn}; time.sleep(60)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        end_orphan(process.pid, polite=signal.SIGTERM, patience=0.2)
        assert process.wait() == -signal.SIGKILL
    assert not is_alive(process.pid)
    end_orphan(process.pid, polite=signal.SIGTERM)

"""Backups of a real server: taken, streamed, restored to a moment, drilled, pruned."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from infra.install_database import install
from infra.local.servers import EmbeddedPostgres, postgres_binary
from tests import databases
from tests.databases import ROOT

pytestmark = pytest.mark.real_commits
DATABASE = "simtree_whole"


@dataclass
class Installation:
    """A PostgreSQL of its own with two workspaces, and the settings that lead there."""

    server: EmbeddedPostgres
    environment: dict[str, str]
    folder: Path
    running: list[subprocess.Popen] = field(default_factory=list)

    def flask(self, *words, check=True, **settings):
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=self.environment | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    def start(self, *words, **settings) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=self.environment | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.running.append(process)
        return process

    def sql(self, statement, *values):
        with psycopg.connect(self.server.url, dbname=DATABASE, autocommit=True) as own:
            cursor = own.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def names(self) -> list[str]:
        return sorted(path.name for path in self.backups.glob("[0-9]*Z"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("whole")
    for above in (folder, *folder.parents[:3]):
        above.chmod(0o711)
    server = EmbeddedPostgres(folder / "postgres", fast=True)
    before = dict(os.environ)
    try:
        os.environ["SUPERUSER_DATABASE_URL"] = server.start()
        databases.build(DATABASE)
        install(
            server.url,
            database=DATABASE,
            app_password=databases.APP_PASSWORD,
            migrator_password=databases.MIGRATOR_PASSWORD,
            backup_password="backup-test",
        )
        os.environ.update(
            BACKUP_DATABASE_URL=server.host_url("simtree_backup", "backup-test", DATABASE),
            POSTGRES_BIN=str(postgres_binary("postgres").parent),
            DATA_DIR=str(folder),
            PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        )
        made = Installation(server, dict(os.environ), folder)
        put_file(made, "0" * 26, b"a proof")
        yield made
    finally:
        server.stop()
        os.environ.clear()
        os.environ.update(before)
        from kit.settings import get_settings

        get_settings.cache_clear()


@pytest.fixture(scope="module")
def streaming(whole) -> Iterator[subprocess.Popen]:
    """The stream, which also makes the first backup."""
    process = whole.start("backup", "stream")
    until(whole.names, seconds=40)
    yield process
    process.terminate()
    assert process.wait(15) == 0


def until(happened, *, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not (answer := happened()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)
    return answer


def put_file(whole, key, body) -> None:
    schema = whole.sql("SELECT min(schema) FROM control.workspaces")[0][0]
    path = whole.folder / "files" / schema / key[:4] / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def test_the_stream_makes_the_first_backup(whole, streaming):
    (name,) = whole.names()
    manifest = json.loads((whole.backups / name / "manifest.json").read_text())
    assert manifest["kind"] == "physical"
    assert [server["places"] for server in manifest["servers"]] == [["control", "main"]]
    assert manifest["master_versions"] == [1]
    print(whole.flask("backup", "list").stdout)
    print(whole.flask("backup", "verify").stdout)


def test_the_drill(whole, streaming):
    done = whole.flask("backup", "drill", check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0

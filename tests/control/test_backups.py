"""Backups of a real server: taken, streamed, restored to a moment, drilled, pruned."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from control.backups import (
    drill,
    keys,
    keys_expire_on,
    logical_restore,
    physical,
    queries,
    services,
    storage,
    stream,
    tools,
    uploads,
)
from control.backups.restore import Target, restore_backup, scratch
from control.backups.scratch import unprivileged
from infra.install_database import install
from infra.local.servers import EmbeddedPostgres, postgres_binary
from kit import clock, files, tenancy
from kit.db import database
from kit.errors import Missing, Refused
from kit.i18n import speaking
from kit.settings import get_settings
from tests import databases
from tests.crash import killed_at
from tests.databases import ROOT
from wsgi import tenant_plane

pytestmark = pytest.mark.real_commits
DATABASE = "simtree_whole"


@dataclass
class Installation:
    """A PostgreSQL of its own with two workspaces, and the settings that lead there."""

    server: EmbeddedPostgres
    environment: dict[str, str]
    folder: Path
    running: list[subprocess.Popen] = field(default_factory=list)

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

    def sql(self, statement, *values, database=DATABASE):
        with psycopg.connect(self.server.url, dbname=database, autocommit=True) as own:
            cursor = own.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def names(self) -> list[str]:
        return sorted(path.name for path in self.backups.glob("[0-9]*Z"))


@pytest.fixture(scope="module")
def whole() -> Iterator[Installation]:
    # PostgreSQL's own user must pass through, which pytest's folders do not allow.
    folder = Path(tempfile.mkdtemp(prefix="simtree-whole-"))
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
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


@pytest.fixture(scope="module")
def streaming(whole) -> Iterator[subprocess.Popen]:
    """The stream, which also makes the first backup."""
    process = whole.start("backup", "stream")
    try:
        until(whole.names, seconds=120)
        yield process
        process.terminate()
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()


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


@pytest.fixture(scope="module")
def app(whole):
    """The application on that installation, in this process."""
    from control.workspaces.directory import directory
    from wsgi import create_app

    get_settings.cache_clear()
    directory.forget()
    made = create_app()
    with made.app_context(), speaking("en"):
        yield made
        database.control.remove()
        for engine in database.engines.values():
            engine.dispose()
    directory.forget()


def take(whole) -> str:
    # Names have whole seconds.
    until(lambda: storage.name_at(clock.now()) not in whole.names())
    return services.take_backup(tenant_plane(), say=lambda _: None).name


def mark(whole, word) -> datetime:
    """Write a row and return a moment after it."""
    whole.sql("CREATE TABLE IF NOT EXISTS public.marks (word text)")
    whole.sql("INSERT INTO public.marks VALUES (%s)", word)
    ((moment,),) = whole.sql("SELECT clock_timestamp()")
    return moment


def wait_for_log(whole) -> None:
    """Wait until all that is written by now has been streamed."""
    ((end,),) = whole.sql("SELECT pg_current_wal_insert_lsn()")
    safe = "SELECT restart_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s"
    until(lambda: whole.sql(safe, end, "simtree_backup_control")[0][0])


def test_the_stream_makes_the_first_backup(whole, streaming, app):
    (manifest,) = storage.manifests()
    assert manifest.kind == "physical"
    assert [server.places for server in manifest.servers] == [["control", "main"]]
    assert manifest.master_versions == [1]
    assert (manifest.file_count, manifest.file_bytes) == (1, 7)
    # It is published an instant before it is checked and written down.
    until(lambda: whole.sql("SELECT 1 FROM control.backups WHERE verified_at IS NOT NULL"))
    (row,) = whole.sql("SELECT name, state, places, findings FROM control.backups")
    assert row == (manifest.name, "good", ["control", "main"], [])
    events = whole.sql("SELECT event FROM control.audit_entries WHERE event LIKE 'backup:%%'")
    assert events == [("backup:taken",), ("backup:verified",)]
    assert {path.stat().st_mode & 0o77 for path in whole.backups.iterdir() if path.is_dir()} == {0}


def test_keys_lie_apart(whole, streaming, app):
    (name,) = whole.names()
    kept = keys.read(name)
    assert len(kept) == 2
    assert (whole.folder / "backup-keys" / f"{name}.json").stat().st_mode & 0o777 == 0o600
    master = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    assert not [p for p in whole.backups.rglob("*.json") if master in p.read_text()]


def test_the_stream_says_how_far_all_is_safe(whole, streaming, app):
    until(lambda: whole.sql("SELECT 1 FROM control.backup_streams"))
    (control, cell) = queries.place_states()
    assert (control.name, cell.name) == ("control", "main")
    assert control.backup.name == whole.names()[0]
    assert control.lost < queries.RPO
    assert not cell.is_late
    assert not queries.is_streaming_late()


def test_a_moment_is_restored_and_nothing_after_it(whole, streaming, app):
    mark(whole, "before")
    moment = mark(whole, "then")
    time.sleep(0.05)
    mark(whole, "after")
    wait_for_log(whole)
    whole.folder.chmod(0o711)
    said = []
    target = whole.folder / "restored"
    restore_backup(whole.names()[0], target, Target(time=moment), say=said.append)
    assert any("control: recovered to" in line for line in said)
    assert any("MASTER_KEYS must hold version 1." in line for line in said)
    assert not (target / "control" / "simtree_wal").exists()
    (file,) = [path for path in (target / "files").rglob("*") if path.is_file()]
    assert file.read_bytes() == b"a proof"
    with (
        scratch(target / "control", owner=unprivileged()) as server,
    ):
        server.recovered("control")
        with psycopg.connect(
            host=str(server.room), port=server.port, user="postgres", dbname=DATABASE
        ) as own:
            words = own.execute("SELECT word FROM public.marks ORDER BY word").fetchall()
    assert words == [("before",), ("then",)]
    with pytest.raises(Refused, match="not empty"):
        restore_backup(whole.names()[0], target, Target(), say=said.append)


def test_a_time_before_the_backup_is_refused(whole, streaming, app, tmp_path):
    early = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(Refused, match="choose an older one"):
        restore_backup(whole.names()[0], tmp_path / "x", Target(time=early), say=print)
    assert not (tmp_path / "x").exists()


def test_a_restore_without_the_master_key_is_refused(whole, streaming, app, tmp_path, settings):
    settings(MASTER_KEYS="2:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    with pytest.raises(Refused, match="MASTER_KEYS lacks version 1"):
        restore_backup(whole.names()[0], tmp_path / "x", Target(), say=print)


def test_the_drill_succeeds_and_is_written_down(whole, streaming, app):
    schema = whole.sql("SELECT min(schema) FROM control.workspaces")[0][0]
    whole.sql(f"UPDATE {schema}.profiles SET logo_key = %s", "0" * 26)
    said = []
    assert drill.run_drill(tenant_plane(), say=said.append).is_good, said
    assert said[-1] == "The drill succeeded."
    assert "  /readyz 200, 2 keys open, 1 files there," in said
    ((good, rpo, rto, facts),) = whole.sql(
        "SELECT is_good, rpo_seconds, rto_seconds, facts FROM control.backup_drills"
    )
    assert good
    assert rpo <= 300
    assert rto <= 3600
    assert facts["orders"] == 0


def test_what_differs_after_a_restore_is_named():
    source = drill._Source("t_x", {"orders": 5, "entries": 2}, {"orders": 5, "entries": 2})
    good = {
        "walls": True,
        "ready": 200,
        "checks": {},
        "keys_shut": 0,
        "files_missing": 0,
        "facts": {"orders": 5, "entries": 2},
    }
    assert drill._compare(source, good) == []
    bad = good | {
        "walls": False,
        "ready": 503,
        "checks": {"control": {"state": "failed"}},
        "keys_shut": 1,
        "files_missing": 1,
        "facts": {"orders": 4, "entries": 2},
    }
    assert len(drill._compare(source, bad)) == 6
    assert drill._compare(source, good | {"facts": {}}) == ["the workspace t_x is missing"]


def test_an_altered_backup_is_found_and_nothing_older_deleted(whole, streaming, app):
    name = take(whole)
    folder = whole.backups / name / "control"
    body = bytearray((folder / "base.tar.gz").read_bytes())
    body[len(body) // 2] ^= 1
    (folder / "base.tar.gz").write_bytes(body)
    own = (folder / "backup_manifest").read_text()
    (folder / "backup_manifest").write_text(
        own.replace('"PG_VERSION", "Size": 3', '"X", "Size": 3')
    )
    findings = services.verify_backup(storage.read(name))
    assert "control/base.tar.gz was altered: its SHA-256 differs" in findings
    assert "control: the manifest was altered" in findings
    assert "control: PG_VERSION is not in the manifest" in findings
    assert whole.sql("SELECT state FROM control.backups WHERE name = %s", name) == [("bad",)]
    with pytest.raises(Refused, match="damaged"):
        restore_backup(name, whole.folder / "nowhere", Target(), say=print)
    shutil.rmtree(whole.backups / name)


@pytest.mark.parametrize("point", ["backup.copied", "backup.made", "backup.published"])
def test_a_backup_that_is_killed_is_whole_or_not_there(whole, streaming, app, point):
    before = whole.names()
    until(lambda: storage.name_at(clock.now()) not in before)
    killed_at(point, lambda: services.take_backup(tenant_plane(), say=lambda _: None))
    more = set(whole.names()) - set(before)
    assert len(more) == (point == "backup.published")
    for name in more:
        assert services.verify_backup(storage.read(name)) == []
        assert whole.sql("SELECT state FROM control.backups WHERE name = %s", name) == [("good",)]
        return
    assert list(whole.backups.glob(".making-*"))
    shutil.rmtree(storage.begin("x"))
    assert not list(whole.backups.glob(".making-*"))


def test_a_file_removed_during_a_backup_is_in_it(whole, streaming, app):
    from control.workspaces.directory import directory

    tenant = directory.by_address("rival")
    with tenancy.enter(tenant):
        key = files.store(BytesIO(b"soon gone")).key
        files.remove(key)
        with pytest.raises(Missing):
            files.size_of(key)
    name = take(whole)
    assert f"{tenant.schema}/{key[:4]}/{key}" in {one.path for one in uploads.read_list(name)}
    assert files.purge_removed(older_than=timedelta(seconds=-1)) == 1
    # Times of copying have whole seconds, and one that is in doubt is kept.
    copied = max(one.at for one in uploads.read_list(name))
    until(lambda: clock.now().timestamp() >= copied + 1)
    later = take(whole)
    # Gone from the disk, but a moment between the two backups may still want it.
    assert uploads.damage(name) == []
    assert key not in {one.path[-26:] for one in uploads.read_list(later)}
    uploads.prune([storage.read(later)])
    assert uploads.damage(name) != []
    assert uploads.damage(later) == []


def test_a_stream_that_was_away_too_long_begins_a_new_log(whole, streaming, app):
    server = replace(tools.servers()[0], name="aside")
    held = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s"
    first = stream._Receiver(server)
    first.keep_running()
    until(lambda: physical.segments("aside"))
    first.stop()
    assert first.process.returncode == 0
    try:
        for _ in range(4):
            whole.sql("SELECT pg_switch_wal()")
            mark(whole, "away")
        # The slot of the stream that runs must not be the one that is lost.
        wait_for_log(whole)
        whole.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'")
        whole.sql("SELECT pg_reload_conf()")
        whole.sql("CHECKPOINT")
        until(lambda: whole.sql(held, server.slot) == [("lost",)])
        again = stream._Receiver(server)
        again.keep_running()
        assert again.begins_anew
        assert whole.sql(held, server.slot) != [("lost",)]
        again.stop()
        assert list(storage.wal_folder("aside").glob("before-*/*"))
    finally:
        whole.sql("ALTER SYSTEM RESET max_slot_wal_keep_size")
        whole.sql("SELECT pg_reload_conf()")
        shutil.rmtree(storage.wal_folder("aside"))
    tools.run("pg_receivewal", f"--slot={server.slot}", "--drop-slot", url=server.url)


def test_old_backups_go_and_the_log_that_only_they_need(whole, streaming, app, settings):
    names = whole.names()
    wal = [path.name for path in physical.segments("control")]
    with clock.moved(clock.now() + timedelta(days=20)):
        services.prune_backups(say=lambda _: None)
    assert whole.names() == names[-2:]
    assert len(physical.segments("control")) < len(wal)
    assert services.gaps(storage.read(names[-2])) == []
    with clock.moved(clock.now() + timedelta(days=29, hours=1)):
        # Whatever the minimum says: certificates of deletion have named this day.
        services.prune_backups(say=lambda _: None)
        assert whole.names() == []
        assert not list(keys.folder().glob("*.json"))
    assert whole.sql("SELECT DISTINCT state FROM control.backups") == [("pruned",)]


def test_without_replication_every_schema_is_copied_and_brought_back(
    whole, streaming, app, settings, tmp_path
):
    settings(BACKUP_DATABASE_URL="")
    name = take(whole)
    manifest = storage.read(name)
    assert (manifest.kind, manifest.places) == ("logical", ["control", "main"])
    assert len([part for part in manifest.parts if "/t_" in part.path]) == 2
    with zipfile.ZipFile(whole.backups / name / "control" / "control.zip") as archive:
        assert "workspace_keys.copy" not in archive.namelist()
    with pytest.raises(Refused, match="The database of control is not empty"):
        logical_restore.restore(tenant_plane(), name, say=print)

    passwords = {
        "app_password": databases.APP_PASSWORD,
        "migrator_password": databases.MIGRATOR_PASSWORD,
    }
    install(whole.server.url, database="simtree_again", **passwords)
    url = make_url(os.environ["MIGRATOR_DATABASE_URL"]).set(database="simtree_again")
    settings(
        MIGRATOR_DATABASE_URL=url.render_as_string(hide_password=False), DATA_DIR=str(tmp_path)
    )
    settings(BACKUP_DIR=str(whole.backups), BACKUP_KEYS_DIR=str(whole.folder / "backup-keys"))
    said = []
    logical_restore.restore(tenant_plane(), name, say=said.append)
    assert "main: 3 schemas restored." in said
    schemas = [row[0] for row in whole.sql("SELECT schema FROM control.workspaces")]
    for table in ("control.workspaces", "cell.workspaces", f"{schemas[0]}.users"):
        count = f"SELECT count(*) FROM {table}"
        assert whole.sql(count, database="simtree_again") == whole.sql(count)
    key = "SELECT workspace_id, key_version, wrapped FROM control.workspace_keys ORDER BY 1"
    assert whole.sql(key, database="simtree_again") == whole.sql(key)
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


def test_an_altered_logical_backup_is_refused(whole, streaming, app, settings):
    settings(BACKUP_DATABASE_URL="")
    name = whole.names()[-1]
    path = next((whole.backups / name / "cell-main").glob("t_*.zip"))
    path.write_bytes(path.read_bytes()[:-40])
    findings = services.verify_backup(storage.read(name))
    assert [line for line in findings if "bytes, not" in line]
    assert [line for line in findings if "not a zip file" in line]


def test_keys_expire_thirty_days_after_their_end():
    assert keys_expire_on(date(2026, 2, 1)) == date(2026, 3, 3)


def test_the_log_position_names_its_segment():
    name = physical.segment_name("1/C3000028", timeline=3, segment_bytes=16 << 20)
    assert name == "0000000300000001000000C3"

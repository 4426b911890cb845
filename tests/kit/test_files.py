"""A file lies below its workspace's own name, whole or not at all: on the disk and in a bucket."""

import hashlib
import os
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from kit import files, ids, tenancy
from kit.errors import Misconfigured, Missing
from kit.files.bucket import Bucket
from kit.files.disk import Disk
from kit.files.store import chosen
from kit.settings import environment_with, get_settings
from tests.s3 import any_store
from tests.stored import content

__all__ = ["any_store"]

HERE = tenancy.Workspace(1, "t_files_here", "main", "here", "here")
THERE = tenancy.Workspace(2, "t_files_there", "main", "there", "there")
BODY = b"ICCID,number\n" * 200_000
LARGE = 30_000_000
JUST_NOW = timedelta(seconds=-60)
LONG_AGO_TOO = timedelta(days=-20_000)


class Broken(BytesIO):
    """A stream that breaks off after its first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise ConnectionResetError
        return super().read(size)


class Long:
    """A stream that is made while it is read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        piece = min(self.left, size if size > 0 else self.left)
        self.left -= piece
        return b"x" * piece


@pytest.fixture
def here(any_store: str) -> Iterator[str]:
    with tenancy.enter(HERE):
        yield any_store
        files.remove_all()
    with tenancy.enter(THERE):
        files.remove_all()


def test_a_file_is_kept_whole(here):
    stored = files.store(BytesIO(BODY))
    assert stored.size == len(BODY) == 2_600_000
    assert stored.sha256 == hashlib.sha256(BODY).hexdigest()
    assert content(stored.key) == BODY
    assert files.size_of(stored.key) == stored.size
    with files.local(stored.key) as path:
        assert path.read_bytes() == BODY


def test_an_empty_file_is_a_file(here):
    stored = files.store(BytesIO())
    assert (stored.size, content(stored.key), files.size_of(stored.key)) == (0, b"", 0)


def test_a_file_is_sought_in(here):
    key = files.store(BytesIO(BODY)).key
    with files.open_file(key) as stream:
        assert stream.seek(0, os.SEEK_END) == len(BODY)
        assert stream.seek(6) == 6
        assert stream.read(6) == BODY[6:12]
        stream.seek(-7, os.SEEK_END)
        assert stream.read() == b"number\n"
        assert stream.read() == b""


def test_a_large_file_passes_through_without_being_held(here):
    tracemalloc.start()
    try:
        stored = files.store(Long(LARGE))  # type: ignore[arg-type]
        with files.open_file(stored.key) as stream:
            while stream.read(1 << 16):
                pass
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stored.size == files.size_of(stored.key) == LARGE
    # Of a bucket: a part, the byte behind it, and their copies on the way out.
    assert most < LARGE * 0.75


def test_each_workspace_has_its_own_place(here, data_dir):
    key = files.store(BytesIO(b"x")).key
    assert list(chosen().places(f"{HERE.schema}/")) == [f"{HERE.schema}/{key[:4]}/{key}"]
    if here == "disk":
        assert (Path(data_dir) / "files" / HERE.schema / key[:4] / key).is_file()


def test_another_workspace_does_not_find_it(here):
    key = files.store(BytesIO(b"x")).key
    with tenancy.enter(THERE), pytest.raises(Missing):
        files.open_file(key)
    assert content(key) == b"x"


def test_another_workspace_does_not_remove_it(here):
    key = files.store(BytesIO(b"x")).key
    with tenancy.enter(THERE):
        files.remove(key)
        files.discard(key)
        files.remove_all()
    assert content(key) == b"x"


def test_a_removed_file_is_gone_and_removed_twice(here):
    key = files.store(BytesIO(b"x")).key
    files.remove(key)
    files.remove(key)
    for ask in (files.open_file, files.size_of):
        with pytest.raises(Missing):
            ask(key)
    with pytest.raises(Missing), files.local(key):
        pass
    assert files.stored_keys() == []


def test_who_reads_a_file_is_not_cut_off_by_who_removes_it(here):
    key = files.store(BytesIO(BODY)).key
    with files.open_file(key) as stream:
        files.remove(key)
        assert stream.read() == BODY


def test_a_removed_file_waits_a_day_for_backups(here):
    key = files.store(BytesIO(b"x")).key
    place = f"{HERE.schema}/{key[:4]}/{key}"
    files.remove(key)
    assert place in {one for one, _store in files.everything()}
    with chosen().open_any(place) as stream:
        assert stream.read() == b"x"
    assert files.purge_removed() == 0
    assert files.purge_removed(older_than=JUST_NOW) >= 1
    assert place not in {one for one, _store in files.everything()}


def test_all_of_a_workspace_goes_at_once(here):
    kept, gone = files.store(BytesIO(b"x")).key, files.store(BytesIO(b"y")).key
    files.keep_made(kept, "thumb", BytesIO(b"small"))
    files.remove(gone)
    with tenancy.enter(THERE):
        theirs = files.store(BytesIO(b"z")).key
    files.remove_all()
    assert files.stored_keys() == []
    assert not {place for place, _store in files.everything() if HERE.schema in place}
    with tenancy.enter(THERE):
        assert content(theirs) == b"z"


@pytest.mark.parametrize(
    "key", ["", "..", "../../secret", "/etc/passwd", f"{'0' * 22}/../", "0" * 27, "\0" * 26]
)
def test_a_typed_name_is_never_a_path(here, key):
    for ask in (files.open_file, files.size_of, files.local, lambda key: files.open_made(key, "x")):
        with pytest.raises(Missing):
            ask(key)
    with pytest.raises(ValueError, match=re.escape(key) or "^$"):
        files.keep(BytesIO(b"x"), key)
    files.remove(key)
    files.discard(key)


def test_a_folder_is_no_file(app, data_dir):
    key = ids.new()
    with tenancy.enter(HERE):
        (Path(data_dir) / "files" / HERE.schema / key[:4] / key).mkdir(parents=True)
        for ask in (files.open_file, files.size_of):
            with pytest.raises(Missing):
                ask(key)


def test_nothing_partial_stays_when_the_stream_breaks_off(here):
    with pytest.raises(ConnectionResetError):
        files.store(Broken(BODY * 5))
    assert list(chosen().places(f"{HERE.schema}/")) == []
    assert files.sweep(older_than=LONG_AGO_TOO) == 0


def test_what_is_made_of_a_file_goes_with_it(here):
    first, second = (files.store(BytesIO(b"x")).key for _each in range(2))
    for key in (first, second):
        files.keep_made(key, "thumb", BytesIO(b"small"))
        with files.open_made(key, "thumb") as stream:
            assert stream.read() == b"small"
    assert files.stored_keys() == sorted([first, second])
    assert not [place for place, _store in files.everything() if place.endswith(".thumb")]
    files.remove(first)
    files.discard(second)
    for key in (first, second):
        with pytest.raises(Missing):
            files.open_made(key, "thumb")
    with pytest.raises(Missing):
        files.keep_made(first, "thumb", BytesIO(b"late"))
    assert list(chosen().places(f"{HERE.schema}/")) == []


_STORE = """
from io import BytesIO
from kit import files, tenancy
with tenancy.enter(tenancy.Workspace(1, "t_files_here", "main", "here", "here")):
    files.store(BytesIO(b"x" * 20_000_000))
"""


def test_what_a_killed_process_left_is_no_file_and_is_swept(here, data_dir):
    killed = subprocess.run(
        [sys.executable, "-c", _STORE],
        env=environment_with(CRASH_AT="files.half", ENVIRONMENT="test"),
        check=False,
    )
    assert killed.returncode == -9
    assert files.stored_keys() == []
    assert not [place for place, _store in files.everything() if HERE.schema in place]
    if here == "disk":
        # Bucket's server tells no honest time of when an upload was begun.
        assert files.sweep() == 0
    assert files.sweep(older_than=JUST_NOW) == 1
    assert files.sweep(older_than=JUST_NOW) == 0


def test_what_was_made_of_a_file_that_went_is_swept(here):
    key = files.store(BytesIO(b"x")).key
    files.keep_made(key, "thumb", BytesIO(b"small"))
    chosen().delete(f"{HERE.schema}/{key[:4]}/{key}")
    assert files.sweep() == 1
    assert list(chosen().places(f"{HERE.schema}/")) == []


def test_files_are_carried_from_a_disk_once(here, app, tmp_path):
    with tenancy.enter(HERE):
        place = f"{HERE.schema}/abcd/{ids.new()}"
        there = files.store(BytesIO(b"mine")).key
    old = Disk(tmp_path)
    old.put(place, BytesIO(BODY))
    old.put(f"{HERE.schema}/{there[:4]}/{there}", BytesIO(b"theirs"))
    told = [
        app.test_cli_runner().invoke(args=["files", "carry", str(tmp_path)]).output
        for _each in range(2)
    ]
    assert told == [
        "1 files copied, 1 were there already.\n",
        "0 files copied, 2 were there already.\n",
    ]
    assert content(there) == b"mine"
    with chosen().open(place) as stream:
        assert stream.read() == BODY


def test_without_a_workspace_there_is_no_place(app):
    with pytest.raises(tenancy.NoWorkspace):
        files.store(BytesIO(b"x"))
    with pytest.raises(tenancy.NoWorkspace):
        files.open_file(ids.new())


def test_a_store_that_is_away_says_so(app):
    away = Bucket.at("s3://key:secret@127.0.0.1:9/bucket?tls=no")
    for ask in (away.refuse_unusable, lambda: away.open("t_x/abcd/abcd"), lambda: away.delete("x")):
        with pytest.raises(OSError, match="store of files is away"):
            ask()


def test_a_bucket_that_is_not_there_says_so(any_store):
    if any_store == "disk":
        chosen().refuse_unusable()
        return
    url = get_settings().files_url.get_secret_value().replace("/simtree-", "/other-")
    with pytest.raises(OSError, match="has no bucket other-"):
        Bucket.at(url).refuse_unusable()


@pytest.mark.parametrize(
    "url", ["ftp://x", "s3:", "s3://host/bucket", "s3://key:secret@host", "s3://k:s@host:x/bucket"]
)
def test_a_wrong_address_stops_the_start(app, monkeypatch, url):
    monkeypatch.setitem(os.environ, "FILES_URL", url)
    get_settings.cache_clear()
    with pytest.raises(Misconfigured, match="FILES_URL"):
        chosen()
    monkeypatch.undo()
    get_settings.cache_clear()

"""A file lies in its workspace's own folder, whole or not at all."""

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from kit import files, ids, tenancy
from kit.errors import Missing

HERE = tenancy.Workspace(1, "t_files_here", "main", "here", "here")
THERE = tenancy.Workspace(2, "t_files_there", "main", "there", "there")
BODY = b"ICCID,number\n" * 200_000


class Broken(BytesIO):
    """A stream that breaks off after its first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise ConnectionResetError
        return super().read(size)


@pytest.fixture
def here(app) -> Iterator[tenancy.Workspace]:
    with tenancy.enter(HERE):
        yield HERE


def on_disk(data_dir: str, workspace: tenancy.Workspace) -> set[Path]:
    return {
        path for path in (Path(data_dir) / "files" / workspace.schema).rglob("*") if path.is_file()
    }


def test_a_file_is_kept_whole(here):
    stored = files.store(BytesIO(BODY))
    assert stored.size == len(BODY) == 2_600_000
    assert stored.sha256 == hashlib.sha256(BODY).hexdigest()
    assert files.path_of(stored.key).read_bytes() == BODY


def test_an_empty_file_is_a_file(here):
    stored = files.store(BytesIO())
    assert (stored.size, files.path_of(stored.key).read_bytes()) == (0, b"")


def test_each_workspace_has_its_own_folder(here, data_dir):
    key = files.store(BytesIO(b"x")).key
    assert files.path_of(key) == Path(data_dir) / "files" / HERE.schema / key[:4] / key


def test_another_workspace_does_not_find_it(here):
    key = files.store(BytesIO(b"x")).key
    with tenancy.enter(THERE), pytest.raises(Missing):
        files.path_of(key)
    assert files.path_of(key).read_bytes() == b"x"


def test_another_workspace_does_not_remove_it(here):
    key = files.store(BytesIO(b"x")).key
    with tenancy.enter(THERE):
        files.remove(key)
    assert files.path_of(key).read_bytes() == b"x"


def test_a_removed_file_is_gone_and_removed_twice(here):
    key = files.store(BytesIO(b"x")).key
    files.remove(key)
    files.remove(key)
    with pytest.raises(Missing):
        files.path_of(key)


@pytest.mark.parametrize(
    "key", ["", "..", "../../secret", "/etc/passwd", f"{'0' * 22}/../", "0" * 27, "\0" * 26]
)
def test_a_typed_name_is_never_a_path(here, key):
    with pytest.raises(Missing):
        files.path_of(key)
    files.remove(key)


def test_a_folder_is_no_file(here, data_dir):
    key = ids.new()
    (Path(data_dir) / "files" / HERE.schema / key[:4] / key).mkdir(parents=True)
    with pytest.raises(Missing):
        files.path_of(key)


def test_nothing_partial_stays_when_the_stream_breaks_off(here, data_dir):
    before = on_disk(data_dir, HERE)
    with pytest.raises(ConnectionResetError):
        files.store(Broken(BODY))
    assert on_disk(data_dir, HERE) == before


def test_without_a_workspace_there_is_no_folder(app):
    with pytest.raises(tenancy.NoWorkspace):
        files.store(BytesIO(b"x"))
    with pytest.raises(tenancy.NoWorkspace):
        files.path_of(ids.new())

"""Files of a workspace: stored under its own folder by an id of ours, never by a typed name.

Where they lie, `FILES_URL` says: on this machine's disk, or in a bucket of a store that speaks S3.
A file that was made of another (a thumbnail) lies beside it and goes with it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from kit import clock, ids, tenancy
from kit.errors import Missing
from kit.files.store import Store, chosen

MADE_OF_IT = ("thumb",)
"""What may be made of a file; archives leave it out, because it can be made again."""

_KEPT_REMOVED = timedelta(days=1)
_UNFINISHED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a file is kept (relative to its workspace), its size in bytes and SHA-256."""

    key: str
    size: int
    sha256: str


class _Counted:
    """A stream that knows what was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.digest.update(piece)
        self.size += len(piece)
        return piece


def _root() -> str:
    return f"{tenancy.current().schema}/"


def _place(key: str) -> str:
    return f"{_root()}{key[:4]}/{key}"


def _known(key: str) -> str:
    if not ids.is_id(key):
        raise Missing(key)
    return _place(key)


def store(stream: BinaryIO) -> Stored:
    """Keep a file of the open workspace; it is whole in the store before its key is known."""
    return _keep(stream, ids.new())


def _keep(stream: BinaryIO, key: str) -> Stored:
    counted = _Counted(stream)
    chosen().put(_place(key), cast("BinaryIO", counted))
    return Stored(key, counted.size, counted.digest.hexdigest())


def keep(stream: BinaryIO, key: str) -> Stored:
    """Keep a file of the open workspace under a key that it had elsewhere; ValueError for none."""
    if not ids.is_id(key):
        raise ValueError(key)
    return _keep(stream, key)


def open_file(key: str) -> BufferedReader:
    """Open a stored file of the open workspace for reading and seeking; Missing if not there.

    Who removes the file meanwhile does not cut off who is reading it.
    """
    return chosen().open(_known(key))


def local(key: str) -> AbstractContextManager[Path]:
    """Lend a path at which a stored file can be read, for libraries that want one; or Missing."""
    return chosen().local(_known(key))


def size_of(key: str) -> int:
    """Return the bytes of a stored file of the open workspace; Missing when it is not there."""
    return chosen().size(_known(key))


def keep_made(key: str, kind: str, stream: BinaryIO) -> None:
    """Keep what was made of a file beside it; nothing stays if the file went meanwhile."""
    place = f"{_known(key)}.{kind}"
    chosen().put(place, stream)
    try:
        size_of(key)
    except Missing:
        chosen().delete(place)
        raise


def open_made(key: str, kind: str) -> BufferedReader:
    """Open what was made of a file; Missing when it was not made yet."""
    return chosen().open(f"{_known(key)}.{kind}")


def stored_keys() -> list[str]:
    """Return the keys of all files of the open workspace, in order."""
    found = (place.rpartition("/")[2] for place in chosen().places(_root()))
    return sorted(name for name in found if ids.is_id(name))


def remove_all() -> None:
    """Delete every file of the open workspace, and its folder."""
    chosen().clear(_root())


def remove(key: str) -> None:
    """Remove a stored file of the open workspace, if it is there.

    It is out of reach at once but leaves the store a day later: a backup of the database that
    still names it must find it (see control.backups.uploads).
    """
    if ids.is_id(key):
        chosen().shelve(_place(key))
        _drop_made(key)


def discard(key: str) -> None:
    """Delete a file at once that no committed row has ever named; no backup can ask for it."""
    if ids.is_id(key):
        chosen().delete(_place(key))
        _drop_made(key)


def _drop_made(key: str) -> None:
    for kind in MADE_OF_IT:
        chosen().delete(f"{_place(key)}.{kind}")


def purge_removed(*, older_than: timedelta = _KEPT_REMOVED) -> int:
    """Delete from the store what was removed so long ago, of all workspaces; return how many."""
    return chosen().purge(clock.now() - older_than)


def sweep(*, older_than: timedelta = _UNFINISHED) -> int:
    """Delete what killed processes left half written in the open workspace; return how much.

    So is what was made of a file that has gone since.
    """
    swept = chosen().sweep(_root(), clock.now() - older_than)
    places = set(chosen().places(_root()))
    for place in sorted(places):
        whole, dot, kind = place.rpartition(".")
        if dot and kind in MADE_OF_IT and whole not in places:
            chosen().delete(place)
            swept += 1
    return swept


def everything() -> Iterator[tuple[str, Store]]:
    """Yield the place of every file of every workspace, removed ones of the last day included."""
    store = chosen()
    for place in store.all_places():
        if not place.endswith(tuple(f".{kind}" for kind in MADE_OF_IT)):
            yield place, store

"""Files of a workspace: stored under its own folder by an id of ours, never by a typed name."""

import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kit import ids, tenancy
from kit.errors import Missing
from kit.settings import get_settings

_CHUNK = 1 << 20
_KEPT_REMOVED = 24 * 3_600.0


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a file is kept (relative to its workspace), its size in bytes and SHA-256."""

    key: str
    size: int
    sha256: str


def _root() -> Path:
    return get_settings().data_dir / "files" / tenancy.current().schema


def store(stream: BinaryIO) -> Stored:
    """Keep a file of the open workspace; it is whole on disk before its key is known."""
    return _keep(stream, ids.new())


def _keep(stream: BinaryIO, key: str) -> Stored:
    path = _root() / key[:4] / key
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    # A name of its own: of a job that runs twice at once, both may write the same file.
    partial = path.with_name(f"{key}.{ids.new()}.part")
    try:
        with partial.open("wb") as file:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return Stored(key, size, digest.hexdigest())


def keep(stream: BinaryIO, key: str) -> Stored:
    """Keep a file of the open workspace under a key that it had elsewhere; ValueError for none."""
    if not ids.is_id(key):
        raise ValueError(key)
    return _keep(stream, key)


def path_of(key: str) -> Path:
    """Return the path of a stored file of the open workspace; Missing when it is not there."""
    if not ids.is_id(key):
        raise Missing(key)
    path = _root() / key[:4] / key
    if not path.is_file():
        raise Missing(key)
    return path


def stored_keys() -> list[str]:
    """Return the keys of all files of the open workspace, in order."""
    found = (path.name for path in _root().glob("*/*") if path.is_file())
    return sorted(name for name in found if ids.is_id(name))


def remove_all() -> None:
    """Delete every file of the open workspace, and its folder."""
    shutil.rmtree(_root(), ignore_errors=True)
    removed = get_settings().data_dir / "removed" / tenancy.current().schema
    shutil.rmtree(removed, ignore_errors=True)


def remove(key: str) -> None:
    """Remove a stored file of the open workspace, if it is there.

    It is out of reach at once but leaves the disk a day later: a backup of the database that
    still names it must find it (see control.backups.uploads).
    """
    if not ids.is_id(key):
        return
    schema = tenancy.current().schema
    gone = get_settings().data_dir / "removed" / schema / key[:4] / key
    path = _root() / key[:4] / key
    if not path.is_file():
        return
    gone.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.replace(gone)
        os.utime(gone)
    except FileNotFoundError:
        # Another process removed it in this moment.
        return


def discard(key: str) -> None:
    """Delete a file at once that no committed row has ever named; no backup can ask for it."""
    if ids.is_id(key):
        (_root() / key[:4] / key).unlink(missing_ok=True)


def purge_removed(*, older_than_seconds: float = _KEPT_REMOVED) -> int:
    """Delete from the disk what was removed so long ago, of all workspaces; return how many."""
    limit = time.time() - older_than_seconds
    purged = 0
    for path in (get_settings().data_dir / "removed").glob("*/*/*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            purged += 1
    return purged

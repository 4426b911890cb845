"""Uploaded files: each kept once under its SHA-256, and a list of names for each backup.

A file that a database backup names is in the file backup, because files are read after the
database, never change, and stay for a day where `kit.files.remove` puts them. They are copied from
wherever they lie: out of a bucket, too.
"""

import fcntl
import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from control.backups import storage
from kit import clock, files
from kit.errors import Missing
from kit.files.store import Store

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """An uploaded file: its workspace and key as a path, size, SHA-256, and when it was copied."""

    path: str
    size: int
    sha256: str
    at: int

    def row(self) -> list[str | int]:
        """Return it as lists and journal hold it."""
        return [self.path, self.size, self.sha256, self.at]


_JOURNAL = "files.jsonl"


@contextmanager
def _alone() -> Iterator[None]:
    """Keep the stream from copying while old copies are deleted."""
    with (storage.root() / ".files.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _pool(digest: str) -> Path:
    return storage.root() / "files" / digest[:2] / digest


def known() -> dict[str, Listed]:
    """Return every file that has been copied, by its path; the journal of all copying."""
    path = storage.root() / _JOURNAL
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            listed = Listed(*json.loads(line))
        except ValueError:
            # The last line of a process that was killed: its file is copied once more.
            continue
        found[listed.path] = listed
    return found


def sync(seen: dict[str, Listed] | None = None) -> dict[str, Listed]:
    """Copy files that are new since the last time; return all that lie there now, by path.

    Files never change under their names, so a name that is known needs no second look.
    """
    with _alone():
        return _sync(known() if seen is None else seen)


def _sync(have: dict[str, Listed]) -> dict[str, Listed]:
    present: dict[str, Listed] = {}
    with (storage.root() / _JOURNAL).open("a", encoding="utf-8") as journal:
        for name, store in files.everything():
            listed = have.get(name)
            if listed is None:
                try:
                    listed = _copy(store, name)
                except Missing:
                    # Its workspace was deleted in this moment.
                    continue
                journal.write(json.dumps(listed.row()) + "\n")
                have[name] = listed
            present[name] = listed
    return present


def _copy(store: Store, name: str) -> Listed:
    """Copy a file in one reading: its digest is known when it is here."""
    unfinished = storage.root() / "files" / f"{name.rpartition('/')[2]}.new"
    unfinished.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    counted = hashlib.sha256()
    with store.open_any(name) as source, unfinished.open("wb") as copy:
        while piece := source.read(_CHUNK):
            counted.update(piece)
            copy.write(piece)
    digest = counted.hexdigest()
    target = _pool(digest)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished.replace(target)
    return Listed(name, target.stat().st_size, digest, int(clock.now().timestamp()))


def write_list(folder: Path, present: dict[str, Listed]) -> None:
    """Write the list of files into a backup's folder."""
    rows = [one.row() for one in present.values()]
    with gzip.open(folder / storage.FILES, "wt", encoding="utf-8") as file:
        json.dump(rows, file)


def read_list(name: str) -> list[Listed]:
    """Return the list of files of a backup."""
    with gzip.open(storage.root() / name / storage.FILES, "rt", encoding="utf-8") as file:
        return [Listed(*row) for row in json.load(file)]


def damage(name: str) -> list[str]:
    """Return a sentence for each listed file whose copy is missing or altered."""
    found = []
    for listed in read_list(name):
        path = _pool(listed.sha256)
        if not path.is_file():
            found.append(f"the uploaded file {listed.path} is missing")
        elif storage.sha256(path) != listed.sha256:
            found.append(f"the uploaded file {listed.path} was altered")
    return found


def restore(name: str, target: Store, *, later: bool) -> int:
    """Put the files of a backup into a store, with those copied since if `later`."""
    wanted = {listed.path: listed for listed in read_list(name)}
    if later:
        wanted = known() | wanted
    for listed in wanted.values():
        with _pool(listed.sha256).open("rb") as copy:
            target.put(listed.path, copy)
    return len(wanted)


def prune(kept: list[storage.Manifest]) -> int:
    """Delete copies that no moment since the oldest kept backup needs; return how many."""
    with _alone():
        oldest = min((int(backup.at().timestamp()) for backup in kept), default=0)
        since = {path: one for path, one in known().items() if one.at >= oldest}
        listed = {one.path: one for backup in kept for one in read_list(backup.name)}
        wanted = since | listed | _sync(known())
        journal = storage.root() / _JOURNAL
        unfinished = journal.with_suffix(".new")
        unfinished.write_text(
            "".join(json.dumps(one.row()) + "\n" for one in wanted.values()), encoding="utf-8"
        )
        unfinished.replace(journal)
        digests = {one.sha256 for one in wanted.values()}
        pruned = 0
        for path in (storage.root() / "files").glob("*/*"):
            if path.name not in digests:
                path.unlink()
                pruned += 1
        return pruned

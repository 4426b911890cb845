"""Where backups lie: a folder each, seen only when whole.

BACKUP_DIR/
  20261122T020000Z/        a backup: manifest.json, files.json.gz, a folder for each server
  .making-20261122T…/      one that is being made, or was when its process died
  wal/<server>/            the stream: segments of the log, the newest one growing
  files/ab/<sha256>        every uploaded file that some backup names, once
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "files.json.gz"
_MAKING = ".making-"
_NAME = "%Y%m%dT%H%M%SZ"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a backup: path inside it, bytes and SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ServerCopy:
    """One server in a backup.

    `start` and `end` are positions in its log: the copy is of one piece from `end` on.
    `databases` tells which database each place is in.
    """

    name: str
    places: list[str]
    databases: dict[str, str]
    version: str
    system: str = ""
    timeline: int = 0
    start: str = ""
    end: str = ""
    segment_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a backup but its bytes.

    `facts` are counts and sums of one workspace, taken before and after the copy.
    """

    name: str
    kind: str
    started_at: str
    finished_at: str
    servers: list[ServerCopy]
    parts: list[Part]
    file_count: int
    file_bytes: int
    revisions: dict[str, str]
    master_versions: list[int]
    facts: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def size(self) -> int:
        """The bytes of the databases' copies."""
        return sum(part.size for part in self.parts)

    @property
    def places(self) -> list[str]:
        """Return every place that is in it."""
        return [place for server in self.servers for place in server.places]

    def at(self) -> datetime:
        """Return when it was begun."""
        return datetime.fromisoformat(self.started_at)


def root() -> Path:
    """Return the folder of backups, made for its owner alone."""
    folder = get_settings().backup_folder().absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for inner in ("wal", "files"):
        (folder / inner).mkdir(mode=0o700, exist_ok=True)
    return folder


def wal_folder(server: str) -> Path:
    """Return where a server's log is streamed to."""
    folder = root() / "wal" / server
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def name_at(moment: datetime) -> str:
    """Return the name of a backup that begins now."""
    return moment.astimezone(UTC).strftime(_NAME)


def begin(name: str) -> Path:
    """Make the folder in which a backup grows, and clear away what dead processes left."""
    for left in root().glob(f"{_MAKING}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = root() / f"{_MAKING}{name}"
    folder.mkdir(mode=0o700)
    return folder


def publish(folder: Path, manifest: Manifest) -> Path:
    """Give a finished backup its manifest and, in one step, its name."""
    path = folder / MANIFEST
    path.write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True), encoding="utf-8")
    for file in [path, *(folder / part.path for part in manifest.parts)]:
        _sync(file)
    _sync(folder)
    final = root() / manifest.name
    folder.rename(final)
    _sync(root())
    return final


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def manifests() -> list[Manifest]:
    """Return the manifests of all published backups, oldest first."""
    return [read(path.parent.name) for path in sorted(root().glob(f"[0-9]*Z/{MANIFEST}"))]


def read(name: str) -> Manifest:
    """Return the manifest of a backup; Refused when there is none or it is of another format."""
    path = root() / name / MANIFEST
    if not name.endswith("Z") or "/" in name or not path.is_file():
        raise Refused(_("There is no backup %(name)s.", name=name))
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if known.get("format") != FORMAT:
        raise Refused(_("This release cannot read the backup %(name)s.", name=name))
    known["servers"] = [ServerCopy(**server) for server in known["servers"]]
    known["parts"] = [Part(**part) for part in known["parts"]]
    return Manifest(**known)


def newest() -> Manifest:
    """Return the newest backup; Refused when there is none."""
    known = manifests()
    if not known:
        raise Refused(_("There is no backup yet."))
    return known[-1]


def part_of(folder: Path, path: Path) -> Part:
    """Return a file's path inside a backup, its size and SHA-256."""
    return Part(path.relative_to(folder).as_posix(), path.stat().st_size, sha256(path))


def parts_in(folder: Path) -> list[Part]:
    """Return every file below a folder as a part of the backup that it is."""
    return [part_of(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damage(manifest: Manifest) -> list[str]:
    """Return a sentence for each file of a backup that is missing or altered."""
    found = []
    folder = root() / manifest.name
    for part in manifest.parts:
        path = folder / part.path
        if not path.is_file():
            found.append(f"{part.path} is missing")
        elif path.stat().st_size != part.size:
            found.append(f"{part.path} has {path.stat().st_size} bytes, not {part.size}")
        elif sha256(path) != part.sha256:
            found.append(f"{part.path} was altered: its SHA-256 differs")
    return found


@contextmanager
def alone() -> Iterator[None]:
    """Make or prune backups one process at a time; Refused while another does."""
    with (root() / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(_("Another process is making a backup.")) from None
        yield

"""The physical copy: each server's base backup, checked, and what its log must keep for it."""

import gzip
import json
import re
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from control.backups import storage, tools
from control.backups.storage import Manifest, ServerCopy
from kit import clock
from kit.crash import crash_point

_SEGMENT = re.compile(r"[0-9A-F]{24}")


def copy_server(server: tools.Server, folder: Path) -> ServerCopy:
    """Copy a server into a folder of the backup, with the log that makes it of one piece."""
    target = folder / server.name
    tools.run(
        "pg_basebackup",
        *("-D", target, "--format=tar", "--wal-method=stream", "--checkpoint=fast"),
        *("--compress=client-gzip:3", "--manifest-checksums=SHA256", "--no-password"),
        *("--label", f"simtree {folder.name}"),
        url=server.url,
    )
    crash_point("backup.copied")
    known: dict[str, Any] = json.loads((target / "backup_manifest").read_text(encoding="utf-8"))
    log = known["WAL-Ranges"][-1]
    return ServerCopy(
        name=server.name,
        places=list(server.places),
        databases=server.databases,
        version=server.version,
        system=server.system,
        timeline=log["Timeline"],
        start=log["Start-LSN"],
        end=log["End-LSN"],
        segment_bytes=server.segment_bytes,
    )


def segment_name(position: str, *, timeline: int, segment_bytes: int) -> str:
    """Return the name of the segment of the log that holds a position."""
    number = tools.log_position(position) // segment_bytes
    per_file = (1 << 32) // segment_bytes
    return f"{timeline:08X}{number // per_file:08X}{number % per_file:08X}"


def _place_in_log(path: Path) -> str:
    """Return which segment a file is, whatever its timeline."""
    return path.name[8:24]


def segments(server: str) -> list[Path]:
    """Return the streamed segments of a server's log, oldest first, the growing one last."""
    return sorted(
        (path for path in storage.wal_folder(server).rglob("*") if _SEGMENT.match(path.name)),
        key=lambda path: (_place_in_log(path), path.name),
    )


def gaps(copy: ServerCopy) -> list[str]:
    """Return where the streamed log after a copy is broken; empty also where nothing follows."""
    first = segment_name(copy.start, timeline=copy.timeline, segment_bytes=copy.segment_bytes)
    per_file = (1 << 32) // copy.segment_bytes
    have = sorted(
        {
            int(name[:8], 16) * per_file + int(name[8:], 16)
            for path in segments(copy.name)
            if (name := _place_in_log(path)) >= first[8:]
        }
    )
    # The copy brings its own log up to its end; from there on the stream must go on unbroken.
    end = tools.log_position(copy.end) // copy.segment_bytes
    after = [number for number in have if number >= end]
    if not after:
        return []
    if after[0] > end:
        return [f"{copy.name}: the log between the copy and {after[0]:X} was not streamed"]
    return [
        f"{copy.name}: the segment {after[at] + 1:X} of the log is missing"
        for at in range(len(after) - 1)
        if after[at + 1] != after[at] + 1
    ]


def begin_new_log(server: str) -> None:
    """Set the streamed log aside, still of use to older backups: what follows does not join it."""
    old = storage.wal_folder(server)
    aside = old / f"before-{storage.name_at(clock.now())}"
    aside.mkdir(mode=0o700)
    for path in [path for path in old.iterdir() if path.is_file()]:
        path.rename(aside / path.name)


def compress_log(server: str) -> int:
    """Compress the segments that are complete; return how many."""
    done = 0
    for path in segments(server):
        if len(path.name) != 24:
            continue
        small = path.with_name(f"{path.name}.gz")
        unfinished = path.with_name(f"new-{path.name}")
        with path.open("rb") as plain, gzip.open(unfinished, "wb", compresslevel=3) as packed:
            shutil.copyfileobj(plain, packed, 1 << 20)
        unfinished.replace(small)
        path.unlink(missing_ok=True)
        done += 1
    return done


def prune_log(server: str, kept: list[Manifest], *, before: datetime) -> int:
    """Delete the log that no kept backup needs, and all from before a time; return how many."""
    starts = [
        segment_name(copy.start, timeline=copy.timeline, segment_bytes=copy.segment_bytes)[8:]
        for backup in kept
        for copy in backup.servers
        if copy.name == server and copy.segment_bytes
    ]
    # Without a backup to start from no log is of use yet, but a first one may be under way.
    first = min(starts, default="")
    pruned = 0
    for path in segments(server):
        # The stream compresses segments meanwhile: one that is gone lies there under another name.
        with suppress(FileNotFoundError):
            if _place_in_log(path) < first or path.stat().st_mtime < before.timestamp():
                path.unlink()
                pruned += 1
    return pruned


def provide_log(copy: ServerCopy, target: Path) -> int:
    """Put the streamed log that follows a copy into a folder, unpacked; return how many files."""
    first = segment_name(copy.start, timeline=copy.timeline, segment_bytes=copy.segment_bytes)
    target.mkdir(mode=0o700, exist_ok=True)
    found = {
        path.with_name(path.name.removesuffix(".gz").removesuffix(".partial"))
        for path in segments(copy.name)
        if _place_in_log(path) >= first[8:]
    }
    newest = storage.wal_folder(copy.name)
    # What was set aside comes first, so that a whole segment wins over a piece of it.
    for path in sorted(found, key=lambda path: (path.parent == newest, path)):
        _provide(path, target / path.name)
    histories = list(newest.rglob("*.history"))
    for path in histories:
        shutil.copyfile(path, target / path.name)
    return len(found) + len(histories)


def _provide(path: Path, target: Path) -> None:
    """Unpack a segment, whole or still growing, while the stream may be finishing it."""
    names = (path.name, f"{path.name}.gz", f"{path.name}.partial")
    # Twice: it may go from one name to the next between two looks.
    for name in (*names, *names):
        try:
            opened = gzip.open if name.endswith(".gz") else open
            with opened(path.with_name(name), "rb") as file, target.open("wb") as plain:
                shutil.copyfileobj(file, plain, 1 << 20)
        except FileNotFoundError:
            continue
        return

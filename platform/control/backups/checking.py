"""Check a server's copy against the manifest that PostgreSQL wrote with it.

What pg_verifybackup does, for every version of it: each file there, of its size and SHA-256, none
besides, the manifest itself unaltered, and the log readable from the copy's start to its end. The
program itself is asked too where it runs.
"""

import hashlib
import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import structlog

from control.backups import tools
from control.backups.storage import ServerCopy
from kit.errors import Refused

_log = structlog.get_logger("control.backups")
_MANIFEST = "backup_manifest"
_CHUNK = 1 << 20
_MOST = 10


def damage(folder: Path, copy: ServerCopy) -> list[str]:
    """Return what is wrong with a server's copy in a backup's folder."""
    place = folder / copy.name
    try:
        found = [*_altered_manifest(place), *_files(place)]
        if not found:
            found = _log_damage(place, copy)
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
        found = [str(error) or type(error).__name__]
    return [f"{copy.name}: {line}" for line in [*found, *_official(place)]][:_MOST]


def _altered_manifest(place: Path) -> list[str]:
    body = (place / _MANIFEST).read_bytes()
    said = str(json.loads(body)["Manifest-Checksum"])
    before = body[: body.rindex(b'"Manifest-Checksum"')]
    return [] if hashlib.sha256(before).hexdigest() == said else ["the manifest was altered"]


def _files(place: Path) -> list[str]:
    known: dict[str, Any] = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
    wanted: dict[str, dict[str, Any]] = {
        str(one.get("Path") or bytes.fromhex(one["Encoded-Path"]).decode(errors="replace")): one
        for one in known["Files"]
    }
    found: list[str] = []
    for tar in sorted(place.glob("*.tar.gz")):
        if tar.name == "pg_wal.tar.gz":
            continue
        name = tar.name.removesuffix(".tar.gz")
        within = "" if name == "base" else f"pg_tblspc/{name}/"
        with tarfile.open(tar, "r|gz") as archive:
            for member in archive:
                if not member.isfile():
                    continue
                path = within + member.name.removeprefix("./")
                one = wanted.pop(path, None)
                if one is None:
                    found.append(f"{path} is not in the manifest")
                elif (wrong := _differs(archive, member, one)) is not None:
                    found.append(f"{path} {wrong}")
    found += [f"{path} is missing" for path in wanted]
    return found


def _differs(archive: tarfile.TarFile, member: tarfile.TarInfo, one: dict[str, Any]) -> str | None:
    if member.size != one["Size"]:
        return f"has {member.size} bytes, not {one['Size']}"
    digest = hashlib.sha256()
    stream = archive.extractfile(member)
    assert stream is not None
    while block := stream.read(_CHUNK):
        digest.update(block)
    return None if digest.hexdigest() == one["Checksum"] else "was altered"


def _log_damage(place: Path, copy: ServerCopy) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="simtree-wal-") as room:
        with tarfile.open(place / "pg_wal.tar.gz") as archive:
            archive.extractall(room, filter="data")
        try:
            tools.run(
                *("pg_waldump", "--quiet", "--path", room, "--timeline", str(copy.timeline)),
                *("--start", copy.start, "--end", copy.end),
            )
        except Refused as refusal:
            return [str(refusal)]
    return []


def _official(place: Path) -> list[str]:
    try:
        # It cannot read the log inside a tar: that was done above.
        tools.run("pg_verifybackup", "--no-parse-wal", place)
    except tools.Crashed:
        # Some builds of it do not start; everything it would look at has been looked at.
        _log.info("backup.no_pg_verifybackup")
    except Refused as refusal:
        return [str(refusal)]
    return []

"""Bring a backup back: into an empty folder, up to a moment, and say how far that was."""

import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from control.backups import keys, physical, storage, uploads
from control.backups.models import BackupKind
from control.backups.scratch import Recovered, ScratchServer, hand_over, unprivileged
from control.backups.storage import Manifest, ServerCopy
from kit.errors import Refused
from kit.files.disk import Disk
from kit.files.store import chosen
from kit.i18n import gettext as _
from kit.settings import get_settings

_LOG = "simtree_wal"
_AUTO = "postgresql.auto.conf"
_CONTROL_FILES = ("postgresql.conf", "pg_hba.conf", "pg_ident.conf")


@dataclass(frozen=True, slots=True)
class Target:
    """Up to where the log is replayed: a time, a position of one server, or (neither) its end."""

    time: datetime | None = None
    positions: tuple[tuple[str, str], ...] = ()

    def settings(self, server: str) -> dict[str, str]:
        """Return the recovery settings of a server."""
        position = dict(self.positions).get(server)
        if position:
            return {"recovery_target_lsn": position, "recovery_target_inclusive": "off"}
        if self.time:
            return {"recovery_target_time": self.time.astimezone(UTC).isoformat(sep=" ")}
        return {}


def refuse_unfit(manifest: Manifest, folder: Path, target: Target) -> None:
    """Refuse, before anything is written, what cannot end well."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(_("%(folder)s is not empty; a restore begins with nothing.", folder=folder))
    if manifest.kind != BackupKind.PHYSICAL:
        raise Refused(_("This backup holds no data folder; restore it into an empty database."))
    if target.time and target.time < datetime.fromisoformat(manifest.finished_at):
        raise Refused(
            _(
                "The backup %(name)s was finished at %(time)s: choose an older one for that time.",
                name=manifest.name,
                time=manifest.finished_at,
            )
        )
    missing = keys.missing_masters(manifest.master_versions)
    if missing:
        raise Refused(
            _(
                "MASTER_KEYS lacks version %(versions)s, without which personal data stays shut.",
                versions=", ".join(map(str, missing)),
            )
        )
    damage = storage.damage(manifest)
    if damage:
        raise Refused(_("The backup is damaged: %(what)s", what="; ".join(damage[:5])))


def lay_out(
    manifest: Manifest, folder: Path, target: Target, *, owner: str | None
) -> dict[str, Path]:
    """Unpack a backup and its log into an empty folder; return each server's data folder."""
    refuse_unfit(manifest, folder, target)
    folder.mkdir(parents=True, exist_ok=True)
    uploads.restore(manifest.name, Disk(folder), later=True)
    return {
        copy.name: _unpack(manifest, copy, folder / copy.name, target, owner=owner)
        for copy in manifest.servers
    }


def _unpack(
    manifest: Manifest, copy: ServerCopy, data: Path, target: Target, *, owner: str | None
) -> Path:
    source = storage.root() / manifest.name / copy.name
    data.mkdir(mode=0o700)
    _untar(source / "base.tar.gz", data)
    _untar(source / "pg_wal.tar.gz", data / "pg_wal")
    # Every table space of its own is a tar named by its number.
    for tar in source.glob("[0-9]*.tar.gz"):
        _untar(tar, _table_spaces(data) / tar.name.removesuffix(".tar.gz"))
    map_file = data / "tablespace_map"
    if map_file.is_file() and map_file.stat().st_size:
        numbers = [line.split(" ", 1)[0] for line in map_file.read_text().splitlines() if line]
        map_file.write_text(
            "".join(f"{number} {_table_spaces(data) / number}\n" for number in numbers),
            encoding="utf-8",
        )
        hand_over(_table_spaces(data), owner)
    physical.provide_log(copy, data / _LOG)
    for name in _CONTROL_FILES:
        # Distributions keep these elsewhere, so the copy may not hold them.
        if not (data / name).exists():
            (data / name).write_text("# Written by flask restore.\n", encoding="utf-8")
    settings = {
        "restore_command": f'cp "{_LOG}/%f" "%p"',
        "recovery_target_action": "promote",
        "recovery_target_timeline": "latest",
        **target.settings(copy.name),
    }
    lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    auto = data / _AUTO
    before = auto.read_text(encoding="utf-8") if auto.exists() else ""
    (data / f"{_AUTO}.before").write_text(before, encoding="utf-8")
    auto.write_text(f"{before}\n{lines}", encoding="utf-8")
    (data / "recovery.signal").touch()
    hand_over(data, owner)
    return data


def _table_spaces(data: Path) -> Path:
    return data.with_name(f"{data.name}-tablespaces")


def _untar(tar: Path, target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tarfile.open(tar) as archive:
        archive.extractall(target, filter="tar")


def tidy(data: Path) -> None:
    """Take the recovery's own settings and log out of a data folder that has been recovered."""
    before = data / f"{_AUTO}.before"
    (data / _AUTO).write_text(before.read_text(encoding="utf-8"), encoding="utf-8")
    before.unlink()
    for path in (data / _LOG).iterdir():
        path.unlink()
    (data / _LOG).rmdir()


def scratch(data: Path, *, owner: str | None) -> ScratchServer:
    """Return a server for a restored data folder, reached as the application's own login."""
    known = conninfo_to_dict(get_settings().database_url.get_secret_value())
    return ScratchServer(data, owner=owner, user=str(known["user"]), database=str(known["dbname"]))


def restore_backup(
    name: str, folder: Path, target: Target, *, say: Callable[[str], None]
) -> list[Recovered]:
    """Restore a backup into an empty folder and recover each server; return how far."""
    manifest = storage.read(name)
    owner = unprivileged()
    found = []
    for server, data in lay_out(manifest, folder, target, owner=owner).items():
        with scratch(data, owner=owner) as own:
            recovered = own.recovered(server)
        tidy(data)
        say(
            f"{server}: recovered to {recovered.at or 'the end of the copy'}"
            f" (log {recovered.position}, timeline {recovered.timeline}) in {data}"
        )
        found.append(recovered)
    versions = ", ".join(map(str, manifest.master_versions))
    say(f"Uploaded files are in {folder / 'files'}: set DATA_DIR to {folder}.")
    if chosen().is_far:
        say(f"`flask files carry {folder}` puts those that the bucket lacks into it.")
    say(f"MASTER_KEYS must hold version {versions}.")
    for schema in _destroyed_since(manifest):
        say(f"{schema}: its keys were destroyed after this backup; destroy them again.")
    return found


def _destroyed_since(manifest: Manifest) -> list[str]:
    """Return the workspaces that live in a backup but whose keys newer copies hold no more."""
    copies = sorted(path.stem for path in keys.folder().glob("*Z.json"))
    if not copies or copies[-1] <= manifest.name:
        return []
    now = {key["schema"] for key in keys.read(copies[-1])}
    return sorted({key["schema"] for key in keys.read(manifest.name)} - now)

"""Verbs on backups: make one, check one, delete what is too old."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from control.backups import checking, facts, keys, logical, physical, storage, tools, uploads
from control.backups.models import Backup, BackupKind, BackupState, BackupStream
from control.backups.storage import Manifest
from control.plane import TenantPlane
from kit import audit, clock, ids
from kit.crash import crash_point
from kit.db import control_transaction, lock_row
from kit.db.migrating import head
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

_log = structlog.get_logger("control.backups")
BACKUP = audit.System("backup")
TAKEN = audit.Event.named("backup:taken", "kind", "places", "size")
VERIFIED = audit.Event.named("backup:verified", "findings")
PRUNED = audit.Event.named("backup:pruned")
OLDEST = timedelta(days=29)
"""No backup is kept longer, whatever the settings: certificates of deletion name the day after."""


def take_backup(plane: TenantPlane, *, say: Callable[[str], None]) -> Manifest:
    """Make, check and publish a backup of everything, then delete what is too old.

    The order is the promise: keys and databases first, files after them, so that every file the
    databases name is there. Whatever fails leaves nothing that looks like a backup.
    """
    with storage.alone():
        started = clock.now()
        name = storage.name_at(started)
        folder = storage.begin(name)
        try:
            manifest = _make(plane, name, folder, say=say)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        crash_point("backup.made")
        storage.publish(folder, manifest)
        crash_point("backup.published")
        _remember(manifest)
        damaged = verify_backup(manifest)
        say(f"{name}: {manifest.kind}, {manifest.size:,} bytes, {manifest.file_count} files.")
        for finding in [*damaged, *gaps(manifest)]:
            say(f"{name}: {finding}")
        if not damaged:
            _prune(say=say)
        if damaged:
            raise Refused(_("The backup %(name)s is damaged; nothing was deleted.", name=name))
    return manifest


def _make(plane: TenantPlane, name: str, folder: Path, *, say: Callable[[str], None]) -> Manifest:
    started = clock.now()
    masters = keys.export(name)
    servers = tools.servers()
    sample = facts.sample(plane)
    if servers:
        kind = BackupKind.PHYSICAL
        copies = []
        for server in servers:
            say(f"{name}: copying {server.name} ({', '.join(server.places)}) …")
            copies.append(physical.copy_server(server, folder))
    else:
        kind = BackupKind.LOGICAL
        copies = logical.copy_all(folder, say=say)
    crash_point("backup.databases")
    present = uploads.sync()
    uploads.write_list(folder, present)
    return Manifest(
        name=name,
        kind=kind,
        started_at=started.isoformat(),
        finished_at=clock.now().isoformat(),
        servers=copies,
        parts=storage.parts_in(folder),
        file_count=len(present),
        file_bytes=sum(one.size for one in present.values()),
        revisions={line: head(line) for line in ("control", "cell", "tenants")},
        master_versions=masters,
        facts=sample.through(plane) if sample else {},
    )


def _remember(manifest: Manifest) -> Backup:
    """Write down a backup that is published; once, also after a crash in between."""
    with control_transaction() as control:
        found = control.scalars(select(Backup).where(Backup.name == manifest.name)).one_or_none()
        if found is not None:
            return found
        made = Backup(
            name=manifest.name,
            kind=manifest.kind,
            state=BackupState.GOOD,
            places=manifest.places,
            started_at=manifest.at(),
            finished_at=clock.now(),
            size_bytes=manifest.size,
            file_count=manifest.file_count,
            findings=[],
        )
        control.add(made)
        control.flush()
        audit.record_control(
            TAKEN,
            made,
            by=BACKUP,
            kind=manifest.kind,
            places=manifest.places,
            size=manifest.size,
        )
        return made


def verify_backup(manifest: Manifest) -> list[str]:
    """Check every byte of a backup, with PostgreSQL's own check; return what is wrong."""
    folder = storage.root() / manifest.name
    findings = [*storage.damage(manifest), *uploads.damage(manifest.name)]
    if manifest.kind == BackupKind.PHYSICAL:
        for copy in manifest.servers:
            findings += checking.damage(folder, copy)
    else:
        findings += logical.damage(folder, manifest)
    try:
        _note_check(manifest, findings)
    except (OperationalError, PoolTimeout):
        # A backup is checked all the same when what it is a backup of is lost.
        _log.warning("backup.not_noted", name=manifest.name)
    return findings


def _note_check(manifest: Manifest, findings: list[str]) -> None:
    known = _remember(manifest)
    with control_transaction():
        row = lock_row(known)
        row.state = BackupState.BAD if findings else BackupState.GOOD
        row.findings = findings[:20]
        row.verified_at = clock.now()
        audit.record_control(VERIFIED, row, by=BACKUP, findings=len(findings))


def gaps(manifest: Manifest) -> list[str]:
    """Return where the log that follows a backup is broken: up to there it can be replayed."""
    if manifest.kind != BackupKind.PHYSICAL:
        return []
    return [gap for copy in manifest.servers for gap in physical.gaps(copy)]


def kept(known: list[Manifest], bad: set[str]) -> list[Manifest]:
    """Return which backups stay: by age, at least so many good ones, none beyond 29 days."""
    settings = get_settings()
    now = clock.now()
    young = now - timedelta(days=settings.backup_days)
    good = [backup.name for backup in known if backup.name not in bad]
    least = set(good[-settings.backup_minimum :])
    return [
        backup
        for backup in known
        if backup.at() > now - OLDEST and (backup.at() >= young or backup.name in least)
    ]


def prune_backups(*, say: Callable[[str], None]) -> int:
    """Delete backups, log, files and copies of keys that are too old; return how many backups."""
    with storage.alone():
        return _prune(say=say)


def _prune(*, say: Callable[[str], None]) -> int:
    known = storage.manifests()
    with control_transaction() as control:
        bad = set(control.scalars(select(Backup.name).where(Backup.state == BackupState.BAD)))
    stay = kept(known, bad)
    gone = [backup for backup in known if backup not in stay]
    for backup in gone:
        # Renamed first: a half-deleted backup must not look like one.
        doomed = storage.root() / f".making-{backup.name}"
        (storage.root() / backup.name).rename(doomed)
        shutil.rmtree(doomed)
        _forget(backup)
        say(f"{backup.name}: deleted.")
    _forget_lost({backup.name for backup in known})
    for log in (storage.root() / "wal").iterdir():
        physical.prune_log(log.name, stay, before=clock.now() - OLDEST)
    uploads.prune(stay)
    keys.prune(now=clock.now())
    return len(gone)


def _forget(backup: Manifest) -> None:
    known = _remember(backup)
    with control_transaction():
        row = lock_row(known)
        row.state = BackupState.PRUNED
        audit.record_control(PRUNED, row, by=BACKUP)


def _forget_lost(known: set[str]) -> None:
    """Note that backups are gone whose folders somebody else removed: they save nobody."""
    with control_transaction() as control:
        rows = control.scalars(
            select(Backup)
            .where(Backup.state != BackupState.PRUNED, Backup.name.not_in(known))
            .order_by(Backup.id)
            .with_for_update(of=Backup)
        ).all()
        for row in rows:
            row.state = BackupState.PRUNED
            audit.record_control(PRUNED, row, by=BACKUP)


def note_stream(server: tools.Server, *, position: str, safe_at: datetime) -> None:
    """Note that all that was committed before a time, up to a position of the log, is safe.

    No audit row: this is said every half minute and changes nothing.
    """
    with control_transaction() as control:
        values = {"safe_at": safe_at, "position": position, "places": list(server.places)}
        control.execute(
            upsert(BackupStream)
            .values(public_id=ids.new(), created_at=func.now(), server=server.name, **values)
            .on_conflict_do_update(index_elements=["server"], set_=values)
        )

"""The drill: restore the newest backup elsewhere, start the application on it, compare, time it."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text
from sqlalchemy.engine import make_url

from control.backups import facts, storage, tools
from control.backups.models import BackupDrill
from control.backups.queries import RPO, RTO
from control.backups.restore import Target, lay_out, scratch
from control.backups.scratch import Recovered, ScratchServer, unprivileged
from control.backups.services import BACKUP
from control.backups.storage import Manifest
from control.backups.stream import received
from control.plane import TenantPlane
from kit import audit, clock
from kit.db import apart, control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import environment_with, get_settings

DRILLED = audit.Event.named("backup:drilled", "backup", "is_good", "rpo", "rto")
_PATIENCE = 120


@dataclass
class _Source:
    """What the source looked like, and from where on its log goes beyond that."""

    schema: str = ""
    facts: Mapping[str, int] = field(default_factory=dict)
    facts_before: Mapping[str, int] = field(default_factory=dict)
    positions: tuple[tuple[str, str], ...] = ()
    rpo: float = 0.0
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Drill:
    """How a drill went."""

    backup: str
    rpo: float
    rto: float
    findings: list[str]
    facts: Mapping[str, Any]

    @property
    def is_good(self) -> bool:
        """Tell whether everything matched and both targets were met."""
        return not self.findings


def run_drill(plane: TenantPlane, *, say: Callable[[str], None]) -> Drill:
    """Drill with the newest backup; the result is written down, good or not."""
    started = clock.now()
    manifest = storage.newest()
    say(f"Backup {manifest.name} of {', '.join(manifest.places)}.")
    source = _source(plane, manifest, say=say)
    findings: list[str] = []
    compared: dict[str, Any] = {}
    begun = time.monotonic()
    try:
        compared = _restored(manifest, source, say=say)
        findings += _compare(source, compared)
    except Refused as refusal:
        findings.append(str(refusal))
    except Exception as error:  # noqa: BLE001 - a drill that breaks is one that failed
        findings.append(f"the restore broke: {type(error).__name__}: {error}")
    rto = time.monotonic() - begun
    if source.rpo > RPO.total_seconds():
        findings.append(f"{source.rpo:.0f} s of work would be lost, the target is {RPO}")
    if rto > RTO.total_seconds():
        findings.append(f"the restore took {rto:.0f} s, the target is {RTO}")
    drill = Drill(manifest.name, source.rpo, rto, findings, compared)
    _record(drill, started=started)
    _tell(drill, say=say)
    return drill


def _source(plane: TenantPlane, manifest: Manifest, *, say: Callable[[str], None]) -> _Source:
    """Note a workspace's facts at a position of the log, and wait until that has been streamed."""
    taken = facts.sample(plane)
    servers = {server.name: server for server in tools.servers()}
    holder = next(
        (
            servers[copy.name]
            for copy in manifest.servers
            if taken and taken.cell in copy.places and copy.name in servers
        ),
        None,
    )
    if taken is None or holder is None:
        return _Source(rpo=_since(manifest))
    now, position = facts.at_a_position(plane, taken)
    begun = time.monotonic()
    # An empty transaction with a number writes its commit: the log goes on past the position.
    with apart(taken.cell, role="simtree_control") as own:
        own.execute(text("SELECT pg_current_xact_id()"))
    end = tools.log_position(facts.current_position(taken.cell))
    while time.monotonic() - begun < RPO.total_seconds():
        have = received(holder, taken.cell)
        if have == 0:
            break
        if have >= end:
            waited = time.monotonic() - begun
            say(f"The log up to {position} was streamed {waited:.1f} s after its last commit.")
            return _Source(
                taken.schema, now, now, ((holder.name, position),), waited, streamed=True
            )
        time.sleep(0.1)
    say("The log has not been streamed: only the copy itself can be restored.")
    known = manifest.facts
    return _Source(
        known.get("schema", ""), known.get("after", {}), known.get("before", {}), (),
        _since(manifest),
    )  # fmt: skip


def _since(manifest: Manifest) -> float:
    return (clock.now() - manifest.at()).total_seconds()


def _restored(manifest: Manifest, source: _Source, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Restore into a temporary folder, start everything on it and return what is there."""
    owner = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="simtree-drill-"))
    # PostgreSQL's user must pass through.
    folder.chmod(0o711)
    running: list[ScratchServer] = []
    try:
        target = Target(positions=source.positions)
        data = lay_out(manifest, folder / "restored", target, owner=owner)
        (folder / "restored").chmod(0o711)
        say(f"Unpacked into {folder}.")
        ports: dict[str, int] = {}
        recovered: list[Recovered] = []
        for copy in manifest.servers:
            server = scratch(data[copy.name], owner=owner)
            running.append(server)
            recovered.append(server.__enter__().recovered(copy.name))
            ports |= dict.fromkeys(copy.places, server.port)
            say(
                f"{copy.name}: recovered to {recovered[-1].at or 'the end of the copy'},"
                f" log {recovered[-1].position}, timeline {recovered[-1].timeline}."
            )
        return _examined(source.schema, folder / "restored", ports)
    finally:
        for server in reversed(running):
            server.__exit__()
        shutil.rmtree(folder, ignore_errors=True)


def _examined(schema: str, folder: Path, ports: Mapping[str, int]) -> dict[str, Any]:
    """Start the application on the restored servers, in a process of its own."""
    settings = get_settings()
    cells = {cell: _moved(url, ports[cell]) for cell, url in settings.cell_urls().items()}
    environment = environment_with(
        DATABASE_URL=_moved(settings.database_url.get_secret_value(), ports["control"]),
        CELLS=json.dumps(cells) if settings.cells else "",
        MIGRATOR_DATABASE_URL="",
        MIGRATOR_CELLS="",
        BACKUP_DATABASE_URL="",
        DATA_DIR=str(folder),
        # What was restored is looked at, not the bucket that everybody works with.
        FILES_URL="disk:",
        MAIL_URL="files:",
    )
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "backup", "examine", schema or "-"]
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            command,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise Refused(_("The application did not start on the restored servers.")) from None
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        words = " ".join(done.stderr.strip().splitlines()[-3:])
        raise Refused(_("The application did not start: %(words)s", words=words))
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _moved(url: str, port: int) -> str:
    known = conninfo_to_dict(url)
    return (
        make_url(url)
        .set(
            host="127.0.0.1",
            port=port,
            username=str(known["user"]),
            query={},
        )
        .render_as_string(hide_password=False)
    )


def _compare(source: _Source, found: Mapping[str, Any]) -> list[str]:
    """Return every way in which what was restored is not what was there."""
    wrong = []
    if not found["walls"]:
        wrong.append("the walls of the restored databases are open")
    if found["ready"] != 200:
        wrong.append(f"/readyz answered {found['ready']}")
    wrong += [
        f"{name} is {check['state']}"
        for name, check in found["checks"].items()
        if check["state"] == "failed"
    ]
    if found["keys_shut"]:
        wrong.append(f"{found['keys_shut']} keys do not open with MASTER_KEYS")
    if found["files_missing"]:
        wrong.append(f"{found['files_missing']} uploaded files are missing")
    if source.schema and not found["facts"]:
        wrong.append(f"the workspace {source.schema} is missing")
    for name, value in found["facts"].items():
        low, high = sorted((source.facts_before.get(name, 0), source.facts.get(name, 0)))
        if not low <= value <= high:
            wrong.append(f"{name} is {value:,}, the source had {high:,}")
    return wrong


def _record(drill: Drill, *, started: datetime) -> None:
    with control_transaction() as control:
        row = BackupDrill(
            backup=drill.backup,
            started_at=started,
            finished_at=clock.now(),
            is_good=drill.is_good,
            rpo_seconds=round(drill.rpo),
            rto_seconds=round(drill.rto),
            findings=drill.findings[:20],
            facts=dict(drill.facts.get("facts", {})),
        )
        control.add(row)
        control.flush()
        audit.record_control(
            DRILLED,
            row,
            by=BACKUP,
            backup=drill.backup,
            is_good=drill.is_good,
            rpo=row.rpo_seconds,
            rto=row.rto_seconds,
        )


def _tell(drill: Drill, *, say: Callable[[str], None]) -> None:
    if drill.facts:
        found = drill.facts
        numbers = ", ".join(f"{name} {value:,}" for name, value in found["facts"].items())
        say(f"Application on the restored servers: walls {'closed' if found['walls'] else 'OPEN'},")
        say(f"  /readyz {found['ready']}, {found['keys']} keys open, {found['files']} files there,")
        say(f"  workspace {found['schema']}: {numbers}.")
    say(f"RPO {drill.rpo:.1f} s (target {RPO}), RTO {drill.rto:.1f} s (target {RTO}).")
    for finding in drill.findings:
        say(f"MISMATCH: {finding}")
    say("The drill succeeded." if drill.is_good else "The drill FAILED.")

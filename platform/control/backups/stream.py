"""The stream: a process that carries every server's log, and new files, out as they are written.

It holds one pg_receivewal for each server (a replication slot keeps the log where it was when it
is away), copies new uploads every half minute, notes how far all of that is safe, and makes the
next whole backup when it is due, in a process of its own.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from flask import Flask
from sqlalchemy import text

from control.backups import facts, physical, services, storage, tools, uploads
from control.backups.uploads import Listed
from kit import clock
from kit.db import apart
from kit.files.store import chosen
from kit.settings import environment_with, get_settings

_log = structlog.get_logger("control.backups")
ROUND = 1.0
ASK_EVERY = 60.0
FILES_EVERY = 30.0
FAR_FILES_EVERY = 3_600.0
"""A bucket is listed whole; it outlives this machine, so less depends on it."""
NOTE_EVERY = 20.0
PRUNE_EVERY = 6 * 3_600.0
_PATIENCE = 10.0
_LOST = text(
    "SELECT wal_status = 'lost' FROM pg_catalog.pg_replication_slots WHERE slot_name = :slot"
)


@dataclass
class _Receiver:
    """One server's pg_receivewal, started again when it ends."""

    server: tools.Server
    process: subprocess.Popen[bytes] | None = None
    due: float = 0.0
    failures: int = 0
    noted: float = 0.0
    begins_anew: bool = False
    asked: tuple[datetime, str] | None = None

    def keep_running(self) -> None:
        """Start it when it is not running, later each time it ends soon."""
        if self.process is not None and self.process.poll() is None:
            return
        now = time.monotonic()
        if self.process is not None:
            self.failures += 1
            _log.warning("stream.ended", server=self.server.name, code=self.process.returncode)
            self.process = None
            self.due = now + min(2.0**self.failures, 30.0)
        if now < self.due:
            return
        self.process = self._start()

    @property
    def cell(self) -> str | None:
        """The cell through which the server is asked; None: the control plane."""
        first = self.server.places[0]
        return None if first == "control" else first

    def _renew_lost_slot(self) -> None:
        """Begin a new log where the server kept the old one no longer: it was away too long."""
        with apart(self.cell, role="simtree_control") as own:
            lost = own.scalar(_LOST, {"slot": self.server.slot})
        if lost:
            _log.warning("stream.gap", server=self.server.name)
            slot = f"--slot={self.server.slot}"
            tools.run("pg_receivewal", slot, "--drop-slot", url=self.server.url)
            physical.begin_new_log(self.server.name)
            self.begins_anew = True

    def _start(self) -> "subprocess.Popen[bytes] | None":
        connection, environment = tools.without_password(self.server.url)
        slot = f"--slot={self.server.slot}"
        try:
            self._renew_lost_slot()
            tools.run(
                "pg_receivewal", slot, "--create-slot", "--if-not-exists", url=self.server.url
            )
            return subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's, named by us
                [
                    tools.program("pg_receivewal"),
                    *("-D", str(storage.wal_folder(self.server.name)), slot, "-d", connection),
                    # Each piece is on our disk before the server hears that it is: that is the RPO.
                    *("--synchronous", "--no-password", "--no-loop"),
                ],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except Exception as error:  # noqa: BLE001 - the server may be away; tried again
            self.failures += 1
            self.due = time.monotonic() + min(2.0**self.failures, 30.0)
            _log.warning("stream.failed", server=self.server.name, error=type(error).__name__)
            return None

    def note(self) -> None:
        """Note how far the log is safe: what was written before the asked position and is here."""
        if time.monotonic() < self.noted + NOTE_EVERY:
            return
        if self.asked is None:
            at = clock.now()
            self.asked = (at, facts.current_position(self.cell))
        at, position = self.asked
        if received(self.server, self.cell) >= tools.log_position(position):
            services.note_stream(self.server, position=position, safe_at=at)
            self.asked = None
            self.noted = time.monotonic()
            self.failures = 0

    def stop(self) -> None:
        """End it: SIGINT makes it write what it holds and leave."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def received(server: tools.Server, cell: str | None) -> int:
    """Return up to where a server's log is on our disk, as its slot knows."""
    with apart(cell, role="simtree_control") as own:
        position = own.scalar(
            text(
                "SELECT restart_lsn::text FROM pg_catalog.pg_replication_slots"
                " WHERE slot_name = :slot"
            ),
            {"slot": server.slot},
        )
    return tools.log_position(position) if position else 0


@dataclass
class _Stream:
    app: Flask
    receivers: list[_Receiver] = field(default_factory=list)
    files: dict[str, Listed] | None = None
    files_at: float = 0.0
    backup: "subprocess.Popen[bytes] | None" = None
    backup_after: float = 0.0
    asked_at: float = 0.0
    is_wanted: bool = False
    pruned_at: float = field(default_factory=time.monotonic)

    def turn(self) -> None:
        """Look after everything once; one thing that fails does not stop the others."""
        self._try(self.find_servers)
        for receiver in self.receivers:
            self._try(receiver.keep_running)
            self._try(receiver.note)
            self._try(partial(physical.compress_log, receiver.server.name))
            if receiver.begins_anew:
                # The log does not join the last backup, so there must be a new one.
                receiver.begins_anew = False
                self.is_wanted = True
        self._try(self.copy_files)
        self._try(self.prune)
        self._try(self.make_backup)

    @staticmethod
    def _try(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the edge of the process
            _log.warning("stream.failed", error=type(error).__name__)

    def find_servers(self) -> None:
        """Find the servers whose log is to be streamed; those that are away again later."""
        known = {place for receiver in self.receivers for place in receiver.server.places}
        if known >= set(get_settings().backup_urls()) or time.monotonic() < self.asked_at:
            return
        self.asked_at = time.monotonic() + ASK_EVERY
        for server in tools.servers(even_without=True):
            if not known & set(server.places):
                self.receivers.append(_Receiver(server))

    def copy_files(self) -> None:
        """Copy the files that are new."""
        if time.monotonic() >= self.files_at:
            is_far = chosen().is_far
            self.files_at = time.monotonic() + (FAR_FILES_EVERY if is_far else FILES_EVERY)
            self.files = self.files or uploads.known()
            uploads.sync(self.files)

    def prune(self) -> None:
        """Delete what is too old, also when no new backup succeeds: keys promised to be gone."""
        if self.backup is None and time.monotonic() >= self.pruned_at + PRUNE_EVERY:
            services.prune_backups(say=lambda line: _log.info("backup.pruned", line=line))
            self.pruned_at = time.monotonic()

    def make_backup(self) -> None:
        """Begin a whole backup when the last good one is old enough, and see how it went."""
        if self.backup is not None:
            if self.backup.poll() is None:
                return
            if self.backup.returncode:
                _log.warning("backup.failed", code=self.backup.returncode)
                # The reason may pass; a server that is away need not be asked every second.
                self.backup_after = time.monotonic() + 600
            self.backup = None
        if time.monotonic() < self.backup_after or not (self.is_wanted or self._is_due()):
            return
        self.is_wanted = False
        self.backup = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "backup", "take"],
            env=environment_with(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @staticmethod
    def _is_due() -> bool:
        known = storage.manifests()
        every = timedelta(hours=get_settings().backup_every_hours)
        return not known or known[-1].at() + every <= clock.now()

    def stop(self) -> None:
        """Stop a backup under way (its unfinished folder goes) and then the receivers."""
        if self.backup is not None and self.backup.poll() is None:
            self.backup.terminate()
            try:
                self.backup.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self.backup.kill()
        for receiver in self.receivers:
            receiver.stop()


def run_stream(app: Flask, *, stopped: Callable[[], bool], backups: bool = True) -> None:
    """Stream until told to stop; a server that is away is tried again for ever."""
    stream = _Stream(app)
    if not backups:
        stream.backup_after = float("inf")
    try:
        while not stopped():
            with app.app_context():
                stream.turn()
            time.sleep(ROUND)
    finally:
        stream.stop()

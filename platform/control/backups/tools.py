"""PostgreSQL's own programs, run with a login's password out of sight, and servers of backups."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kit.errors import Misconfigured, Refused
from kit.i18n import gettext as _
from kit.settings import environment_with, get_settings


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL that holds some places; named after the first of them."""

    name: str
    url: str
    places: tuple[str, ...]
    databases: dict[str, str]
    system: str
    timeline: int
    position: str
    version: str
    segment_bytes: int

    @property
    def slot(self) -> str:
        """The replication slot that keeps the log until it has been streamed."""
        return f"simtree_backup_{self.name}"


class Crashed(Refused):
    """A program of PostgreSQL's died of a signal instead of ending."""


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs."""
    folder = get_settings().postgres_bin
    return str(folder / name) if folder else name


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """Return what may stand on a command line, and the environment that carries the rest."""
    known = conninfo_to_dict(url)
    password = known.pop("password", None)
    # With a database named they would call set_config, which this login may not.
    known.pop("dbname", None)
    return make_conninfo("", **known), environment_with(
        **({"PGPASSWORD": str(password)} if password else {}), LC_MESSAGES="C"
    )


def run(name: str, *words: str | Path, url: str | None = None) -> str:
    """Run one of PostgreSQL's programs to its end; Refused with its last words when it fails."""
    connection, environment = without_password(url) if url else ("", environment_with())
    command = [program(name), *map(str, words), *(["-d", connection] if url else [])]
    try:
        with subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's, named by us
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                said, _nothing = process.communicate()
            except BaseException:
                # SIGINT lets it remove its temporary slot.
                process.send_signal(signal.SIGINT)
                raise
    except FileNotFoundError:
        raise Refused(
            _("%(name)s was not found; set POSTGRES_BIN to PostgreSQL's programs.", name=name)
        ) from None
    if process.returncode:
        if process.returncode < 0:
            raise Crashed(_("%(name)s crashed.", name=name))
        words_of_it = " ".join(said.strip().splitlines()[-3:])
        raise Refused(_("%(name)s failed: %(words)s", name=name, words=words_of_it))
    return said


def ask(url: str, command: str) -> list[str]:
    """Ask a server something in its replication language; return the first row."""
    with psycopg.connect(url, replication="true", autocommit=True, connect_timeout=5) as own:
        result = own.pgconn.exec_(command.encode())
        if result.status != psycopg.pq.ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
        return [(result.get_value(0, column) or b"").decode() for column in range(result.nfields)]


def servers(*, even_without: bool = False) -> list[Server]:
    """Return the servers that a physical backup copies: each once, however many places it holds.

    Empty where no login that may replicate is configured; psycopg's errors when one is down,
    unless the caller can do `even_without` it. Misconfigured where a cell is a cluster: a copy of
    its coordinator would look whole and hold no workspace's rows.
    """
    settings = get_settings()
    urls = settings.backup_urls()
    for place in urls:
        if settings.engine_of(place) == "citus":
            raise Misconfigured(
                f"Cell {place} is a Citus cluster, whose servers cannot be copied as of one moment;"
                " leave BACKUP_DATABASE_URL empty, and each schema is copied instead."
            )
    identity: dict[str, list[str]] = {}
    for url in set(urls.values()):
        try:
            identity[url] = ask(url, "IDENTIFY_SYSTEM")
        except psycopg.Error:
            if not even_without:
                raise
    groups: dict[str, list[str]] = {}
    for place, url in urls.items():
        if url in identity:
            groups.setdefault(identity[url][0], []).append(place)
    found = []
    for system, places in groups.items():
        url = urls[places[0]]
        _system, timeline, position, _database = identity[url]
        found.append(
            Server(
                name=places[0],
                url=url,
                places=tuple(places),
                databases={p: str(conninfo_to_dict(urls[p]).get("dbname", "")) for p in places},
                system=system,
                timeline=int(timeline),
                position=position,
                version=ask(url, "SHOW server_version")[0],
                segment_bytes=_bytes(ask(url, "SHOW wal_segment_size")[0]),
            )
        )
    return found


def _bytes(text: str) -> int:
    number, unit = text[:-2], text[-2:]
    return int(number) * {"kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[unit]


def log_position(text: str) -> int:
    """Return a position in the log, written as 0/3000028, as a number."""
    high, _slash, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)

"""Whole pages over HTTP with 1,000 workspaces against 10, and what a backend then remembers.

One gunicorn process with threads, one client, blocks of both mixes in turn. The raw side is the
same pages asked of ten workspaces only.
"""

import http.client
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from control.plane import Owner
from control.provisioning import pool
from control.provisioning import services as provisioning
from control.provisioning.process import migrator_engines
from control.workspaces import services as workspaces
from control.workspaces.directory import as_tenant
from kit import audit
from kit.db import control_transaction, workspace_scope
from kit.security import hash_password
from kit.settings import get_settings
from kit.web.assets import ASSETS
from tenants.accounts.realm import OFFICE
from tenants.accounts.services import sign_in
from tests.bench.frame import Figure, Limit
from tests.databases import PEOPLE_PASSWORD, superuser_url
from wsgi import tenant_plane

MANY = 1_000
FEW = 10
BLOCKS = 12
BLOCK = 100
PAGES = ("/orders/", "/customers/", "/numbers/")
MEMORY_GOAL = 150.0
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Door:
    """A workspace's host and the cookie of a person who is logged in there."""

    host: str
    cookie: str


@dataclass(slots=True)
class Times:
    """Milliseconds of each answer, and of its statements."""

    whole: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def add(self, other: "Times") -> None:
        self.whole += other.whole
        self.database += other.database


def measure(count: int = MANY) -> list[Figure | Limit]:
    """Return the figures of pages, for a Zipf mix and a uniform one, and of backends' memory."""
    doors = make_doors(count)
    _put_assets()
    figures: list[Figure | Limit] = []
    peak = 0.0
    with _serving() as port:
        # The lasting state is compared, not the first visit of a process to each workspace.
        for door in doors:
            _ask(port, [door] * 2, random.Random(door.host))
        for title, goal, weights in (
            ("Zipf", 1.10, [1 / rank for rank in range(1, count + 1)]),
            ("uniform", 1.30, [1.0] * count),
        ):
            few, many = _compare(port, doors, weights)
            note = (
                f"of it the database {statistics.mean(many.database):.1f} ms against "
                f"{statistics.mean(few.database):.1f}; {len(many.whole)} pages each"
            )
            figures.append(
                Figure(
                    f"A page with {count} workspaces, {title} mix, against {FEW}",
                    statistics.mean(many.whole),
                    statistics.mean(few.whole),
                    goal,
                    note,
                )
            )
            peak = max(peak, _backend_memory())
    unbounded = _unbounded(doors)
    figures.append(
        Limit(
            "Memory of the largest backend after it",
            peak,
            "MB",
            MEMORY_GOAL,
            f"anonymous; {unbounded:.0f} MB where one serves all and is never renewed",
        )
    )
    return figures


def _put_assets() -> None:
    """Pages name each asset by its hash: without files that would cost less than it does."""
    for name in ASSETS:
        path = get_settings().data_dir / "assets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def make_doors(count: int, *, name: str = "bench") -> list[Door]:
    """Build workspaces by way of the pool, each with an owner who is logged in."""
    plane = tenant_plane()
    engines = migrator_engines()
    password = hash_password(PEOPLE_PASSWORD)
    doors: list[Door] = []
    while len(doors) < count:
        if pool.ready(engines["main"]) == 0:
            pool.refill(plane, engines["main"])
        serial = len(doors) + 1
        place = pool.claim(f"{name} {serial}", cells=["main"])
        with control_transaction():
            workspace = workspaces.register_workspace(
                name=f"{name.title()} {serial}",
                address=f"{name}-{serial}",
                locale="zh_Hans_CN",
                by=audit.SYSTEM,
                place=place,
            )
            build = provisioning.begin_claimed(
                workspace,
                owner=Owner("王小树", "owner", "o@example.com", "13800138000", password, "zh"),
            )
        provisioning.open_claimed(build, plane=plane)
        tenant = as_tenant(workspace)
        with workspace_scope(tenant):
            token = sign_in(
                "owner", PEOPLE_PASSWORD, remember=True, ip_address=None, user_agent=None
            ).token
        doors.append(Door(tenant.host, f"{OFFICE.cookie}={token}"))
    for engine in engines.values():
        engine.dispose()
    return doors


def _compare(port: int, doors: list[Door], weights: list[float]) -> tuple[Times, Times]:
    chance = random.Random(7)
    few, many = Times(), Times()
    _ask(port, chance.choices(doors, weights, k=BLOCK), chance)
    for _ in range(BLOCKS):
        few.add(_ask(port, chance.choices(doors[:FEW], weights[:FEW], k=BLOCK), chance))
        many.add(_ask(port, chance.choices(doors, weights, k=BLOCK), chance))
    return few, many


def _ask(port: int, visits: list[Door], chance: random.Random) -> Times:
    times = Times()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for door in visits:
        page = chance.choice(PAGES)
        begun = time.perf_counter()
        connection.request("GET", page, headers={"Host": door.host, "Cookie": door.cookie})
        answer = connection.getresponse()
        answer.read()
        times.whole.append((time.perf_counter() - begun) * 1_000)
        if answer.status != 200:
            raise RuntimeError(f"{door.host}{page} answered {answer.status}")
        told = re.search(r"dur=([\d.]+)", answer.headers["Server-Timing"])
        assert told is not None
        times.database.append(float(told[1]))
    connection.close()
    return times


def _unbounded(doors: list[Door]) -> float:
    """Return what a backend remembers that serves all workspaces and is never renewed."""
    chance = random.Random(8)
    with _serving(CONNECTION_MODULES="1000000", POOL_SIZE="1") as port:
        for door in doors:
            _ask(port, [door] * len(PAGES), chance)
        return _backend_memory()


@contextmanager
def _serving(**settings: str) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "4"),
        *("--workers", "1", "--bind", f"127.0.0.1:{port}", "--no-control-socket"),
        *("--keep-alive", "60", "--log-level", "warning", "tests.bench.served:app()"),
    ]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ROOT / "platform")]),
        **settings,
    }
    server = subprocess.Popen(command, env=environment, cwd=_ROOT)
    try:
        _wait_for(port)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server of the page benchmark does not answer")


def _backend_memory() -> float:
    """Return the anonymous memory of the largest backend of a web process, in MB."""
    name = get_settings().database_url.get_secret_value().rsplit("/", 1)[1].partition("?")[0]
    with psycopg.connect(superuser_url().replace("+psycopg", "")) as server:
        rows = server.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = %s",
            [name, "simtree main"],
        ).fetchall()
    found = [0]
    for (pid,) in rows:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        anonymous = re.search(r"^Anonymous:\s+(\d+) kB", told, re.MULTILINE)
        found.append(int(anonymous[1]) if anonymous else 0)
    return max(found) / 1_024

"""How many streams one process holds: `python -m tests.bench.live [streams]`, settings as tests.

Opens so many streams at a process of its own, has one word told to all of them, and prints what
the process weighs, how soon the last one heard, what the database saw of it, and how it ends.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from flask import Flask

from infra.local.places import free_port
from kit.db import session, transaction, workspace_scope
from kit.live import changed, make_ticket
from kit.tenancy import Workspace
from tests import databases

NAME = "simtree_bench_live"


def main() -> int:
    """Print the figures."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    databases.clone(NAME)
    from control.workspaces.directory import directory
    from wsgi import create_app

    app = create_app()
    port = free_port(8_700)
    process = _start(port, wanted)
    try:
        with app.app_context():
            found = directory.by_address("acme")
            assert found is not None
            _measure(app, found, port, wanted, process)
    finally:
        process.kill()
        process.wait()
    return 0


def _start(port: int, wanted: int) -> "subprocess.Popen[bytes]":
    most = str(wanted)
    environment = os.environ | {
        "LIVE_STREAMS": most,
        "LIVE_STREAMS_WORKSPACE": "5000",
        "LIVE_STREAMS_PERSON": "50",
    }
    command = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "kit.live.worker.Worker"),
        *("--threads", str(wanted + 16), "--worker-connections", str(wanted * 2 + 100)),
        *("--bind", f"127.0.0.1:{port}", "--graceful-timeout", "10", "--no-control-socket"),
        "wsgi:live()",
    ]
    process = subprocess.Popen(command, env=environment)
    for _ in range(200):
        time.sleep(0.1)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
    raise SystemExit("the process does not answer")


def _measure(
    app: Flask, workspace: Workspace, port: int, wanted: int, process: "subprocess.Popen[bytes]"
) -> None:
    del app
    worker = _worker(process)
    before, tickets = _kilobytes(worker), []
    with workspace_scope(workspace):
        from tenants.accounts import queries
        from tests.factories.accounts import make_user, sign_in

        for _ in range(-(-wanted // 50)):
            login = queries.open_session(sign_in(make_user()))
            assert login is not None
            own = {"realm": "office", "person": login.user.public_id, "login": login.public_id}
            tickets += [make_ticket(**own) for _ in range(50)]
        session().rollback()
    begun = time.monotonic()
    streams = [_open(port, workspace.host, one) for one in tickets[:wanted]]
    heard = _until(streams, b"event: ready")
    opened = time.monotonic() - begun
    time.sleep(1)
    weight, sessions = _kilobytes(worker), _connections()
    begun = time.monotonic()
    with workspace_scope(workspace), transaction():
        changed("bench")
    told = _until(streams, b"data: bench")
    last = time.monotonic() - begun
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    sys.stdout.write(
        f"streams open: {heard} of {wanted} in {opened:.1f} s\n"
        f"memory: {before / 1024:.0f} MB empty, {weight / 1024:.0f} MB full,"
        f" {(weight - before) / max(1, heard):.0f} KB each\n"
        f"database connections of the process while streaming: {sessions}\n"
        f"one word heard by {told} streams, the last after {last * 1000:.0f} ms\n"
        f"stopped in {time.monotonic() - begun:.1f} s\n"
    )


def _open(port: int, host: str, ticket: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=10)
    made.sendall(f"GET /live?ticket={ticket} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return made


def _until(streams: list[socket.socket], word: bytes, seconds: float = 30) -> int:
    """Return how many streams said a word within some seconds."""
    with selectors.DefaultSelector() as ready:
        texts = {}
        for one in streams:
            one.setblocking(False)
            ready.register(one, selectors.EVENT_READ)
            texts[one] = b""
        waiting, end = set(streams), time.monotonic() + seconds
        while waiting and time.monotonic() < end:
            for key, _events in ready.select(0.5):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                got = one.recv(4_096)
                texts[one] += got
                if word in texts[one]:
                    waiting.discard(one)
                if not got or one not in waiting:
                    ready.unregister(one)
                    waiting.discard(one)
    return sum(word in text for text in texts.values())


def _worker(process: "subprocess.Popen[bytes]") -> int:
    for _ in range(100):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if children:
            time.sleep(3)
            return int(children[0])
        time.sleep(0.1)
    raise SystemExit("the process has no worker")


def _kilobytes(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def _connections() -> str:
    with psycopg.connect(databases.superuser_url(), autocommit=True) as server:
        rows = server.execute(
            "SELECT state, count(*) FROM pg_stat_activity WHERE datname = %s"
            " AND usename = 'simtree_app' GROUP BY state",
            [NAME],
        ).fetchall()
    return ", ".join(f"{count} {state}" for state, count in rows) or "none"


if __name__ == "__main__":
    sys.exit(main())

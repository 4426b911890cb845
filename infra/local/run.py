"""What `infra/bin/run` does: everything from an empty folder to served pages."""

import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from infra.local.assets import build_assets, compile_translations
from infra.local.environment import (
    application_settings,
    names_own_databases,
    without_privileges,
)
from infra.local.payments import stripe_program, stripe_settings
from infra.local.places import ROOT, free_port, say, var
from infra.local.servers import EmbeddedPostgres, EmbeddedRedis
from infra.local.supervisor import Program, Supervisor, run_step

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
USUAL_PORT = 8000
# Each queue has a process of its own: nobody's code by SMS waits for somebody's import, nor for the
# three minutes that usual work may take. Who serves what is usual helps where people wait.
WORKERS = {
    "interactive": ("--queue", "interactive"),
    "worker": ("--queue", "interactive", "--queue", "normal"),
    "bulk": ("--queue", "bulk"),
}


def main() -> int:
    """Run Simtree until it is told to stop; answer the exit code."""
    started = time.monotonic()
    os.chdir(ROOT)
    # A plain `kill` during the start unwinds it as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with ExitStack() as cleanup:
        try:
            _run(cleanup, started=started)
        except KeyboardInterrupt:
            say("\nStopped before everything was started.")
    return 0


def _run(cleanup: ExitStack, *, started: float) -> None:
    folder = var()
    postgres = None if names_own_databases() else EmbeddedPostgres(folder / "postgres")
    redis = None if os.environ.get("REDIS_URL") else EmbeddedRedis(folder / "redis")
    servers = [server for server in (postgres, redis) if server is not None]
    for server in servers:
        cleanup.callback(server.stop)
        server.start()
        say(f"{server.title} runs on port {server.port}.")
    wanted = int(os.environ.get("PORT") or USUAL_PORT)
    port = free_port(wanted)
    if port != wanted:
        say(f"Port {wanted} is taken; the pages are on {port}.")
    settings = application_settings(
        given=os.environ,
        folder=folder,
        port=port,
        redis_url=redis.url if redis else os.environ["REDIS_URL"],
        postgres=postgres,
    )
    # Python holds back what it prints into a pipe, and every process prints into one.
    settings |= {"PYTHONUNBUFFERED": "1"}
    # Nothing stands in front of the processes here, so streams have a port of their own.
    settings |= {"LIVE_PORT": str(free_port(port + 1))}
    settings |= stripe_settings(settings, folder)

    build_assets()
    compile_translations()
    if postgres is not None:
        _step("install", [sys.executable, "-m", "infra.install_database"], settings)
    migrator = without_privileges(settings, keep="MIGRATOR_DATABASE_URL")
    prepared = _step("prepare", [sys.executable, "-m", "infra.local.prepare"], migrator)
    log_ins = [line for line in prepared if "://" in line]

    def announce() -> None:
        seconds = time.monotonic() - started
        say(_addresses(settings, servers=[server.url for server in servers], log_ins=log_ins))
        say(f"Started in {seconds:.1f} s. Ctrl-C stops everything.\n")

    Supervisor(
        _programs(settings, port=port, folder=folder),
        servers,
        is_ready=lambda: _answers(port),
        announce=announce,
        # Three seconds for each stage and for the servers; most need none.
        budget=15.0,
    ).run()


def _programs(settings: Mapping[str, str], *, port: int, folder: Path) -> list[Program]:
    plain = without_privileges(settings)
    web = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread"),
        *("--threads", "8", "--workers", "2", "--bind", f"127.0.0.1:{port}"),
        *("--graceful-timeout", "2", "--no-control-socket", "wsgi:serve()"),
    ]
    live = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "kit.live.worker.Worker"),
        *("--threads", "64", "--bind", f"127.0.0.1:{settings['LIVE_PORT']}"),
        *("--graceful-timeout", "2", "--no-control-socket", "wsgi:live()"),
    ]
    return [
        Program("web", web, plain, stage=0),
        Program("live", live, plain | {"LIVE_STREAMS": "48"}, stage=0),
        # No new work is handed out before what is in hand ends; the stream sees all of it.
        Program("dispatcher", [*FLASK, "jobs", "dispatch"], plain, stage=1),
        *(
            Program(name, [*FLASK, "jobs", "work", *queues], plain | {"STOP_SECONDS": "2"}, stage=2)
            for name, queues in WORKERS.items()
        ),
        Program(
            "provisioner",
            [*FLASK, "tenants", "provision"],
            without_privileges(settings, keep="MIGRATOR_DATABASE_URL"),
            stage=2,
        ),
        # Its ninety days of trade take a minute or two: nobody should wait for them.
        Program("demo", [*FLASK, "demo", "--trade"], plain, stage=2, once=True),
        *_stream(settings),
        *stripe_program(settings, folder),
    ]


def _stream(settings: Mapping[str, str]) -> list[Program]:
    """Answer the backup's stream, where a login that may replicate is known."""
    if not settings.get("BACKUP_DATABASE_URL"):
        return []
    given = without_privileges(settings, keep="BACKUP_DATABASE_URL")
    return [Program("backup", [*FLASK, "backup", "stream"], given, stage=3)]


def _step(name: str, command: list[str], environment: Mapping[str, str]) -> list[str]:
    started = time.monotonic()
    code, lines = run_step(name, command, environment)
    if code:
        raise SystemExit(f"The step {name!r} failed; its last words are above.")
    say(f"The step {name!r} took {time.monotonic() - started:.1f} s.")
    return lines


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False


def _addresses(settings: Mapping[str, str], *, servers: list[str], log_ins: list[str]) -> str:
    operator = f"{settings['OPERATOR_EMAIL']} / {settings['OPERATOR_PASSWORD']}"
    rows = [
        ("Pages", f"http://{settings['BASE_DOMAIN']}/"),
        (
            "Console",
            f"http://console.{settings['BASE_DOMAIN']}/    {operator}",
        ),
        *([("Stripe", settings["STRIPE_API_BASE"])] if settings.get("STRIPE_API_BASE") else []),
        ("Data", str(Path(settings["DATA_DIR"]))),
        *(("Server", url) for url in servers),
    ]
    lines = ["", *(f"  {title:<10}{value}" for title, value in rows)]
    return "\n".join([*lines, "", *(f"  {line}" for line in log_ins), ""])


if __name__ == "__main__":
    sys.exit(main())

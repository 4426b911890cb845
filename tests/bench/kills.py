"""Kill everything at random and count: `python -m tests.bench.kills [seed] [jobs]`, add `flush`.

Servers of its own. The web is asked for work by clients that ask again until it says yes; meanwhile
web, dispatcher, workers, the processes of jobs, Redis and PostgreSQL get SIGKILL or, for up to
three seconds, SIGSTOP: forty in sixty seconds, in an order that the seed decides. With `flush`
Redis is emptied twice besides. In the end every piece must have left exactly one effect; RESULTS.md
gets a row.
"""

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from infra.local.embedded import EmbeddedServer
from infra.local.servers import EmbeddedPostgres, EmbeddedRedis
from tests.bench import results
from tests.bench.frame import Limit

KILLS = 40
WINDOW = 60.0
JOBS = 4_000
WORKERS = 3
TARGETS = ("horse", "worker", "dispatcher", "web", "redis", "postgres")
WITHIN = 1_500.0


def main() -> int:
    """Return 0 when every piece was done exactly once."""
    words = sys.argv[1:]
    flushes = "flush" in words
    numbers = [int(word) for word in words if word.isdigit()]
    seed = numbers[0] if numbers else 20_261_122
    jobs = numbers[1] if len(numbers) > 1 else JOBS
    with tempfile.TemporaryDirectory(prefix="simtree-kills-") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "postgres", fast=True)
        redis = EmbeddedRedis(Path(folder) / "redis")
        url = os.environ["SUPERUSER_DATABASE_URL"] = postgres.start()
        with psycopg.connect(url, autocommit=True) as server:
            # A fast server says "committed" before the log has it: a kill would lose what we count.
            server.execute("ALTER SYSTEM SET synchronous_commit = 'on'")
            server.execute("SELECT pg_reload_conf()")
        os.environ["REDIS_URL"] = redis.start()
        os.environ["DATA_DIR"] = folder
        try:
            return _run(postgres, redis, seed=seed, jobs=jobs, flushes=flushes)
        finally:
            redis.stop()
            postgres.stop()


def _run(
    postgres: EmbeddedPostgres, redis: EmbeddedRedis, *, seed: int, jobs: int, flushes: bool
) -> int:
    from tests import databases

    databases.build("simtree_kills")
    databases.use_database("simtree_kills")
    # What is silent for twenty seconds is thought lost: the run should not wait a minute for it.
    os.environ.update(JOBS_LOST_SECONDS="20", JOBS_IN_FLIGHT="12")
    from kit.settings import get_settings
    from tests.crew import Crew, create_app, noted, posting, wait_for

    get_settings.cache_clear()
    app = create_app()
    with app.app_context():
        from control.workspaces.directory import directory

        workspaces = [directory.by_address(name) for name in ("acme", "rival")]
        known = [one for one in workspaces if one is not None]
        begun = time.monotonic()
        with (
            Crew(workers=WORKERS, web=True) as crew,
            posting(crew.port, ("acme", "rival"), range(1, jobs + 1)) as clients,
        ):
            started = wait_for(lambda: len(noted(known)) >= 20, seconds=120)
            assert started, "the processes do not work"
            hits = _havoc(crew, {"redis": redis, "postgres": postgres}, seed, flushes=flushes)
            print(f"{sum(hits.values())} hits: {dict(hits)}", flush=True)
            effects = _settle(crew, clients, known, jobs, begun)
    wrong = {number: count for number, count in effects.items() if count != 1}
    missing = jobs - len(effects)
    print(
        f"seed {seed}, {jobs} pieces, {'Redis emptied twice, ' if flushes else ''}"
        f"{sum(effects.values())} effects, {missing} missing, {len(wrong)} more than once, "
        f"{time.monotonic() - begun:.0f} s",
        flush=True,
    )
    took = round(time.monotonic() - begun)
    results.write(
        [
            Limit(
                f"{results.APART}{', Redis emptied twice besides' if flushes else ''}: "
                "work lost or done twice",
                missing + len(wrong),
                "pieces",
                0,
                f"{jobs} pieces, {sum(hits.values())} hits in {WINDOW:.0f} s, seed {seed}, "
                f"{took} s",
            )
        ],
        is_whole=False,
    )
    return 1 if missing or wrong else 0


def _havoc(crew, servers: "dict[str, EmbeddedServer]", seed: int, *, flushes: bool) -> Counter[str]:
    from tests.crew import hit, shuffled

    draw, hits = random.Random(seed), Counter[str]()
    plan = shuffled(seed, TARGETS, KILLS)
    stopped: dict[int, float] = {}
    begun = time.monotonic()
    for number, (name, word) in enumerate(plan):
        due = begun + (number + 1) * WINDOW / len(plan)
        while time.monotonic() < due:
            _mend(crew, servers, stopped)
            time.sleep(0.1)
        if flushes and number in {len(plan) // 3, 2 * len(plan) // 3}:
            _flush()
        # Where there is none of a kind, or it ended a moment ago, another is hit instead.
        for target in (name, *(one for one in TARGETS if one != name)):
            pid = _victim(crew, servers, target)
            if pid is None or not hit(pid, word):
                continue
            hits[f"{target} {word.name}"] += 1
            if word == signal.SIGSTOP:
                stopped[pid] = time.monotonic() + draw.uniform(0.5, 3.0)
            break
    while stopped or not all(server.is_running() for server in servers.values()):
        _mend(crew, servers, stopped)
        time.sleep(0.1)
    return hits


def _victim(crew, servers: "dict[str, EmbeddedServer]", name: str) -> int | None:
    """Return a process that is there; a job's comes and goes, so it is waited for a little."""
    if name in servers:
        return servers[name].pid
    for _ in range(30):
        pid: int | None = crew.victim(name)
        if pid is not None:
            return pid
        time.sleep(0.05)
    return None


def _mend(crew, servers: "dict[str, EmbeddedServer]", stopped: dict[int, float]) -> None:
    from tests.crew import hit

    for pid, until in list(stopped.items()):
        if time.monotonic() >= until:
            hit(pid, signal.SIGCONT)
            del stopped[pid]
    for server in servers.values():
        if not server.is_running():
            server.start()
    crew.revive()


def _flush() -> None:
    import redis

    from kit.redis_client import connection

    try:
        connection().flushall()
    except redis.RedisError:
        print("Redis was down when it should have been emptied", flush=True)


def _settle(crew, clients, workspaces, jobs: int, begun: float) -> Counter[int]:
    """Wait until all is asked for and done, then until nothing can come any more."""
    from tests.crew import noted

    told = 0.0
    while True:
        crew.revive()
        try:
            effects = noted(workspaces)
        except SQLAlchemyError:
            # Our own connection was to a server that was killed.
            time.sleep(1)
            continue
        if len(effects) == jobs and not any(client.is_alive() for client in clients):
            break
        now = time.monotonic()
        if now - begun > WITHIN:
            print("it does not end", flush=True)
            return effects
        if now - told > 30:
            told = now
            print(f"{now - begun:.0f} s: {len(effects)} done", flush=True)
        time.sleep(1)
    # Twins that were stopped or thought lost would show by now.
    time.sleep(25)
    return noted(workspaces)


if __name__ == "__main__":
    sys.exit(main())

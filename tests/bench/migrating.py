"""Roll-outs through many workspaces against the same statements sent raw by as many connections."""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count as counting
from pathlib import Path
from threading import Thread
from time import perf_counter

import psycopg
from sqlalchemy import event

from control.migrating.cli import migrate_tenants, rollout_engines
from control.migrating.plan import make_plan
from kit.db import migrating
from kit.settings import get_settings
from tests.bench.frame import Figure, Limit, compare
from tests.bench.many import workspaces
from tests.bench.peers import django_tenants
from wsgi import tenant_plane

MANY = 1_000
ROUNDS = 5
NOTHING = 50

ONE = ("ALTER TABLE customers ADD COLUMN {name} text",)
FIVE = (
    "ALTER TABLE customers ADD COLUMN {name} text",
    "ALTER TABLE orders ADD COLUMN {name} bigint",
    "ALTER TABLE products ADD COLUMN {name} boolean NOT NULL DEFAULT false",
    "ALTER TABLE channels ALTER COLUMN remark SET DEFAULT '{name}'",
    "ALTER TABLE orders ADD CONSTRAINT ck_{name} CHECK ({name} > 0) NOT VALID",
)
_names = counting(1)
_SCRIPT = '''"""A step of the benchmark."""
from alembic import op

revision = "{number}"
down_revision = "{down}"


def upgrade():
    for statement in {statements!r}:
        op.execute(statement)


def downgrade():
    op.execute("SELECT 1")
'''


@contextmanager
def _own_line() -> Iterator[Path]:
    """Use a copy of the revisions that can be added to."""
    real = migrating.ROOT
    with tempfile.TemporaryDirectory(prefix="simtree-line-") as folder:
        root = Path(folder)
        (root / "tenants").mkdir()
        for line in ("control", "cell"):
            (root / line).symlink_to(real / line)
        for path in (real / "tenants").glob("*.py"):
            (root / "tenants" / path.name).symlink_to(path)
        migrating.ROOT = root
        try:
            yield root / "tenants"
        finally:
            migrating.ROOT = real


def measure(many: int = MANY) -> list[Figure | Limit]:
    """Return the figures of roll-outs."""
    schemas = workspaces(many)
    count = len(schemas)
    plane = tenant_plane()
    threads = get_settings().migrate_threads
    with _own_line() as folder:

        def ours(statements: tuple[str, ...]) -> Callable[[], None]:
            def roll_out() -> None:
                _write(folder, statements)
                migrate_tenants(plane, say=lambda _: None)

            return roll_out

        def raw(statements: tuple[str, ...]) -> Callable[[], None]:
            return lambda: _raw(schemas, statements, threads)

        note = f"raw: the same in {threads} threads, a message each workspace"
        one = compare(
            f"One ADD COLUMN through {count} workspaces",
            ours(ONE),
            raw(ONE),
            goal=1.3,
            rounds=ROUNDS,
            note=note,
        )
        five = compare(
            f"A revision of five statements through {count} workspaces",
            ours(FIVE),
            raw(FIVE),
            goal=1.3,
            rounds=ROUNDS,
            note=note,
        )
        nothing, statements = _nothing()
    peer = django_tenants.measured()
    return [
        one,
        Figure(
            "One ADD COLUMN, a workspace, beside django-tenants",
            one.ours / count,
            peer.migrate,
            1 / 50,
            f"raw: migrate_schemas there, a tenant; {peer.migrate * count / one.ours:.0f} times as "
            "long",
        ),
        five,
        Limit(
            "The same revision, a workspace",
            five.ours / count,
            "ms",
            4.0,
            f"{count * 1_000 / five.ours:.0f} workspaces a second",
        ),
        Limit(
            f"A deploy with nothing to do, {count} workspaces",
            nothing,
            "ms",
            10.0,
            f"statements to the cell: {statements}",
        ),
    ]


def _write(folder: Path, statements: tuple[str, ...]) -> None:
    newest = migrating.head("tenants")
    number = f"{int(newest) + 1:04}"
    name = f"bench_{next(_names)}"
    (folder / f"{number}_bench.py").write_text(
        _SCRIPT.format(
            number=number,
            down=newest,
            statements=[statement.format(name=name) for statement in statements],
        ),
        encoding="utf-8",
    )


def _raw(schemas: list[str], statements: tuple[str, ...], threads: int) -> None:
    name = f"bench_{next(_names)}"
    script = ";".join(statements).format(name=name)

    def send(part: list[str]) -> None:
        with psycopg.connect(get_settings().migrator_url(), autocommit=True) as server:
            for schema in part:
                server.execute(f"SET LOCAL search_path TO {schema}, pg_temp;{script}")

    workers = [Thread(target=send, args=(schemas[i::threads],)) for i in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _nothing() -> tuple[float, int]:
    """Return how long a look that finds nothing takes, and how many statements it sends."""
    engines = rollout_engines(1)
    sent: list[str] = []
    for engine in engines.values():
        event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    times = []
    for _ in range(NOTHING):
        begun = perf_counter()
        assert not make_plan(engines).total
        times.append((perf_counter() - begun) * 1_000)
    for engine in engines.values():
        engine.dispose()
    return statistics.median(times), len(sent) // NOTHING

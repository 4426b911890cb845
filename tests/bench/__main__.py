"""Run all benchmarks on a database of their own, print the table and write RESULTS.md."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.local.servers import EmbeddedPostgres, EmbeddedRedis
from tests import databases
from tests.bench import (
    binding,
    disk,
    exchange,
    lists,
    migrating,
    orders,
    pages,
    provisioning,
    results,
    signup,
    work,
)
from tests.bench.frame import HEAD, Figure, Limit

BENCHMARKS = {
    "provisioning": provisioning.measure,
    "signup": signup.measure,
    "disk": disk.measure,
    "binding": binding.measure,
    "orders": orders.measure,
    "migrating": migrating.measure,
    "pages": pages.measure,
    "exchange": exchange.measure,
    "work": work.measure,
    # Last: its database is large afterwards.
    "lists": lists.measure,
}


def main() -> int:
    """Return 0 when every goal is met; with names of benchmarks only those are run and renewed."""
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"There is no benchmark called {unknown[0]}. Known: {', '.join(BENCHMARKS)}.")
        return 2
    with tempfile.TemporaryDirectory(prefix="simtree-bench-") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "postgres", fast=True)
        redis = EmbeddedRedis(Path(folder) / "redis", fast=True)
        os.environ["SUPERUSER_DATABASE_URL"] = postgres.start()
        os.environ["REDIS_URL"] = redis.start()
        os.environ["DATA_DIR"] = folder
        figures: list[Figure | Limit] = []
        print(HEAD, flush=True)
        try:
            for figure in measure(names):
                figures.append(figure)
                print(figure.row, flush=True)
        finally:
            redis.stop()
            postgres.stop()
    results.write(figures, is_whole=not sys.argv[1:])
    return 0 if all(figure.is_met for figure in figures) else 1


def measure(names: Sequence[str]) -> Iterator[Figure | Limit]:
    """Yield the figures of benchmarks, each as soon as it is taken."""
    databases.build("simtree_bench")
    databases.use_database("simtree_bench")
    # Tests have no pool but their own.
    os.environ.update(POOL_TARGET="20", POOL_BATCH="20")
    from kit.processes import settle
    from kit.settings import get_settings
    from wsgi import create_app

    get_settings.cache_clear()
    app = create_app()
    # As the processes do that serve.
    settle()
    with app.app_context():
        for name in names:
            yield from BENCHMARKS[name]()


if __name__ == "__main__":
    sys.exit(main())

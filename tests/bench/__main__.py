"""Run all benchmarks on a database of their own, print the table and write RESULTS.md."""

import os
import platform
import sys
import tempfile
from pathlib import Path

from infra.local.servers import EmbeddedPostgres, EmbeddedRedis
from tests import databases
from tests.bench import binding, disk, migrating, orders, pages, provisioning, signup
from tests.bench.frame import HEAD, Figure, Limit

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Return 0 when every goal is met."""
    with tempfile.TemporaryDirectory(prefix="simtree-bench-") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "postgres", fast=True)
        redis = EmbeddedRedis(Path(folder) / "redis", fast=True)
        os.environ["SUPERUSER_DATABASE_URL"] = postgres.start()
        os.environ["REDIS_URL"] = redis.start()
        os.environ["DATA_DIR"] = folder
        try:
            figures = measure()
        finally:
            redis.stop()
            postgres.stop()
    table = "\n".join([HEAD, *(figure.row for figure in figures)])
    print(table)
    RESULTS.write_text(
        "# Results\n\n"
        "Written by `infra/bin/bench`. Each ratio was taken in one run on one machine, runs "
        "interleaved, medians.\n\n"
        f"Python {platform.python_version()}, {os.cpu_count()} cores, PostgreSQL without fsync.\n\n"
        f"{table}\n",
        encoding="utf-8",
    )
    return 0 if all(figure.is_met for figure in figures) else 1


def measure() -> list[Figure | Limit]:
    """Return every figure."""
    databases.build("simtree_bench")
    databases.use_database("simtree_bench")
    from wsgi import create_app

    app = create_app()
    with app.app_context():
        return [
            *provisioning.measure(),
            *signup.measure(),
            *binding.measure(),
            *orders.measure(),
            *pages.measure(),
            *migrating.measure(),
            *disk.measure(),
        ]


if __name__ == "__main__":
    sys.exit(main())

"""The written table of what was measured: each row once, in the place that it had before."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from tests.bench.frame import HEAD, Figure, Limit

RESULTS = Path(__file__).with_name("RESULTS.md")
APART = "Killed at random"
"""How rows begin that have a command of their own: a whole run does not take them away."""


def write(figures: Sequence[Figure | Limit], *, is_whole: bool) -> None:
    """Write the table; rows that were not measured stand, unless the whole was."""
    stood = _stood()
    if is_whole:
        stood = {title: row for title, row in stood.items() if title.startswith(APART)}
    rows = stood | {figure.title: figure.row for figure in figures}
    RESULTS.write_text(
        "# Results\n\n"
        "Written by `infra/bin/bench`; with names of benchmarks it renews their rows, and "
        "`python -m tests.bench.kills` its own. Each ratio was taken in one run on one machine, "
        "runs interleaved, medians.\n\n"
        f"Python {platform.python_version()}, {os.cpu_count()} cores, PostgreSQL without fsync.\n\n"
        + "\n".join([HEAD, *rows.values()])
        + "\n",
        encoding="utf-8",
    )


def _stood() -> dict[str, str]:
    """Return the rows that are written, by their titles."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    rows = [line for line in lines if line.startswith("| ") and line not in HEAD.splitlines()]
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}

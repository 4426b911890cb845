"""Print the catalogue as a table: `PYTHONPATH=.:platform python -m tests.attacks`."""

import sys
from collections import Counter

from tests.attacks import test_application, test_history, test_live, test_looking, test_pooled
from tests.attacks.catalogue import ATTEMPTS, Attempt
from tests.attacks.statements import STATEMENTS

TRIED_IN = (test_application, test_history, test_live, test_looking, test_pooled)


def catalogue() -> list[Attempt]:
    """Return every attempt; a statement is tried twice, through the application and without."""
    statements = [
        Attempt(each.id, each.group, f"`{each.sql}`", each.stopped_by) for each in STATEMENTS
    ]
    return [*statements, *ATTEMPTS.values()]


def main() -> None:
    """Print a row for each attempt, and how many there are of each kind."""
    rows = sorted(catalogue(), key=lambda row: row.group)
    groups = Counter(row.group for row in rows)
    lines = ["| group | attempts |", "|---|---|"]
    lines += [f"| {group} | {count} |" for group, count in groups.items()]
    lines += [f"| all | {len(rows)} |", "", "| id | attempt | stopped by |", "|---|---|---|"]
    lines += [
        f"| {row.id} | {row.what} | {row.stopped_by} |".replace("\n", " ").replace("\r", " ")
        for row in rows
    ]
    sys.stdout.write("\n".join(lines) + "\n")


main()

"""What imports of numbers, SIM cards and segments share: rows that verbs of the stock take in."""

from collections.abc import Callable, Mapping, Sequence

from kit import audit
from tenants.bulk.registry import Row

Known = Callable[[Sequence[str]], Mapping[str, int]]
"""A question of a module: the ids of what is there, by the text that names it."""


def by_line(rows: Sequence[Row], problems: Sequence[str]) -> dict[int, str]:
    """Return what is wrong by line, from a verb's answer in the rows' order."""
    return {row.line: found for row, found in zip(rows, problems, strict=True) if found}


def ids_of(rows: Sequence[Row], key: str, known: Known) -> list[int]:
    """Return the ids of what rows have made, in the rows' order."""
    made = known([row.text(key) for row in rows])
    return [made[row.text(key)] for row in rows]


def finder(known: Known) -> Callable[[Sequence[Row], str, audit.Actor], Mapping[int, int]]:
    """Return how an import finds what its rows change: stock that is there, whoever asks."""

    def find(rows: Sequence[Row], key: str, by: audit.Actor) -> Mapping[int, int]:
        del by
        there = known([row.text(key) for row in rows])
        return {row.line: there[row.text(key)] for row in rows if row.text(key) in there}

    return find


def targets(rows: Sequence[Row]) -> dict[int, Row]:
    """Return the rows by the id of what each changes."""
    return {row.target: row for row in rows if row.target is not None}


def of_targets(
    rows: Sequence[Row], problems: Callable[[Sequence[int]], Mapping[int, str]]
) -> dict[int, str]:
    """Return by line why what a row changes cannot be changed."""
    changed = targets(rows)
    return {changed[one].line: sentence for one, sentence in problems(list(changed)).items()}

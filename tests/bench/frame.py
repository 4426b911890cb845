"""The frame of the benchmarks: runs interleaved, medians compared, a table at the end."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

ROUNDS = 15
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the results: medians (in milliseconds unless told), their ratio, and its goal."""

    title: str
    ours: float
    raw: float
    goal: float
    note: str = ""
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        return self.ours / self.raw

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal

    @property
    def row(self) -> str:
        verdict = "met" if self.is_met else "missed"
        return (
            f"| {self.title} | {self.ours:.2f} {self.unit} | {self.raw:.2f} {self.unit} "
            f"| {self.ratio:.2f} | {self.goal:.2f} | {verdict} | {self.note} |"
        )


@dataclass(frozen=True, slots=True)
class Limit:
    """A row whose goal is a figure of its own, not a ratio: a time, an amount of memory."""

    title: str
    value: float
    unit: str
    goal: float
    note: str = ""

    @property
    def is_met(self) -> bool:
        return self.value <= self.goal

    @property
    def row(self) -> str:
        verdict = "met" if self.is_met else "missed"
        return (
            f"| {self.title} | {self.value:.2f} {self.unit} | | | {self.goal:g} {self.unit} "
            f"| {verdict} | {self.note} |"
        )


HEAD = "| what | ours | raw | ratio | goal | verdict | how |\n|---|---|---|---|---|---|---|"


def compare(
    title: str,
    ours: Callable[[], object],
    raw: Callable[[], object],
    *,
    goal: float,
    rounds: int = ROUNDS,
    per: int = 1,
    note: str = "",
) -> Figure:
    """Run both in turn, A B A B …, and return the ratio of their medians; `per` runs a round."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(WARM_UP + rounds):
        for which, work in enumerate((ours, raw)):
            begun = perf_counter()
            work()
            spent = (perf_counter() - begun) * 1_000 / per
            if turn >= WARM_UP:
                times[which].append(spent)
    return Figure(title, statistics.median(times[0]), statistics.median(times[1]), goal, note)

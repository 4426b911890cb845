"""What each channel of a chain earns of a milestone: pure rules, without a database.

Which rate applies: of the rates of one scope that are valid on the day, the one that began last.
The channel at the top gets its own rate, else its grade's, else the product's default. A child
gets its own rate, else its share of what its parent gets; never more than its parent. So what
the levels keep (each its rate minus the next one's) adds up to the rate at the top.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from kit.money import basis_points
from tenants.catalogue.models import MilestoneKind, Rate
from tenants.channels.models import Channel

CHANNEL = "channel"
GRADE = "grade"
DEFAULT = "default"
SHARE = "share"

Milestone = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RateSnapshot:
    """What a chain earns of one milestone, as an order keeps it: the root's part first."""

    milestone: str
    month: int
    timing: str
    amounts: tuple[int, ...]
    sources: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column."""
        return {
            "milestone": self.milestone,
            "month": self.month,
            "timing": self.timing,
            "amounts": list(self.amounts),
            "sources": list(self.sources),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return what `as_json` kept."""
        return cls(
            milestone=stored["milestone"],
            month=stored["month"],
            timing=stored["timing"],
            amounts=tuple(stored["amounts"]),
            sources=tuple(stored["sources"]),
        )


@dataclass(frozen=True, slots=True)
class Level:
    """Why a channel gets what it gets: the rate or share behind it, before and after the cap."""

    channel: Channel
    source: str
    rate: Rate | None
    share: int | None
    wanted: int
    amount: int

    @property
    def is_capped(self) -> bool:
        """Whether the parent's rate held it down."""
        return self.amount < self.wanted


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why every level of a chain gets what it gets of one milestone."""

    milestone: str
    month: int
    timing: str
    levels: tuple[Level, ...]

    @property
    def snapshot(self) -> RateSnapshot:
        """The amounts and sources alone."""
        return RateSnapshot(
            self.milestone,
            self.month,
            self.timing,
            tuple(level.amount for level in self.levels),
            tuple(level.source for level in self.levels),
        )

    @property
    def kept(self) -> tuple[int, ...]:
        """What each level keeps: its rate minus the next one's; the last keeps all of its own."""
        return level_differences([level.amount for level in self.levels])


def level_differences(amounts: Sequence[int]) -> tuple[int, ...]:
    """Return what each level keeps of its rate."""
    below = [*amounts[1:], 0]
    return tuple(own - child for own, child in zip(amounts, below, strict=True))


def child_amount(parent: int, *, own: int | None, share: int) -> tuple[int, int]:
    """Return what a child would get and what it gets, given what its parent gets."""
    wanted = basis_points(parent, share) if own is None else own
    return wanted, min(wanted, parent)


def valid_on(rates: Iterable[Rate], on: date) -> list[Rate]:
    """Return the rates that are valid on a day."""
    return [
        rate
        for rate in rates
        if rate.valid_from <= on and (rate.valid_to is None or on <= rate.valid_to)
    ]


@dataclass(frozen=True, slots=True)
class Tariff:
    """The rates of one product on one day, found by milestone and scope."""

    by_scope: dict[tuple[Milestone, int, int], Rate]

    @classmethod
    def on(cls, rates: Iterable[Rate], day: date) -> Self:
        """Return the tariff of a day; of several rates of a scope the newest counts."""
        found: dict[tuple[Milestone, int, int], Rate] = {}
        for rate in sorted(valid_on(rates, day), key=lambda one: one.valid_from):
            scope = (rate.grade_id or 0, rate.channel_id or 0)
            found[(rate.milestone, rate.month), *scope] = rate
        return cls(found)

    @property
    def milestones(self) -> list[Milestone]:
        """The milestones that any rate is set for, in the order of their events."""
        order = [kind.value for kind in MilestoneKind]
        return sorted(
            {milestone for milestone, _, _ in self.by_scope},
            key=lambda one: (order.index(one[0]), one[1]),
        )

    def own(self, milestone: Milestone, channel: Channel) -> Rate | None:
        """Return the rate that is set for a channel itself."""
        return self.by_scope.get((milestone, 0, channel.id))

    def at_top(
        self, milestone: Milestone, *, channel_id: int, grade_id: int | None
    ) -> tuple[Rate, str] | None:
        """Return the rate of a channel at the top and where it comes from."""
        scopes = [(0, 0, DEFAULT)]
        if grade_id:
            scopes.insert(0, (grade_id, 0, GRADE))
        if channel_id:
            scopes.insert(0, (0, channel_id, CHANNEL))
        for grade, channel, source in scopes:
            rate = self.by_scope.get((milestone, grade, channel))
            if rate is not None:
                return rate, source
        return None

    def explain(self, chain: Sequence[Channel]) -> list[Explanation]:
        """Return why a chain, root first, gets what it gets; only milestones its root earns of."""
        explained = []
        for milestone in self.milestones if chain else []:
            root = chain[0]
            top = self.at_top(milestone, channel_id=root.id, grade_id=root.grade_id)
            if top is None:
                continue
            rate, source = top
            levels = [Level(root, source, rate, None, rate.amount, rate.amount)]
            levels.extend(self._below(milestone, chain[1:], rate.amount))
            explained.append(Explanation(*milestone, rate.timing, tuple(levels)))
        return explained

    def _below(self, milestone: Milestone, rest: Sequence[Channel], parent: int) -> list[Level]:
        levels = []
        for channel in rest:
            own = self.own(milestone, channel)
            wanted, amount = child_amount(
                parent, own=None if own is None else own.amount, share=channel.share
            )
            source, share = (SHARE, channel.share) if own is None else (CHANNEL, None)
            levels.append(Level(channel, source, own, share, wanted, amount))
            parent = amount
        return levels

    def total_at_top(self, *, channel_id: int, grade_id: int | None) -> int:
        """Return what a channel at the top would earn of all milestones together."""
        found = [
            self.at_top(milestone, channel_id=channel_id, grade_id=grade_id)
            for milestone in self.milestones
        ]
        return sum(top[0].amount for top in found if top is not None)


def most_paid(rates: Sequence[Rate], roots: dict[int, int | None]) -> int:
    """Return the most that an item could pay to any channel at the top, on any day.

    `roots` gives the grade of each channel at the top that has a rate of its own. What is paid
    only changes on days when a rate begins, so those days are enough; a rate that ends gives way
    to one that began before it, whose own days are looked at too.
    """
    days = {rate.valid_from for rate in rates}
    days |= {date.fromordinal(rate.valid_to.toordinal() + 1) for rate in rates if rate.valid_to}
    scopes: list[tuple[int, int | None]] = [(0, None)]
    scopes += [(0, grade) for grade in {rate.grade_id for rate in rates if rate.grade_id}]
    scopes += list(roots.items())
    most = 0
    for day in days:
        tariff = Tariff.on(rates, day)
        totals = [tariff.total_at_top(channel_id=one, grade_id=grade) for one, grade in scopes]
        most = max(most, *totals)
    return most

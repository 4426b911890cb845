"""What a roll-out would do: which workspaces, in which rings, through which revisions."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from psycopg import OperationalError as DriverError
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kit.db.migrating import Revision, head, known_revisions, revisions

_BEHIND = text("SELECT workspace, revision, state FROM cell.workspaces WHERE revision <> :head")
POOL = "pool"
MOVING = "moving"
DOWN = (OperationalError, PoolTimeout, DriverError)


class RingName(StrEnum):
    """The rings, in the order they are gone through."""

    CANARIES = "canaries"
    PERCENT = "percent"
    REST = "rest"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Target:
    """A workspace that is not at the head."""

    cell: str
    schema: str
    revision: str
    state: str = "live"


@dataclass(frozen=True, slots=True)
class Ring:
    """Workspaces migrated together; the next ring waits for how they fared."""

    name: RingName
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """Revisions that one transaction applies, or one whose index builds no transaction holds."""

    before: str
    revisions: tuple[Revision, ...]

    @property
    def after(self) -> str:
        """The revision recorded when the unit is done."""
        return self.revisions[-1].id

    @property
    def is_outside(self) -> bool:
        """Whether it runs outside a transaction."""
        return bool(self.revisions[0].outside)


@dataclass(frozen=True, slots=True)
class Plan:
    """A roll-out before it begins. `unreachable` are cells that did not answer."""

    head: str
    rings: tuple[Ring, ...]
    moving: tuple[Target, ...] = ()
    unknown: tuple[Target, ...] = ()
    unreachable: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many workspaces are to be migrated."""
        return sum(len(ring.targets) for ring in self.rings)

    def pending(self) -> list[Revision]:
        """Return the revisions that some workspace lacks."""
        lags = [revisions("tenants", after=revision) for revision in self._starts()]
        return max(lags, key=len, default=[])

    def _starts(self) -> set[str]:
        return {target.revision for ring in self.rings for target in ring.targets}


@dataclass(frozen=True, slots=True)
class Budget:
    """How many workspaces may fail: a count, or a share of all."""

    amount: int
    is_percent: bool = field(default=False)

    @classmethod
    def parse(cls, written: str) -> "Budget":
        """Read `5` or `1%`; ValueError for anything else."""
        digits = written.strip().removesuffix("%")
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"not a count or a percentage: {written}")
        return cls(int(digits), written.strip().endswith("%"))

    def of(self, total: int) -> int:
        """Return how many of so many workspaces may fail."""
        return total * self.amount // 100 if self.is_percent else self.amount


def units(after: str) -> list[Unit]:
    """Return how a workspace comes from a revision to the head."""
    made: list[Unit] = []
    together: list[Revision] = []

    def close() -> None:
        if together:
            made.append(Unit(made[-1].after if made else after, tuple(together)))
            together.clear()

    for revision in revisions("tenants", after=after):
        if revision.outside:
            close()
            together.append(revision)
            close()
        else:
            together.append(revision)
    close()
    return made


def make_plan(
    engines: Mapping[str, Engine],
    *,
    canaries: Callable[[], frozenset[str]] = frozenset,
    only: frozenset[str] | None = None,
) -> Plan:
    """Look, with one query for each cell, and order what is behind into rings.

    `canaries` (asked for when something is behind) and `only` are opaque ids. A cell that does
    not answer is left out.
    """
    newest = head("tenants")
    behind: list[Target] = []
    unreachable: list[str] = []
    for cell, engine in engines.items():
        try:
            with engine.connect() as connection:
                rows = connection.execute(_BEHIND, {"head": newest}).all()
        except DOWN:
            unreachable.append(cell)
            continue
        behind += [Target(cell, row.workspace, row.revision, row.state) for row in rows]
    if only is not None:
        behind = [target for target in behind if target.schema in only]
    known = known_revisions("tenants") if behind else frozenset()
    moving = tuple(target for target in behind if target.state == MOVING)
    unknown = tuple(target for target in behind if target.revision not in known)
    ready = sorted(
        (t for t in behind if t.state != MOVING and t.revision in known), key=lambda t: t.schema
    )
    rings: list[Ring] = []
    if only is not None:
        rings = [Ring(RingName.NAMED, tuple(ready))]
    elif ready:
        rings = _rings(ready, canaries())
    return Plan(
        newest,
        tuple(ring for ring in rings if ring.targets),
        moving,
        unknown,
        tuple(unreachable),
    )


def _rings(ready: Sequence[Target], named: frozenset[str]) -> list[Ring]:
    """Return canaries (the pool and who was named, else the first), one per cent, the rest."""
    canaries = [target for target in ready if target.state == POOL or target.schema in named]
    canaries = canaries or list(ready[:1])
    others = [target for target in ready if target not in set(canaries)]
    # Newest workspaces have the least in them: a failure there hurts fewest people.
    others.reverse()
    few = math.ceil(len(others) / 100)
    return [
        Ring(RingName.CANARIES, tuple(canaries)),
        Ring(RingName.PERCENT, tuple(others[:few])),
        Ring(RingName.REST, tuple(others[few:])),
    ]

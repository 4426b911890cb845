"""Go through a plan's rings with threads, try again what was only in the way, mind the budget."""

import heapq
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from queue import SimpleQueue
from time import monotonic

import psycopg
from flask import has_app_context
from sqlalchemy import Engine

from control.migrating.apply import Failed, Outcome, Roller
from control.migrating.plan import Budget, Plan, Ring, RingName, Target
from control.plane import TenantPlane
from kit.db import database, in_transaction
from kit.db.session import BoundSession
from kit.settings import get_settings


@dataclass(frozen=True, slots=True)
class Policy:
    """How a roll-out goes about it."""

    threads: int = 4
    budget: Budget = field(default_factory=lambda: Budget(1, is_percent=True))
    lock_timeout_ms: int = 1_000
    tries: int = 6
    together: int = 20
    """How many idle workspaces one transaction takes; canaries go alone."""
    pause: float = 0.25
    """Seconds before the second try; doubled with each further one."""


@dataclass(slots=True)
class Account:
    """How far a roll-out is.

    `failed` are opaque ids with their errors, `busy` those that another migrator kept in its hands.
    """

    total: int
    ring: RingName | None = None
    done: int = 0
    left_out: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    is_stopped: bool = False

    @property
    def seen(self) -> int:
        """How many workspaces have been dealt with, in whatever way."""
        return self.done + len(self.left_out) + len(self.busy) + len(self.failed)


@dataclass(frozen=True, slots=True)
class _Result:
    target: Target
    outcome: Outcome | None
    failure: Failed | None = None


class _Line:
    """The targets of one ring in one cell; those that must wait a little stand at its end."""

    def __init__(self, targets: list[Target]) -> None:
        self._order = count()
        self._heap = [(0.0, next(self._order), target, 1) for target in targets]
        self._left = len(targets)
        self._changed = threading.Condition()
        self.is_stopped = False

    def take(self, most: int) -> list[tuple[Target, int]]:
        """Return the next targets and which try at each this is; nothing when all is done.

        Several only when all are at one revision and were not tried yet, and not so many that
        other threads would stand idle at the end.
        """
        with self._changed:
            while self._left and not self.is_stopped:
                wait = self._heap[0][0] - monotonic() if self._heap else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                taken = [heapq.heappop(self._heap)]
                most = min(most, len(self._heap) // 8 + 1)
                while len(taken) < most and self._goes_with(taken[0]):
                    taken.append(heapq.heappop(self._heap))
                return [(target, tries) for _, _, target, tries in taken]
            return []

    def _goes_with(self, first: tuple[float, int, Target, int]) -> bool:
        if not self._heap:
            return False
        _, _, target, tries = self._heap[0]
        return tries == first[3] == 1 and target.revision == first[2].revision

    def put_back(self, target: Target, *, tries: int, after: float) -> None:
        """Have a target tried again after some seconds."""
        with self._changed:
            heapq.heappush(self._heap, (monotonic() + after, next(self._order), target, tries))
            self._changed.notify()

    def settle(self) -> None:
        """Note that a target is dealt with."""
        with self._changed:
            self._left -= 1
            if not self._left:
                self._changed.notify_all()

    def stop(self) -> None:
        """Give out no more."""
        with self._changed:
            self.is_stopped = True
            self._changed.notify_all()


def roll_out(
    plan: Plan,
    plane: TenantPlane,
    engines: Mapping[str, Engine],
    *,
    policy: Policy,
    heard: Callable[[Account], None] = lambda _account: None,
) -> Account:
    """Migrate a plan's workspaces ring by ring; `heard` is told after each of them.

    A canary that fails stops it, and so does more failures than the budget allows; what has been
    begun then is finished. Nothing is raised for a workspace that fails.
    """
    _let_go()
    account = Account(plan.total)
    for ring in plan.rings:
        account.ring = ring.name
        heard(account)
        allowed = 0 if ring.name == RingName.CANARIES else policy.budget.of(plan.total)
        with _threads(ring, plane, engines, policy) as (lines, results):
            for _ in ring.targets:
                result = results.get()
                if result is None:
                    # All threads have ended: stopped, or one of them broke.
                    account.is_stopped = True
                    break
                _enter(account, result)
                if len(account.failed) > allowed and not account.is_stopped:
                    account.is_stopped = True
                    for line in lines:
                        line.stop()
                heard(account)
        if account.is_stopped:
            break
    return account


def _let_go() -> None:
    """End what this thread has only read; refuse (RuntimeError) where it has changed something.

    An index that is built concurrently waits for every older snapshot in its database, and would
    wait for that of the one who has it built.
    """
    if in_transaction():
        raise RuntimeError("a roll-out is no part of a transaction")
    for opened in (database.session, database.control) if has_app_context() else ():
        if not opened.registry.has():
            continue
        work = opened()
        assert isinstance(work, BoundSession)
        if work.has_changes:
            raise RuntimeError("a roll-out is no part of a transaction")
        work.rollback()


def _enter(account: Account, result: _Result) -> None:
    schema = result.target.schema
    if result.failure is not None:
        account.failed[schema] = str(result.failure)
    elif result.outcome == Outcome.DONE:
        account.done += 1
    elif result.outcome == Outcome.BUSY:
        account.busy.append(schema)
    else:
        account.left_out.append(schema)


@contextmanager
def _threads(
    ring: Ring, plane: TenantPlane, engines: Mapping[str, Engine], policy: Policy
) -> Iterator[tuple[list[_Line], "SimpleQueue[_Result | None]"]]:
    """Have a ring's cells worked on side by side; None is the result when all threads ended."""
    results: SimpleQueue[_Result | None] = SimpleQueue()
    lines: list[_Line] = []
    threads: list[threading.Thread] = []
    for cell in sorted({target.cell for target in ring.targets}):
        targets = [target for target in ring.targets if target.cell == cell]
        line = _Line(targets)
        lines.append(line)
        threads += [
            threading.Thread(
                target=_work,
                args=(
                    line,
                    results,
                    Roller(
                        engines[cell],
                        plane,
                        lock_timeout_ms=policy.lock_timeout_ms,
                        is_cluster=get_settings().engine_of(cell) == "citus",
                    ),
                    policy,
                    1 if ring.name == RingName.CANARIES else policy.together,
                ),
                name=f"migrate {cell} {number}",
            )
            for number in range(min(policy.threads, len(targets)))
        ]

    def watch() -> None:
        for thread in threads:
            thread.join()
        results.put(None)

    for thread in threads:
        thread.start()
    watcher = threading.Thread(target=watch, name="migrate watch")
    watcher.start()
    try:
        yield lines, results
    finally:
        for line in lines:
            line.stop()
        watcher.join()


def _work(
    line: _Line,
    results: "SimpleQueue[_Result | None]",
    roller: Roller,
    policy: Policy,
    most: int,
) -> None:
    try:
        while taken := line.take(most):
            came: frozenset[str] | None = None
            if len(taken) > 1:
                came = roller.migrate_together([target for target, _ in taken])
            for target, tries in taken:
                if came and target.schema in came:
                    line.settle()
                    results.put(_Result(target, Outcome.DONE))
                elif line.is_stopped:
                    break
                else:
                    ended = _try(line, roller, policy, (target, tries))
                    if ended is not None:
                        results.put(ended)
    finally:
        # Nobody waits for what a broken thread had in its hands.
        line.stop()
        roller.close()


def _try(line: _Line, roller: Roller, policy: Policy, taken: tuple[Target, int]) -> _Result | None:
    """Migrate one workspace; None when it is to be tried again, something being in the way."""
    target, tries = taken
    failure = None
    outcome = None
    try:
        outcome = roller.migrate(target)
    except Failed as error:
        failure = error
    except psycopg.Error as error:
        failure = Failed(target.revision, error)
    is_passing = outcome == Outcome.BUSY or (failure is not None and failure.is_passing)
    if is_passing and tries < policy.tries:
        pause = policy.pause * 2 ** (tries - 1) * random.uniform(0.75, 1.25)  # noqa: S311
        line.put_back(target, tries=tries + 1, after=pause)
        return None
    if failure is not None:
        roller.note_failure(target, failure, tries=tries)
    line.settle()
    return _Result(target, outcome, failure)

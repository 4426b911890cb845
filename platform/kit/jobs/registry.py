"""Which kinds of background work exist, and which of them run by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec

from kit.jobs.runner import JobRun

P = ParamSpec("P")

QUEUES = ("default", "long")


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of work: its name in the outbox, its function and how it is tried.

    A *stepped* job runs outside any transaction and does its work in `JobRun.once` steps; any
    other runs whole inside one transaction.
    """

    kind: str
    run: Callable[..., None]
    queue: str = "default"
    stepped: bool = False
    timeout: int = 180
    tries: int = 8


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that every active workspace does once in each period."""

    job: Job
    every: timedelta


_jobs: dict[str, Job] = {}
_schedules: list[Schedule] = []


def job(
    kind: str,
    *,
    queue: str = "default",
    stepped: bool = False,
    timeout: int = 180,
    tries: int = 8,
) -> Callable[[Callable[Concatenate[JobRun, P], None]], Job]:
    """Register a function of (run, plain values) as the work behind a kind."""
    if queue not in QUEUES:
        raise ValueError(f"no worker serves the queue {queue}")

    def register(function: Callable[Concatenate[JobRun, P], None]) -> Job:
        if kind in _jobs:
            raise ValueError(f"{kind} is registered twice")
        made = Job(kind, function, queue, stepped, timeout, tries)
        _jobs[kind] = made
        return made

    return register


def schedule(work: Job, *, every: timedelta) -> None:
    """Have every active workspace do a job once in each period."""
    _schedules.append(Schedule(work, every))


def registered() -> dict[str, Job]:
    """Return every job by kind."""
    return dict(_jobs)


def schedules() -> list[Schedule]:
    """Return what runs by the clock."""
    return list(_schedules)


def get(kind: str) -> Any:
    """Return a job by kind; KeyError when this release does not know it."""
    return _jobs[kind]

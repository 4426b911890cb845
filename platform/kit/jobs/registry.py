"""Which kinds of background work exist, and which of them run by the clock.

What decides over others stands here and not in a row: a workspace writes its own rows, and must
not be able to write itself to the front.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec

from kit.jobs.calendars import Calendar, Every
from kit.jobs.runner import JobRun

P = ParamSpec("P")

QUEUES = ("interactive", "normal", "bulk")
"""A person waits for it; soon is enough; large, and may take its time. A worker serves in order."""
USUAL = "normal"
_FORMER = {"default": "normal", "long": "bulk"}


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long work that failed rests before it is tried again: longer each time, up to `most`."""

    first: timedelta = timedelta(seconds=5)
    factor: float = 2.0
    most: timedelta = timedelta(hours=1)

    def pause(self, attempt: int) -> timedelta:
        """Return the rest after an attempt that failed, counted from 1."""
        seconds = self.most.total_seconds()
        # Past that it is the longest anyway, and a power of it no number of seconds.
        if attempt <= 60:
            seconds = min(seconds, self.first.total_seconds() * self.factor ** (attempt - 1))
        return timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of work: its name in the outbox, its function and how it is tried.

    A *stepped* job runs outside any transaction and does its work in `JobRun.once` steps; any
    other runs whole inside one transaction. `timeout` is how long an attempt may take, `within`
    how long after it was asked for the work is worth beginning. People may cancel what is
    `cancellable`, and have what died tried again where it is `retriable`. While a workspace is
    read only, nothing is begun in it but what is marked `even_read_only`: the rest waits.
    """

    kind: str
    run: Callable[..., None]
    queue: str = USUAL
    stepped: bool = False
    timeout: int = 180
    tries: int = 8
    title: object = ""
    backoff: Backoff = field(default=Backoff())
    within: timedelta | None = None
    cancellable: bool = False
    retriable: bool = True
    even_read_only: bool = False

    @property
    def label(self) -> str:
        """What people call it."""
        return str(self.title or self.kind)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that every active workspace does once in each period, or whenever its calendar says.

    What was missed while nobody looked at the clock is done once, for the newest moment; with
    `each_missed` once for every moment. A function that takes `due` gets the moment, in ISO form.
    """

    job: Job
    every: timedelta | Calendar
    each_missed: bool = False

    @property
    def name(self) -> str:
        """What the clock remembers it by."""
        return self.job.kind

    @property
    def calendar(self) -> Calendar:
        """When it is due."""
        return Every(self.every) if isinstance(self.every, timedelta) else self.every

    def body(self, due: str) -> dict[str, str]:
        """Return what its job is told."""
        return {"due": due} if "due" in inspect.signature(self.job.run).parameters else {}


_jobs: dict[str, Job] = {}
_schedules: list[Schedule] = []


def job(
    kind: str,
    *,
    title: object = "",
    queue: str = USUAL,
    stepped: bool = False,
    timeout: int = 180,
    tries: int = 8,
    backoff: Backoff | None = None,
    within: timedelta | None = None,
    cancellable: bool = False,
    retriable: bool = True,
    even_read_only: bool = False,
) -> Callable[[Callable[Concatenate[JobRun, P], None]], Job]:
    """Register a function of (run, plain values) as the work behind a kind."""
    queue = _FORMER.get(queue, queue)
    if queue not in QUEUES:
        raise ValueError(f"no worker serves the queue {queue}")

    def register(function: Callable[Concatenate[JobRun, P], None]) -> Job:
        if kind in _jobs:
            raise ValueError(f"{kind} is registered twice")
        made = Job(
            kind,
            function,
            queue,
            stepped,
            timeout,
            tries,
            title=title,
            backoff=backoff or Backoff(),
            within=within,
            cancellable=cancellable,
            retriable=retriable,
            even_read_only=even_read_only,
        )
        _jobs[kind] = made
        return made

    return register


def schedule(work: Job, *, every: timedelta | Calendar, each_missed: bool = False) -> None:
    """Have every active workspace do a job once in each period, or by its own calendar."""
    if any(one.job.kind == work.kind for one in _schedules):
        raise ValueError(f"{work.kind} has a schedule already")
    _schedules.append(Schedule(work, every, each_missed))


def registered() -> Mapping[str, Job]:
    """Return every job by kind."""
    return dict(_jobs)


def schedules() -> list[Schedule]:
    """Return what runs by the clock."""
    return list(_schedules)


def find(kind: str) -> Job | None:
    """Return a job by kind, or None when this release does not know it."""
    return _jobs.get(kind)


def get(kind: str) -> Any:
    """Return a job by kind; KeyError when this release does not know it."""
    return _jobs[kind]


def queue_of(kind: str) -> str:
    """Return the queue of a kind; one that this release does not know is as usual."""
    known = _jobs.get(kind)
    return known.queue if known else USUAL

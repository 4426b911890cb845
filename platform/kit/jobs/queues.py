"""The queues in Redis: one for each priority, named alike for who fills and who serves them."""

from typing import Any

import redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from kit.jobs.bell import connection

_PREFIX = "simtree-"
_CLEANING = 60
_MARK = "simtree:jobs:mark"


class CleanedQueue(Queue):
    """A queue whose clean-up lock is gone a minute after its holder was killed, not fifteen."""

    def acquire_maintenance_lock(self) -> bool:
        """Take the lock, if nobody has it."""
        return bool(self.connection.set(self.registry_cleaning_key, 1, nx=True, ex=_CLEANING))


def queue_named(name: str) -> Queue:
    """Return a queue of ours. Its entries are JSON: unpickling would run what Redis says."""
    return CleanedQueue(f"{_PREFIX}{name}", connection=connection(), serializer=JSONSerializer)


def serving(name: str) -> int | None:
    """Return how many workers serve a queue; None when Redis does not answer."""
    try:
        return Worker.count(queue=queue_named(name))
    except redis.RedisError:
        return None


def length(name: str) -> int | None:
    """Return how many pieces stand in a queue; None when Redis does not answer."""
    try:
        return len(queue_named(name))
    except redis.RedisError:
        return None


def has_forgotten() -> bool:
    """Tell, once, that Redis has lost what it was given: our mark in it is gone."""
    made: Any = connection().set(_MARK, 1, nx=True)
    return bool(made)


def still_queued(ids: list[str]) -> set[str]:
    """Return those of some sendings that still stand in a queue.

    The queues themselves are asked: an entry that a worker had taken when it was killed, and not
    opened yet, stands nowhere any more and goes on calling itself queued.
    """
    with connection().pipeline(transaction=False) as pipe:
        for one in ids:
            pipe.hget(f"rq:job:{one}", "origin")
        origins = {origin.decode() for origin in pipe.execute() if origin}
        for origin in origins:
            pipe.lrange(f"{Queue.redis_queue_namespace_prefix}{origin}", 0, -1)
        standing = {one.decode() for entries in pipe.execute() for one in entries}
    return standing.intersection(ids)

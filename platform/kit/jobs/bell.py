"""The doorbell: a Redis list that wakes the dispatcher and the provisioner.

Nothing is lost when it is silent: both look at the database every second anyway.
"""

import time

import redis
import structlog

from kit.redis_client import connection

__all__ = ["connection", "ring", "wait"]

_log = structlog.get_logger("kit.jobs")
_BELL = "simtree:bell:"


def ring(who: str = "dispatcher") -> None:
    """Wake a process; a Redis that does not answer only costs a second of waiting."""
    try:
        pipe = connection().pipeline(transaction=False)
        pipe.lpush(_BELL + who, 1)
        pipe.ltrim(_BELL + who, 0, 0)
        pipe.execute()
    except redis.RedisError as error:
        _log.warning("bell.silent", error=type(error).__name__)


def wait(who: str = "dispatcher", *, seconds: float = 0.5) -> None:
    """Sleep until rung, or for so many seconds; also where Redis does not answer."""
    try:
        connection().blpop([_BELL + who], timeout=seconds)
    except redis.RedisError as error:
        _log.warning("bell.silent", error=type(error).__name__)
        time.sleep(seconds)

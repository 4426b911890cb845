"""The door of the programming interface as far as its plan goes: counted, and held.

Redis counts, PostgreSQL remembers. Each call is one step in Redis that counts and compares at once;
every hundredth writes the total through, and so do the sweep and whoever asks. The total in the
database only ever grows to what Redis says, so writing it twice, late or by two doubles nothing.

What is tolerated, always to the customer's good: if Redis forgets, the calls since the last writing
are not counted, fewer than a hundred a workspace each time. While it does not answer, calls are let
through and not counted: a bill is worth less than the work of those who call.
"""

from time import monotonic
from typing import cast

import redis
import structlog

from control.billing.limits import Counted
from kit import clock, tenancy
from kit.db import transaction
from kit.redis_client import connection
from tenants.accounts import counters
from tenants.accounts.limits import Beyond, limit_of, used_up

_log = structlog.get_logger("tenants.api_calls")
WRITTEN_EVERY = 100
RESTS_SECONDS = 10.0
_KEPT_SECONDS = 70 * 86_400
_rests_until = 0.0
_UNKNOWN, _FULL = -1, -2
# A key that is not there is never begun at zero: Redis may have forgotten it.
_COUNT = """
local now = redis.call('GET', KEYS[1])
if not now then return -1 end
local most = tonumber(ARGV[1])
if most >= 0 and tonumber(now) >= most then return -2 end
return redis.call('INCR', KEYS[1])
"""


def count_call() -> None:
    """Count a call of the open workspace; Beyond, uncounted, where a hard limit is used up.

    The first thing that the interface does of a call that has proven who it is.
    """
    month = counters.month_of(clock.now())
    limit = limit_of(Counted.API_CALLS)
    most = limit.included if limit.is_hard and limit.included is not None else -1
    if monotonic() < _rests_until:
        return
    try:
        total = _count(month, most)
    except redis.RedisError as error:
        _rest(error)
        return
    if total == _FULL:
        raise Beyond(Counted.API_CALLS, used_up(Counted.API_CALLS, limit, month))
    if total % WRITTEN_EVERY == 0:
        _write(month, total)


def calls_in(month: str) -> int:
    """Return how many calls there were in a month, as far as anybody knows."""
    known = counters.amount(Counted.API_CALLS, period=month) or 0
    return max(known, _in_redis(month))


def write_calls(month: str) -> None:
    """Write into the database what Redis has counted of a month."""
    total = _in_redis(month)
    if total > (counters.amount(Counted.API_CALLS, period=month) or 0):
        _write(month, total)


def _count(month: str, most: int) -> int:
    key, store = _key(month), connection()
    total = int(cast("int", store.eval(_COUNT, 1, key, most)))
    if total != _UNKNOWN:
        return total
    known = counters.amount(Counted.API_CALLS, period=month) or 0
    # Of two who find it missing one begins it; both count afterwards.
    store.set(key, known, nx=True, ex=_KEPT_SECONDS)
    return int(cast("int", store.eval(_COUNT, 1, key, most)))


def _in_redis(month: str) -> int:
    if monotonic() < _rests_until:
        return 0
    try:
        return int(cast("bytes", connection().get(_key(month))) or 0)
    except redis.RedisError as error:
        _rest(error)
        return 0


def _rest(error: redis.RedisError) -> None:
    """Ask Redis nothing for some seconds: whoever calls must not wait for it each time."""
    global _rests_until  # noqa: PLW0603 - of this process alone
    _rests_until = monotonic() + RESTS_SECONDS
    _log.warning("api_calls.redis_away", error=type(error).__name__)


def _write(month: str, total: int) -> None:
    with transaction(even_read_only=True):
        counters.raise_to(Counted.API_CALLS, total, period=month)


def _key(month: str) -> str:
    return tenancy.current().key("api-calls", month)

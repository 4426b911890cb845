"""The one way to Redis: by URL, or through sentinels that know which server is the master.

    redis://:password@host:6379/0          also rediss:// and unix://
    redis+sentinel://:password@one:26379,two:26379/main/0?sentinel_password=…

After the hosts of the sentinels stand the name they know the master by and the database.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.sentinel import Sentinel

from kit.errors import Misconfigured
from kit.settings import get_settings

_SENTINEL = "redis+sentinel"
_USUAL_PORT = 26_379
_OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": 2,
    "health_check_interval": 30,
}


@lru_cache(maxsize=1)
def connection() -> "redis.Redis":
    """Return the shared Redis client."""
    return client(get_settings().redis_url.get_secret_value())


def database_number() -> int:
    """Return the number of the database on the server that `connection` speaks to."""
    return int(connection().get_connection_kwargs().get("db") or 0)


def client(url: str) -> "redis.Redis":
    """Return a client for a URL; Misconfigured when it cannot be read."""
    if not url.startswith(_SENTINEL + "://"):
        return redis.Redis.from_url(url, **_OPTIONS)
    parts = urlsplit(url)
    login, _at, hosts = parts.netloc.rpartition("@")
    user, _colon, password = login.partition(":")
    master, _slash, database = parts.path.strip("/").partition("/")
    query = parse_qs(parts.query)
    try:
        sentinels = [_address(host) for host in hosts.split(",")]
        number = int(database or 0)
    except ValueError:
        raise Misconfigured("REDIS_URL names a sentinel or a database wrongly.") from None
    if not master:
        raise Misconfigured("REDIS_URL names no master that the sentinels know.")
    options = _OPTIONS | {
        "username": unquote(user) or None,
        "password": unquote(password) or None,
        "db": number,
    }
    asked = {"socket_timeout": 1, "password": query.get("sentinel_password", [None])[0]}
    known = Sentinel(sentinels, sentinel_kwargs=asked, **options)  # type: ignore[no-untyped-call]
    # Asked anew for each connection: after a failover the old master's are closed and forgotten.
    made: redis.Redis = known.master_for(master)  # type: ignore[no-untyped-call]
    return made


def _address(host: str) -> tuple[str, int]:
    name, _colon, port = host.rpartition(":")
    if not name:
        name, port = host, str(_USUAL_PORT)
    if not name:
        raise ValueError(host)
    return name, int(port)

"""Tell a workspace's streams what changed: the channel carries the workspace, the word no data."""

import json
import re
from collections.abc import Iterable

import redis
import structlog

from kit import tenancy
from kit.db import after_commit
from kit.redis_client import connection, database_number

_log = structlog.get_logger("kit.live")
_KIND = re.compile(r"[a-z_]{1,40}")


def topic(workspace: tenancy.Workspace) -> str:
    """Return the Redis channel of a workspace.

    The server's channels are common to all its databases, other than its keys: without the
    database in the name two installations on one server would hear each other.
    """
    return workspace.key("live", str(database_number()))


def changed(kind: str, people: Iterable[str] | None = None) -> None:
    """Have streams told, after the commit, that something of a kind changed.

    `people` are the public ids of those whom it concerns; None means everybody of the workspace.
    """
    word = _word(kind, people)
    if word is None:
        return
    channel = topic(tenancy.current())
    after_commit(lambda: _publish(channel, word))


def tell(workspace: tenancy.Workspace, kind: str, people: Iterable[str] | None = None) -> None:
    """Tell a workspace's streams at once; for what is committed already."""
    word = _word(kind, people)
    if word is not None:
        _publish(topic(workspace), word)


def _word(kind: str, people: Iterable[str] | None) -> str | None:
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind} names no kind of change")
    to = None if people is None else sorted(set(people))
    return None if to == [] else json.dumps({"kind": kind, "people": to})


def _publish(channel: str, word: str) -> None:
    try:
        connection().publish(channel, word)
    except redis.RedisError as error:
        # Pages ask by themselves once a minute when nothing is heard.
        _log.warning("live.silent", error=type(error).__name__)


def read(word: bytes) -> tuple[str, frozenset[str] | None] | None:
    """Return kind and people of a word from a channel; None for what `changed` never wrote."""
    try:
        found = json.loads(word)
        kind, people = found["kind"], found["people"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        return None
    if people is None:
        return kind, None
    return (kind, frozenset(map(str, people))) if isinstance(people, list) else None

"""What a workspace has set, read by one statement and remembered for a few seconds."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import func, literal, select, union_all

from kit import tenancy
from kit.db import after_commit, session
from tenants.setup.models import DictionaryValue, Parameter

FRESH = 5.0
_LIMIT = 10_000
_known: dict[str, tuple[float, "Settled"]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Settled:
    """The workspace's own dictionary values, by type and code, and its parameters by code."""

    values: Mapping[str, Mapping[str, Mapping[str, Any]]]
    parameters: Mapping[str, Any]


def settled() -> Settled:
    """Return what the open workspace has set; a change shows within five seconds everywhere.

    At once in the process that made it.
    """
    key = tenancy.current().key("setup")
    now = monotonic()
    known = _known.get(key)
    if known is not None and now - known[0] <= FRESH:
        return known[1]
    found = _read()
    with _lock:
        if len(_known) >= _LIMIT:
            _known.clear()
        _known[key] = (now, found)
    return found


def _read() -> Settled:
    of_value = func.jsonb_build_object(
        *("zh", DictionaryValue.label_zh, "en", DictionaryValue.label_en),
        *("colour", DictionaryValue.colour, "position", DictionaryValue.position),
        *("is_active", DictionaryValue.is_active),
    )
    rows = session().execute(
        union_all(
            select(DictionaryValue.type, DictionaryValue.code, of_value),
            select(literal(""), Parameter.code, Parameter.value),
        )
    )
    values: dict[str, dict[str, Mapping[str, Any]]] = {}
    parameters: dict[str, Any] = {}
    for kind, code, value in rows:
        if kind:
            values.setdefault(kind, {})[code] = value
        elif "is" in value:
            parameters[code] = value["is"]
    return Settled(values, parameters)


def changed() -> None:
    """Forget what is known of the open workspace, once the verb's transaction is committed, too."""
    key = tenancy.current().key("setup")
    after_commit(lambda: _drop(key))


def drop() -> None:
    """Forget what is known of the open workspace at once, for a verb that holds its rows locked."""
    _drop(tenancy.current().key("setup"))


def _drop(key: str) -> None:
    with _lock:
        _known.pop(key, None)


def forget() -> None:
    """Drop all that is known in this process; for tests."""
    with _lock:
        _known.clear()

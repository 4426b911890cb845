"""The workspace's security policy as pages show it, remembered for a few seconds."""

import threading
from dataclasses import dataclass
from time import monotonic

from kit import tenancy
from kit.security import POLICIES, PasswordPolicy, PasswordPreset
from tenants.accounts import queries

FRESH = 5.0
_LIMIT = 10_000
_known: dict[str, tuple[float, "Policy"]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Policy:
    """What pages need to know of the policy; verbs ask the table."""

    passwords: PasswordPolicy
    idle_minutes: int


def current_policy() -> Policy:
    """Return the open workspace's policy; a change shows within five seconds everywhere."""
    key = tenancy.current().key("policy")
    now = monotonic()
    known = _known.get(key)
    if known is not None and now - known[0] <= FRESH:
        return known[1]
    row = queries.security_policy()
    found = Policy(POLICIES[PasswordPreset(row.preset)], row.idle_minutes)
    with _lock:
        if len(_known) >= _LIMIT:
            _known.clear()
        _known[key] = (now, found)
    return found


def forget_policy() -> None:
    """Drop what is known of the open workspace's policy in this process, after a change."""
    with _lock:
        _known.pop(tenancy.current().key("policy"), None)

"""Audit rows as people read them."""

from collections.abc import Iterable
from typing import Any

from kit.audit import AuditEntry
from kit.web import Event
from tenants.accounts.events import name_of


def as_text(details: dict[str, Any]) -> str:
    """Return the details of an audit row on one line."""
    return " · ".join(f"{key}={_short(value)}" for key, value in details.items() if value != "")


def _short(value: object) -> str:
    text = "+".join(str(one) for one in value) if isinstance(value, list) else str(value)
    return text[:200]


def as_events(entries: Iterable[AuditEntry]) -> list[Event]:
    """Return audit rows of one record for the timeline macro."""
    return [
        Event(
            at=entry.created_at,
            who=entry.actor_name,
            title=name_of(entry.event),
            raw=as_text(entry.details),
        )
        for entry in entries
    ]

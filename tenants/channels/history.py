"""Audit rows of channels as the timeline shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from kit.audit import AuditEntry
from kit.i18n import gettext as _
from kit.web import Event
from tenants.accounts.wording import name_of
from tenants.channels.labels import CHANNEL_USER_ROLES, FIELDS, percent
from tenants.channels.models import ChannelUserRole


def as_events(entries: Iterable[AuditEntry]) -> list[Event]:
    """Return audit rows of a channel for the timeline macro."""
    return [
        Event(
            at=entry.created_at,
            who=entry.actor_name,
            title=name_of(entry.event),
            before=_share(entry.details.get("before")),
            after=_share(entry.details.get("after")),
            remark=_remark(entry.details),
        )
        for entry in entries
    ]


def fields_text(changed: Iterable[str], labels: Mapping[str, object]) -> str:
    """Return the names of changed fields in a line."""
    return str(_("; ")).join(str(labels.get(name, name)) for name in changed)


def _share(points: int | None) -> str | None:
    return None if points is None else percent(points)


def _remark(details: dict[str, Any]) -> str:
    if "changed" in details:
        return fields_text(details["changed"], FIELDS)
    if "reason" in details:
        return str(details["reason"])
    parts = [details.get("name"), details.get("parent")]
    if details.get("role"):
        parts.append(CHANNEL_USER_ROLES[ChannelUserRole(details["role"])])
    return " · ".join(str(part) for part in parts if part)

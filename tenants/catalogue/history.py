"""Audit rows of products as the timeline shows them."""

from collections.abc import Iterable
from typing import Any

from kit.audit import AuditEntry
from kit.web import Event
from kit.web.filters import money
from tenants.accounts.wording import name_of
from tenants.catalogue.labels import milestone_label
from tenants.channels.history import fields_text


def as_events(entries: Iterable[AuditEntry], labels: dict[str, object]) -> list[Event]:
    """Return audit rows of a product for the timeline macro; `labels` names its fields."""
    return [
        Event(
            at=entry.created_at,
            who=entry.actor_name,
            title=name_of(entry.event),
            before=_amount(entry.details.get("before")),
            after=_amount(entry.details.get("amount")),
            remark=_remark(entry.details, labels),
        )
        for entry in entries
    ]


def _amount(minor: int | None) -> str | None:
    return None if minor is None else money(minor)


def _remark(details: dict[str, Any], labels: dict[str, object]) -> str:
    if "changed" in details:
        return fields_text(details["changed"], labels)
    if "milestone" in details:
        label = milestone_label(details["milestone"], details["month"])
        parts = [label, details.get("scope"), details.get("valid_from")]
        return " · ".join(str(part) for part in parts if part)
    return str(details.get("name", ""))

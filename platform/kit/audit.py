"""Who did what to what: an append-only row for every write, in each plane.

Events are declared once, with the exact keys they carry; a missing or extra key is an error at
once, not a gap found a year later. Rows are plain inserts; a job seals them in batches.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped

from kit import clock, ids, tenancy
from kit.db import ControlModel, TenantModel, control_session, copy_columns, session


class Actor(Protocol):
    """A person or a system that acts."""

    @property
    def actor_kind(self) -> str: ...
    @property
    def actor_id(self) -> str: ...
    @property
    def actor_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class System:
    """The application itself, a job or the carrier, acting without a person."""

    actor_name: str
    actor_kind: str = "system"
    actor_id: str = ""


SYSTEM = System("system")


class Subject(Protocol):
    """Anything with a public id."""

    @property
    def public_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of audit row: `subject:action` and the keys its details must have."""

    name: str
    keys: frozenset[str] = frozenset()

    @classmethod
    def named(cls, name: str, *keys: str) -> "Event":
        """Declare an event."""
        return cls(name, frozenset(keys))


class _Entry:
    event: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    details: Mapped[dict[str, Any]]
    address: Mapped[str | None]


class AuditEntry(_Entry, TenantModel):
    """An audit row of a workspace."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "subject_id", "id"),)
    append_only: ClassVar[bool] = True

    # What the actor's browser called itself.
    device: Mapped[str | None]


class ControlAuditEntry(_Entry, ControlModel):
    """An audit row of the control plane."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "subject_id", "id"),)
    append_only: ClassVar[bool] = True


def _values(event: Event, subject: Subject, by: Actor, details: dict[str, Any]) -> dict[str, Any]:
    if details.keys() != event.keys:
        wrong = sorted(details.keys() ^ event.keys)
        raise ValueError(f"{event.name} must carry exactly {sorted(event.keys)}: {wrong}")
    return {
        "event": event.name,
        "subject_kind": type(subject).__name__,
        "subject_id": subject.public_id,
        "actor_kind": by.actor_kind,
        "actor_id": by.actor_id,
        "actor_name": by.actor_name,
        "details": details,
        "address": getattr(by, "address", None),
    }


def record(event: Event, subject: Subject, *, by: Actor, **details: Any) -> None:
    """Add the audit row of a verb of the tenant plane to its transaction."""
    tenancy.current()
    values = _values(event, subject, by, details)
    session().add(AuditEntry(**values, device=getattr(by, "device", None)))


def record_many(
    event: Event, subject: str, subject_ids: Sequence[str], *, by: Actor, **details: Any
) -> None:
    """Add one audit row for each of many subjects of one kind, with the same details, by COPY."""
    if details.keys() != event.keys:
        raise ValueError(f"{event.name} must carry exactly {sorted(event.keys)}")
    # Nobody sees these ids outside: one drawn for all, and the place of each.
    drawn = ids.new()[:16]
    copy_columns(
        AuditEntry.__table__,  # type: ignore[arg-type]
        {
            "public_id": [f"{drawn}{place:010}" for place in range(len(subject_ids))],
            "subject_id": subject_ids,
        },
        {
            "created_at": clock.now(),
            "event": event.name,
            "subject_kind": subject,
            "actor_kind": by.actor_kind,
            "actor_id": by.actor_id,
            "actor_name": by.actor_name,
            "details": json.dumps(details, ensure_ascii=False),
            "address": getattr(by, "address", None),
        },
    )


def record_control(
    event: Event, subject: Subject, *, by: Actor, **details: Any
) -> ControlAuditEntry:
    """Add the audit row of a verb of the control plane to its transaction; return it."""
    entry = ControlAuditEntry(**_values(event, subject, by, details))
    control_session().add(entry)
    return entry


def find_control(
    event: Event, subject: Subject, *, since: datetime | None = None, **details: str
) -> ControlAuditEntry | None:
    """Return an entry of the control plane about a subject that has these details, or None.

    How a verb that is repeated learns that it was done: the entry is of the same transaction.
    """
    entry = ControlAuditEntry
    return control_session().scalar(
        select(entry)
        .where(
            entry.subject_id == subject.public_id,
            entry.event == event.name,
            *(entry.details[key].astext == value for key, value in details.items()),
            *(() if since is None else (entry.created_at > since,)),
        )
        .order_by(entry.id)
        .limit(1)
    )

"""The kinds of records that carry attachments, comments and tags, and those that are binned.

A module registers an object for each of its kinds in its `finding.py`; the same finder finds the
record for the search and gives its label, its right and its page here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from flask import url_for
from sqlalchemy import Select, select

from kit import audit
from kit.audit import AuditEntry
from kit.db import TenantModel
from kit.web import Finder
from tenants.accounts.models import User
from tenants.accounts.scopes import Reach

Binned: TypeAlias = Select[*tuple[Any, ...]]
"""A statement of several columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKind:
    """A kind of record.

    `fetch(public_id, reach)` returns one within what is reached, or raises Missing or Forbidden.
    Who holds the finder's permission reads and comments, who holds `edit` attaches and tags.
    """

    finder: Finder
    fetch: Callable[[str, Reach], TenantModel]
    edit: StrEnum

    @property
    def code(self) -> str:
        return self.finder.kind

    @property
    def label(self) -> object:
        return self.finder.label

    def url(self, public_id: str) -> str:
        """Return the address of a record's page."""
        return url_for(self.finder.endpoint, public_id=public_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """How one kind of record is binned.

    `deleted(person)` selects `id`, `public_id`, `name`, `deleted_at` and `deleted_by` of those that
    the person reaches; `fetch(public_id, person)` returns one of them, or raises Missing or
    Forbidden. Work by the clock has no person and reaches all. `restore` and `purge` are verbs;
    what others still refer to, the database keeps, and the bin says so.
    """

    code: str
    label: object
    icon: str
    permission: StrEnum
    deleted: Callable[[User | None], Binned]
    fetch: Callable[[str, User | None], TenantModel]
    restore: Callable[[Any, audit.Actor], object]
    purge: Callable[[Any, audit.Actor], object]


_kinds: dict[str, RecordKind] = {}
_bins: dict[str, Bin] = {}


def deleted_by(public_id: Any, event: str) -> Any:
    """Return a column of who did what an audit event says to a record, the last time."""
    return (
        select(AuditEntry.actor_name)
        .where(AuditEntry.subject_id == public_id, AuditEntry.event == event)
        .order_by(AuditEntry.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("deleted_by")
    )


def register(kind: RecordKind) -> RecordKind:
    """Let records of a kind carry what this module offers; ValueError for a code that is taken."""
    if kind.code in _kinds:
        raise ValueError(f"the kind {kind.code} is registered twice")
    _kinds[kind.code] = kind
    return kind


def register_bin(one: Bin) -> Bin:
    """Show deleted records of a kind in the recycle bin; ValueError for a code that is taken."""
    if one.code in _bins:
        raise ValueError(f"the bin {one.code} is registered twice")
    _bins[one.code] = one
    return one


def find_kind(code: str) -> RecordKind | None:
    """Return a kind by its code; None when this release does not know it."""
    return _kinds.get(code)


def every_kind() -> list[RecordKind]:
    """Return all kinds in the order of registration."""
    return list(_kinds.values())


def kind_label(code: str) -> object:
    """Return the words of a kind of record or bin; its code when nobody registered it."""
    found = _kinds.get(code) or _bins.get(code)
    return found.label if found else code


def every_bin() -> list[Bin]:
    """Return all bins in the order of registration."""
    return list(_bins.values())


def find_bin(code: str) -> Bin | None:
    """Return a bin by its code; None when this release does not know it."""
    return _bins.get(code)

"""The recycle bin's kinds: which records lie in it, and the verbs that bring them back or end them.

A module registers a bin for each of its kinds that can be deleted, in its `kinds.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Select, select

from kit import audit
from kit.audit import AuditEntry
from kit.db import TenantModel, session
from kit.errors import Missing
from kit.registry import Registry
from tenants.accounts.kinds import RecordKind, find_kind
from tenants.accounts.models import User
from tenants.accounts.scopes import reach_of

Row = TypeVar("Row", bound=TenantModel)
Binned: TypeAlias = Select[*tuple[Any, ...]]
"""A statement of several columns."""


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


def bin_of(
    kind: RecordKind[Row],
    permission: StrEnum,
    *,
    event: str,
    restore: Callable[[Row, audit.Actor], object],
    purge: Callable[[Row, audit.Actor], object],
) -> Bin:
    """Return the bin of a kind whose rows have a `name` and a `deleted_at`.

    `event` is what the audit log calls their deletion, `permission` what restoring asks for.
    """
    model: Any = kind.model

    def deleted(person: User | None) -> Binned:
        statement = select(
            model.id, model.public_id, model.name, model.deleted_at, _deleted_by(model, event)
        ).where(model.deleted_at.is_not(None))
        if person is None:
            return statement
        return statement.where(kind.reached(reach_of(person, permission)))

    def fetch(public_id: str, person: User | None) -> TenantModel:
        if person is not None:
            found: TenantModel = kind.fetch(public_id, reach_of(person, permission))
            return found
        row = session().scalars(select(kind.model).where(model.public_id == public_id))
        if (one := row.one_or_none()) is None:
            raise Missing(public_id)
        return one

    return Bin(
        code=kind.code,
        label=kind.label,
        icon=kind.icon,
        permission=permission,
        deleted=deleted,
        fetch=fetch,
        restore=restore,
        purge=purge,
    )


def _deleted_by(model: Any, event: str) -> Any:
    """Return a column of who did what an audit event says to a record, the last time."""
    return (
        select(AuditEntry.actor_name)
        .where(AuditEntry.subject_id == model.public_id, AuditEntry.event == event)
        .order_by(AuditEntry.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("deleted_by")
    )


_bins: Registry[Bin] = Registry("bin")
register_bin, every_bin, find_bin = _bins.add, _bins.every, _bins.find


def bin_label(code: str) -> object:
    """Return the words of a bin's kind; its code when this release does not know it."""
    found = find_bin(code) or find_kind(code)
    return found.label if found else code

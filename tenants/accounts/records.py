"""Kinds of records whose rows can be shared, and whose personal fields are masked.

A module registers its kind once; what stands here knows customers and orders only by that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, select

from kit import personal
from kit.db import TenantModel, session
from kit.i18n import lazy_gettext as _l
from tenants.accounts.models import User
from tenants.accounts.scopes import Reach, reach_of

FIELDS = {
    "phone": _l("Phone"),
    "document": _l("Document number"),
    "address": _l("Address"),
    "email": _l("E-mail"),
    "account": _l("Bank account"),
}
"""The personal fields that are masked, by the code that every kind calls them by."""

PHONE = "phone"


class Fetch(Protocol):
    """A module's access function: Missing when there is no such row, Forbidden out of reach."""

    def __call__(self, public_id: str, reach: Reach, /) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKind:
    """A kind of record.

    `fields` says in which attribute of a row each masked field stands, `keeper` in which the id of
    the person to whom it is assigned. `endpoint` is the record's page, by `public_id`.
    """

    code: str
    label: object
    model: type[TenantModel]
    name: Callable[[Any], str]
    fetch: Fetch
    reached: Callable[[Reach], ColumnElement[bool]]
    endpoint: str
    view: StrEnum
    edit: StrEnum
    share: StrEnum
    reveal: StrEnum
    fields: Mapping[str, str]
    keeper: str

    def value(self, row: Any, field: str) -> str:
        """Return a masked field in full, a phone number as people at home write it."""
        value = str(getattr(row, self.fields[field]) or "")
        return personal.national(value) if field == PHONE else value

    def is_assigned(self, row: Any, person: User) -> bool:
        """Tell whether a row is in a person's hands."""
        return cast("int | None", getattr(row, self.keeper)) == person.id

    def is_reached(self, row: TenantModel, reach: Reach) -> bool:
        """Tell whether one row is reached."""
        statement = select(self.model.id).where(self.model.id == row.id, self.reached(reach))
        return session().scalar(statement) is not None

    def may(self, person: User, permission: StrEnum, row: TenantModel) -> bool:
        """Tell whether a person holds a permission and reaches a row with it."""
        return person.can(permission) and self.is_reached(row, reach_of(person, permission))

    def find(self, record_id: int) -> Any | None:
        """Return a row by its number, or None when it is gone."""
        return session().get(self.model, record_id)


_kinds: dict[str, RecordKind] = {}


def register_record(kind: RecordKind) -> RecordKind:
    """Let rows of a kind be shared and their masked fields be revealed."""
    if kind.code in _kinds:
        raise ValueError(f"{kind.code} is registered twice")
    _kinds[kind.code] = kind
    return kind


def record_kinds() -> Mapping[str, RecordKind]:
    """Return every kind of record by its code."""
    return dict(_kinds)


def find_record_kind(code: str) -> RecordKind | None:
    """Return a kind of record, or None when this release does not know it."""
    return _kinds.get(code)

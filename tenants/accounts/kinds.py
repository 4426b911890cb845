"""Kinds of records: each is declared once, in the `kinds.py` of its module.

What every record may have (the search and look-up boxes, reveals and shares, attachments, comments
and tags, reminders, approvals, the recycle bin) knows customers and orders by what stands here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, cast

from flask import url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, select, true
from typing_extensions import TypeVar

from kit import personal
from kit.db import TenantModel, session
from kit.i18n import lazy_gettext as _l
from kit.registry import Registry
from kit.web import Found
from tenants.accounts.models import User
from tenants.accounts.scopes import Reach, reach_of

Row = TypeVar("Row", bound=TenantModel, default=Any)

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


def everything(_reach: Reach) -> ColumnElement[bool]:
    """Reach all rows: the condition of kinds that belong to nobody in particular."""
    return true()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shielded:
    """What of a kind's rows is masked, and who may reveal a field or share a row (None: nobody).

    `fields` says in which attribute of a row each masked field stands, `keeper` in which the id of
    the person to whom it is assigned.
    """

    fields: Mapping[str, str]
    keeper: str
    reveal: StrEnum
    share: StrEnum | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKind(Generic[Row]):
    """A kind of record, called `label` in lists and `one` when it is a single one.

    `rows` selects the live ones with what `show` reads, `matching` narrows that to what was typed
    and puts the likeliest first (None: nothing is that). `show` gives a row's name and a detail as
    the person of the request may read them; `called` what everybody may, for logs and messages.
    Who holds `view` finds, follows and comments, who holds `edit` attaches and tags: each within
    what `reached` says. `endpoint` is the record's page, by `public_id`.
    """

    code: str
    label: object
    one: object
    icon: str
    model: type[Row]
    endpoint: str
    view: StrEnum
    edit: StrEnum
    rows: Callable[[], Select[Row]]
    matching: Callable[[Select[Row], str], Select[Row] | None]
    show: Callable[[Row], tuple[str, str]]
    called: Callable[[Row], str]
    fetch: Fetch
    reached: Callable[[Reach], ColumnElement[bool]] = everything
    carries: bool = True
    """Whether attachments, comments, tags and reminders can be put on it."""
    shielded: Shielded | None = None

    @property
    def shield(self) -> Shielded:
        """What is masked of a kind that has something to mask."""
        assert self.shielded is not None, self.code
        return self.shielded

    def url(self, public_id: str) -> str:
        """Return the address of a record's page."""
        return url_for(self.endpoint, public_id=public_id)

    def find(self, text: str, limit: int) -> Iterable[Found]:
        """Look for what was typed among what the person of the request may see."""
        chosen = self.matching(self._seen(), text)
        return () if chosen is None else map(self._found, session().scalars(chosen.limit(limit)))

    def recall(self, keys: Collection[str]) -> Iterable[Found]:
        """Find rows by their public ids; without those the person of the request may not see."""
        chosen = self._seen().where(self.model.public_id.in_(keys))
        return map(self._found, session().scalars(chosen))

    def _seen(self) -> Select[Row]:
        return self.rows().where(self.reached(reach_of(cast("User", current_user), self.view)))

    def _found(self, row: Row) -> Found:
        name, detail = self.show(row)
        return Found(row.public_id, name, self.url(row.public_id), detail)

    def name_for(self, public_id: str, person: User) -> str | None:
        """Return what a live record may be called; None for who may not see it."""
        within = self.reached(reach_of(person, self.view))
        chosen = self.rows().where(self.model.public_id == public_id, within)
        row = session().scalars(chosen).one_or_none()
        return None if row is None or not person.can(self.view) else self.called(row)

    def value(self, row: Row, field: str) -> str:
        """Return a masked field in full, a phone number as people at home write it."""
        value = str(getattr(row, self.shield.fields[field]) or "")
        return personal.national(value) if field == PHONE else value

    def is_assigned(self, row: Row, person: User) -> bool:
        """Tell whether a row is in a person's hands."""
        return cast("int | None", getattr(row, self.shield.keeper)) == person.id

    def is_reached(self, row: Row, reach: Reach) -> bool:
        """Tell whether one row, be it deleted, is reached."""
        statement = select(self.model.id).where(self.model.id == row.id, self.reached(reach))
        return session().scalar(statement) is not None

    def may(self, person: User, permission: StrEnum, row: Row) -> bool:
        """Tell whether a person holds a permission and reaches a row with it."""
        return person.can(permission) and self.is_reached(row, reach_of(person, permission))


_kinds: Registry[RecordKind] = Registry("kind of record")
kinds, find_kind, kind_label = _kinds.every, _kinds.find, _kinds.label


def register(kind: RecordKind[Row]) -> RecordKind[Row]:
    """Offer records of a kind all that any record may have; ValueError for a taken code."""
    _kinds.add(kind)
    return kind

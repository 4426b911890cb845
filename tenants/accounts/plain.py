"""Records that are added, changed and deleted by a form and no more: their verbs, for every kind.

A kind whose changes mean something, such as money or stock, has verbs of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from kit import audit
from kit.db import TenantModel, refuse_stale, session, transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts.kinds import RecordKind, register
from tenants.accounts.wording import Detail, describe

Row = TypeVar("Row", bound=TenantModel)


@dataclass(frozen=True)
class Plain(Generic[Row]):
    """A kind of plain record: `code` begins its events, `fields` are what people type.

    The model is `Versioned` and has a `name` that is unique, which the audit log tells.
    """

    model: type[Row]
    code: str
    label: object
    fields: Mapping[str, object]
    added: audit.Event = field(init=False)
    edited: audit.Event = field(init=False)
    deleted: audit.Event = field(init=False)

    def __post_init__(self) -> None:
        """Name its events, and give them their words."""
        for verb, key in (("added", "name"), ("edited", "fields"), ("deleted", "name")):
            event = audit.Event.named(f"{self.code}:{verb}", key)
            object.__setattr__(self, verb, event)
        describe(
            {
                self.added.name: _l("Added: %(what)s", what=self.label),
                self.edited.name: _l("Changed: %(what)s", what=self.label),
                self.deleted.name: _l("Deleted: %(what)s", what=self.label),
            },
            details={"fields": Detail(_l("Changed"), self.fields)},
            subjects={self.model.__name__: self.label},
        )

    def all(self) -> Select[Row]:
        """Return the statement of all of them."""
        return select(self.model)

    def find(self, public_id: str) -> Row | None:
        """Return one by its public id, or None."""
        chosen = select(self.model).where(self.model.public_id == public_id)
        return session().scalars(chosen).one_or_none()

    def fetch(self, public_id: str) -> Row:
        """Return one by its public id; Missing when there is none."""
        found = self.find(public_id)
        if found is None:
            raise Missing(public_id)
        return found

    def locked(self, row: Row) -> Row:
        """Return a row as it stands, locked until the transaction ends."""
        return session().get_one(self.model, row.id, with_for_update=True, populate_existing=True)

    def taken(self, names: Sequence[str]) -> set[str]:
        """Return those of some names that are taken."""
        return set(session().scalars(select(self.column).where(self.column.in_(names))))

    def add(self, rows: Sequence[Mapping[str, Any]], *, by: audit.Actor) -> list[Row]:
        """Add some, all or none; Refused when a name is taken."""
        with transaction() as work:
            made = [self.model(**row) for row in rows]
            work.add_all(made)
            _flush()
            for one in made:
                audit.record(self.added, one, by=by, name=self.name_of(one))
            return made

    def edit(self, row: Row, values: Mapping[str, Any], *, version: int, by: audit.Actor) -> None:
        """Change one; refuses a stale copy and a name that is taken."""
        with transaction():
            one: Any = self.locked(row)
            refuse_stale(one, version)
            fields = [name for name, value in values.items() if getattr(one, name) != value]
            for name in fields:
                setattr(one, name, values[name])
            if fields:
                one.version += 1
                _flush()
                audit.record(self.edited, one, by=by, fields=fields)

    def delete(self, row: Row, *, by: audit.Actor) -> None:
        """Delete one for good; Refused while something hangs on it."""
        with transaction() as work:
            one = self.locked(row)
            audit.record(self.deleted, one, by=by, name=self.name_of(one))
            work.delete(one)
            try:
                work.flush()
            except IntegrityError:
                raise Refused(_("Something still refers to it.")) from None

    def name_of(self, row: Row) -> str:
        """Return what a record is called."""
        return str(getattr(row, "name"))  # noqa: B009 - the type of all rows has none

    @property
    def column(self) -> Any:
        """Return the column of the names."""
        return getattr(self.model, "name")  # noqa: B009


def plain_kind(
    plain: Plain[Row], *, label: object, icon: str, endpoint: str, view: StrEnum, edit: StrEnum
) -> RecordKind[Row]:
    """Offer plain records all that any record may have; they belong to nobody in particular."""

    def matching(statement: Select[Row], text: str) -> Select[Row]:
        named = plain.column.icontains(text, autoescape=True)
        return statement.where(named).order_by(plain.model.id.desc())

    return register(
        RecordKind(
            code=plain.code,
            label=label,
            one=plain.label,
            icon=icon,
            model=plain.model,
            endpoint=endpoint,
            view=view,
            edit=edit,
            rows=plain.all,
            matching=matching,
            show=lambda row: (plain.name_of(row), ""),
            called=plain.name_of,
            fetch=lambda public_id, _reach: plain.fetch(public_id),
        )
    )


def _flush() -> None:
    try:
        session().flush()
    except IntegrityError:
        raise Refused(_("This name is taken already."), field="name") from None

"""Bases of all models: one metadata for each plane, the naming convention, encrypted fields."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self, cast, overload

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kit import clock, crypto, ids

_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

tenant_metadata = MetaData(naming_convention=_CONVENTION)
control_metadata = MetaData(naming_convention=_CONVENTION, schema="control")

_TYPES: dict[Any, Any] = {
    int: BigInteger,
    str: Text,
    datetime: DateTime(timezone=True),
    dict[str, Any]: MutableDict.as_mutable(JSONB),
    list[str]: JSONB,
    list[int]: JSONB,
    list[dict[str, Any]]: JSONB,
}


ROW_IDS = "row_ids"
"""The sequence that numbers all rows of a workspace: one of each table's own would cost 10 KB."""


class _Identified:
    """Every row has a number inside and an opaque public id outside."""

    id: Mapped[int]
    # The sentinel by which SQLAlchemy tells the rows apart that it inserts together.
    public_id: Mapped[str] = mapped_column(
        String(ids.LENGTH), unique=True, sort_order=-2, insert_sentinel=True
    )
    created_at: Mapped[datetime] = mapped_column(sort_order=-1)

    append_only: ClassVar[bool] = False
    # Log-ins and one-time codes: worth nothing elsewhere, so no archive holds them.
    transient: ClassVar[bool] = False

    def __init__(self, **values: Any) -> None:
        # The public id comes first: encrypted fields bind their ciphertext to it.
        first = {
            "public_id": values.pop("public_id", None) or ids.new(),
            "created_at": values.pop("created_at", None) or clock.now(),
        }
        for name, value in (first | values).items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no {name}")
            setattr(self, name, value)


class TenantModel(_Identified, DeclarativeBase):
    """A table of every workspace, in its own schema."""

    __abstract__ = True
    metadata = tenant_metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = _TYPES

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text(f"nextval('{ROW_IDS}')"), sort_order=-3
    )


class ControlModel(_Identified, DeclarativeBase):
    """A table of the control plane."""

    __abstract__ = True
    metadata = control_metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = _TYPES

    id: Mapped[int] = mapped_column(
        BigInteger, Identity(always=False), primary_key=True, sort_order=-3
    )


class Versioned:
    """A row that people edit: a stale copy is refused, not overwritten."""

    version: Mapped[int] = mapped_column(default=1)


def states(enum: type[StrEnum], column: str, *, optional: bool = False) -> CheckConstraint:
    """Return the CHECK that keeps a text column within an enum; no per-schema types."""
    allowed = ", ".join(f"'{member.value}'" for member in enum)
    sql = f"{column} IN ({allowed})"
    if optional:
        sql = f"{column} IS NULL OR {sql}"
    return CheckConstraint(sql, name=f"{column}_is_known")


def unmapped(model: type[DeclarativeBase], *columns: Column[Any]) -> None:
    """Give a table columns that no statement of this release names: not yet, or no longer.

    So it runs on schemas that have them and on those that do not, while a roll-out is under way.
    A row must do without them: ValueError for one that is neither nullable nor has a default.
    """
    for column in columns:
        if not column.nullable and column.server_default is None:
            raise ValueError(f"{model.__name__}: rows of this release lack {column.name}")
        cast("Table", model.__table__).append_column(column)


class Encrypted:
    """A personal field, kept as ciphertext, blind index and last four characters.

    Declared beside columns of the owner: `<name>_cipher` (bytes) always, `<name>_index` (text,
    with an index) where people look it up, `<name>_tail` where its end may be shown or searched.
    Reading decrypts, writing normalises and fills all; ValueError from the normaliser reaches the
    caller.
    """

    def __init__(
        self, normalise: Callable[[str], str], *, indexed: bool = True, tail: bool = True
    ) -> None:
        self.normalise = normalise
        self.indexed = indexed
        self.tail = tail
        self.name = ""
        #: The `table.column` that ciphertext and index are bound to.
        self.label = ""
        self._cipher = ""

    def __set_name__(self, owner: type, name: str) -> None:
        table = getattr(owner, "__tablename__", owner.__name__)
        place = f"control.{table}" if issubclass(owner, ControlModel) else table
        self.name, self.label, self._cipher = name, f"{place}.{name}", f"{name}_cipher"

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> str: ...
    def __get__(self, row: object | None, owner: type) -> Self | str:
        if row is None:
            return self
        cipher: bytes | None = getattr(row, self._cipher)
        if cipher is None:
            return ""
        return crypto.decrypt(cipher, label=self.label, public_id=row.public_id)  # type: ignore[attr-defined]

    def __set__(self, row: object, value: str | None) -> None:
        for column, stored in self.columns(row.public_id, value).items():  # type: ignore[attr-defined]
            setattr(row, column, stored)

    def columns(self, public_id: str, value: str | None) -> dict[str, bytes | str | None]:
        """Return what the columns hold for a value; set-based inserts use it directly."""
        return self.stored(public_id, self.normalise(value) if value else "")

    def stored(self, public_id: str, text: str) -> dict[str, bytes | str | None]:
        """Return what the columns hold for a text that is in its normal form already."""
        stored: dict[str, bytes | str | None] = {self._cipher: None}
        if self.tail:
            stored[f"{self.name}_tail"] = text[-4:] or None
        if text:
            stored[self._cipher] = crypto.encrypt(text, label=self.label, public_id=public_id)
        if self.indexed:
            stored[f"{self.name}_index"] = (
                crypto.blind_index(text, label=self.label) if text else None
            )
        return stored

    def stored_many(
        self,
        public_ids: Sequence[str],
        texts: Sequence[str],
        *,
        lookups: Mapping[int, Sequence[str]] | None = None,
    ) -> dict[str, list[bytes | str | None]]:
        """Return the columns of many rows, column by column, for texts in their normal form.

        `lookups` is what `lookups_many` returned for the same texts, by place, where it is known.
        """
        full = [(place, text) for place, text in enumerate(texts) if text]
        named = [public_ids[place] for place, _text in full]
        known = [text for _place, text in full]
        found: dict[str, list[bytes | str | None]] = {
            f"{self.name}_cipher": _spread(
                len(texts), full, crypto.encrypt_many(known, label=self.label, public_ids=named)
            )
        }
        if self.tail:
            found[f"{self.name}_tail"] = [text[-4:] or None for text in texts]
        if self.indexed:
            indexes = (
                [one[0] for one in self.lookups_many(known)]
                if lookups is None
                else [lookups[place][0] for place, _text in full]
            )
            found[f"{self.name}_index"] = _spread(len(texts), full, indexes)
        return found

    def lookups_many(self, texts: Sequence[str]) -> list[list[str]]:
        """Return for each text in its normal form the index values it may be stored under."""
        return crypto.blind_indexes_many(texts, label=self.label)

    def lookups(self, value: str) -> list[str]:
        """Return the index values under which a value may be stored, for an IN."""
        return crypto.blind_indexes(self.normalise(value), label=self.label)


def _spread(
    count: int, full: Sequence[tuple[int, str]], made: Sequence[bytes | str]
) -> list[bytes | str | None]:
    """Return what was made of the texts that are there, each in the place of its own."""
    if len(full) == count:
        return list(made)
    found: list[bytes | str | None] = [None] * count
    for (place, _text), one in zip(full, made, strict=True):
        found[place] = one
    return found

"""Questions about tags."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from kit.db import session
from tenants.records.models import RecordTag, TagUse


def tags_of_kind(code: str) -> Sequence[RecordTag]:
    """Return the tags that records of a kind can have, in alphabetical order."""
    return session().scalars(
        select(RecordTag)
        .where(RecordTag.record_kind == code)
        .order_by(RecordTag.sort_key, RecordTag.id)
    ).all()  # fmt: skip


def tag_options(code: str) -> list[tuple[str, str]]:
    """Return the tags of a kind for a choice."""
    return [(one.public_id, one.name) for one in tags_of_kind(code)]


def tags_of(public_id: str) -> Sequence[RecordTag]:
    """Return the tags on a record."""
    return session().scalars(
        select(RecordTag)
        .join(TagUse, TagUse.tag_id == RecordTag.id)
        .where(TagUse.record_id == public_id)
        .order_by(RecordTag.sort_key, RecordTag.id)
    ).all()  # fmt: skip


def tags_by_record(public_ids: Collection[str]) -> dict[str, list[RecordTag]]:
    """Return the tags on several records, in one statement."""
    rows = session().execute(
        select(TagUse.record_id, RecordTag)
        .join(RecordTag, TagUse.tag_id == RecordTag.id)
        .where(TagUse.record_id.in_(public_ids))
        .order_by(RecordTag.sort_key, RecordTag.id)
    )
    found: dict[str, list[RecordTag]] = {}
    for record_id, tag in rows:
        found.setdefault(record_id, []).append(tag)
    return found


def tagged_with(column: Any, code: str, tag_ids: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a record (its public id in `column`) has one of some tags."""
    chosen = (
        select(TagUse.record_id)
        .join(RecordTag, TagUse.tag_id == RecordTag.id)
        .where(RecordTag.record_kind == code, RecordTag.public_id.in_(tag_ids))
    )
    condition: ColumnElement[bool] = column.in_(chosen)
    return condition


def tag_by_name(code: str, name: str) -> RecordTag | None:
    """Return the tag of a kind with a name, in any case, or None."""
    return session().scalars(
        select(RecordTag).where(
            RecordTag.record_kind == code, func.lower(RecordTag.name) == name.lower()
        )
    ).one_or_none()  # fmt: skip


def tag_listing() -> Select[Any]:
    """Return the statement of all tags with how many records have each."""
    uses = (
        select(func.count())
        .select_from(TagUse)
        .where(TagUse.tag_id == RecordTag.id)
        .scalar_subquery()
    )
    return select(
        RecordTag.id,
        RecordTag.public_id,
        RecordTag.record_kind,
        RecordTag.name,
        RecordTag.sort_key,
        RecordTag.colour,
        uses.label("uses"),
    )

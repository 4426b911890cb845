"""Questions about the recycle bin."""

from typing import Any

from sqlalchemy import Row, Select, literal, null, select, union_all

from kit.db import session
from tenants.accounts.models import User
from tenants.records.bins import every_bin
from tenants.records.models import Attachment, BinRule


def bin_rule() -> BinRule:
    """Return how long the bin keeps things; for ever until somebody says otherwise."""
    return session().scalars(select(BinRule)).one_or_none() or BinRule(days=0, version=1)


def find_binned(public_id: str, person: User) -> Row[Any, Any] | None:
    """Return kind and name of something that a person may restore, or None."""
    whole = in_the_bin(person).subquery()
    return (
        session()
        .execute(select(whole.c.record_kind, whole.c.name).where(whole.c.public_id == public_id))
        .one_or_none()
    )


def in_the_bin(person: User) -> Select[Any]:
    """Return the statement of all that a person may restore, of every kind.

    One sequence numbers the rows of all tables, so an id belongs to one row of one kind.
    """
    parts = []
    for one in every_bin():
        if not person.can(one.permission):
            continue
        inner = one.deleted(person).order_by(None).subquery()
        parts.append(
            select(
                inner.c.id,
                inner.c.public_id,
                literal(one.code).label("record_kind"),
                inner.c.name,
                inner.c.deleted_at,
                inner.c.deleted_by,
            )
        )
    if not parts:
        parts = [
            select(
                Attachment.id,
                Attachment.public_id,
                null().label("record_kind"),
                Attachment.name,
                Attachment.deleted_at,
                Attachment.deleted_by_name.label("deleted_by"),
            ).where(literal(value=False))
        ]
    whole = union_all(*parts).subquery("binned")
    return select(
        whole.c.id,
        whole.c.public_id,
        whole.c.record_kind,
        whole.c.name,
        whole.c.deleted_at,
        whole.c.deleted_by,
    )

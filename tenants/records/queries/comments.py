"""Questions about comments."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from kit.db import session
from tenants.accounts.models import User
from tenants.records.models import Comment


def comments_of(code: str, public_id: str, *, limit: int = 200) -> Sequence[Comment]:
    """Return the live comments on a record, the newest first."""
    return session().scalars(
        select(Comment)
        .where(
            Comment.record_kind == code,
            Comment.record_id == public_id,
            Comment.deleted_at.is_(None),
        )
        .order_by(Comment.id.desc())
        .limit(limit)
    ).all()  # fmt: skip


def people_by_ids(public_ids: Collection[str]) -> dict[str, User]:
    """Return people by public id."""
    if not public_ids:
        return {}
    people = session().scalars(select(User).where(User.public_id.in_(public_ids)))
    return {one.public_id: one for one in people}

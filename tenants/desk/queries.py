"""Questions about a person's own desk."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from kit.db import session
from tenants.accounts.models import User
from tenants.desk.models import Audience, ListSetting, PastQuery, SavedView


def offered_to(user: User, model: Any = SavedView) -> ColumnElement[bool]:
    """Return the condition that a saved view is a person's own or shared with him."""
    roles = [role.id for role in user.roles]
    return or_(
        model.user_id == user.id,
        model.audience == Audience.WORKSPACE,
        (model.audience == Audience.ROLE) & model.role_id.in_(roles),
    )


def desk_of(user: User, listing: str) -> tuple[list[SavedView], ListSetting | None]:
    """Return the views of a list that a person is offered, and his setting of it: one statement."""
    offered = select(SavedView).where(SavedView.listing == listing, offered_to(user)).subquery()
    own = (
        select(ListSetting)
        .where(ListSetting.user_id == user.id, ListSetting.listing == listing)
        .subquery()
    )
    view, setting = aliased(SavedView, offered), aliased(ListSetting, own)
    # Either side of a full join may be missing.
    rows: Sequence[Any] = (
        session()
        .execute(
            select(view, setting)
            .join(setting, view.listing == setting.listing, full=True)
            .order_by(view.user_id != user.id, view.name, view.id)
        )
        .all()
    )
    found = next((one for _view, one in rows if one is not None), None)
    return [one for one, _setting in rows if one is not None], found


def find_view(public_id: str) -> SavedView | None:
    """Return a saved view, None when there is none."""
    return (
        session().scalars(select(SavedView).where(SavedView.public_id == public_id)).one_or_none()
    )


def is_offered(view: SavedView, user: User) -> bool:
    """Tell whether a saved view is a person's own or shared with him."""
    return (
        view.user_id == user.id
        or view.audience == Audience.WORKSPACE
        or (view.audience == Audience.ROLE and view.role_id in {role.id for role in user.roles})
    )


def count_views(user: User, listing: str) -> int:
    """Return how many views of a list a person has saved."""
    statement = (
        select(func.count())
        .select_from(SavedView)
        .where(SavedView.user_id == user.id, SavedView.listing == listing)
    )
    return session().scalar(statement) or 0


def past_queries(user: User, listing: str) -> Sequence[PastQuery]:
    """Return what a person asked of a list, the latest first."""
    return (
        session()
        .scalars(
            select(PastQuery)
            .where(PastQuery.user_id == user.id, PastQuery.listing == listing)
            .order_by(PastQuery.asked_at.desc())
        )
        .all()
    )

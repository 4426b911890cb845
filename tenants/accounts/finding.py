"""Find people of the workspace from everywhere."""

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import func, or_, select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission


def _find(text: str, limit: int) -> Iterable[Found]:
    named = or_(
        User.name.contains(text, autoescape=True),
        func.lower(User.username).contains(text.lower(), autoescape=True),
    )
    return map(_found, session().scalars(select(User).where(named).order_by(User.id).limit(limit)))


def _recall(keys: Collection[str]) -> Iterable[Found]:
    return map(_found, session().scalars(select(User).where(User.public_id.in_(keys))))


def _found(user: User) -> Found:
    url = url_for("accounts.user", public_id=user.public_id)
    return Found(user.public_id, user.name, url, user.username)


FINDER = Finder(
    kind="person",
    label=_l("People"),
    icon="user",
    permission=Permission.User.VIEW,
    find=_find,
    recall=_recall,
    endpoint="accounts.user",
)

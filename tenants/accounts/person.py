"""People of the workspace as a kind of record."""

from sqlalchemy import Select, func, or_, select

from kit.i18n import lazy_gettext as _l
from tenants.accounts import access
from tenants.accounts.kinds import RecordKind, register
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission


def _matching(statement: Select[User], text: str) -> Select[User]:
    named = or_(
        User.name.contains(text, autoescape=True),
        func.lower(User.username).contains(text.lower(), autoescape=True),
    )
    return statement.where(named).order_by(User.id)


PERSON = register(
    RecordKind(
        code="person",
        label=_l("People"),
        one=_l("Person"),
        icon="user",
        model=User,
        endpoint="accounts.user",
        view=Permission.User.VIEW,
        edit=Permission.User.EDIT,
        rows=lambda: select(User),
        matching=_matching,
        show=lambda user: (user.name, user.username),
        called=lambda user: user.username,
        fetch=lambda public_id, _reach: access.user(public_id),
        carries=False,
    )
)

"""@name in a comment: who is meant, and the place where others learn of it.

Connect a notice with `on_mention.append(tell)`: each function is called inside the transaction
that keeps the comment, once for each comment, with those who are mentioned for the first time.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from kit.db import session
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.records import access
from tenants.records.models import Comment

OFFERED = 8
_LOOKED_AT = 40
MENTION = re.compile(r"@([^\s@,，。；;：:!！?？、()（）<>\"']{1,40})(?:[(（]([\w.]{3,20})[)）])?")


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody has mentioned colleagues in a comment on a record."""

    comment: Comment
    people: Sequence[User]
    by: User


on_mention: list[Callable[[Mention], None]] = []


def tell(mention: Mention) -> None:
    """Tell everybody who asked to be told."""
    if mention.people:
        for hear in on_mention:
            hear(mention)


def colleagues(code: str, public_id: str, text: str, *, besides: User) -> list[User]:
    """Return colleagues whose name begins with a text and who may see a record, at most eight."""
    text = text.strip().lower()[:40]
    statement = select(User).where(User.is_active, User.id != besides.id)
    if text:
        statement = statement.where(
            or_(
                User.name.istartswith(text, autoescape=True),
                User.username.istartswith(text, autoescape=True),
            )
        )
    found: list[User] = []
    for person in session().scalars(statement.order_by(User.name, User.id).limit(_LOOKED_AT)):
        if access.may_see(code, public_id, person):
            found.append(person)
        if len(found) == OFFERED:
            break
    return found


def read(body: str, code: str, public_id: str) -> list[User]:
    """Return who is mentioned in a comment.

    Refuses a name that several colleagues have, and a colleague who may not see the record. What
    follows an @ and is nobody's name is just text.
    """
    wanted = dict.fromkeys((one[1], one[2]) for one in MENTION.finditer(body))
    if not wanted:
        return []
    named = {name for name, _username in wanted} | {one for _name, one in wanted if one}
    people = session().scalars(
        select(User).where(User.is_active, or_(User.name.in_(named), User.username.in_(named)))
    )
    known = list(people)
    found: dict[int, User] = {}
    for name, username in wanted:
        meant = [one for one in known if username and one.username == username]
        meant = meant or [one for one in known if name in {one.name, one.username}]
        if len(meant) > 1:
            raise Refused(
                _(
                    "Several colleagues are called %(name)s: write @%(name)s(%(username)s).",
                    name=name,
                    username=meant[0].username,
                ),
                field="body",
            )
        found.update((one.id, one) for one in meant)
    blind = [one.name for one in found.values() if not access.may_see(code, public_id, one)]
    if blind:
        raise Refused(_("%(names)s may not see this record.", names="、".join(blind)), field="body")
    return list(found.values())

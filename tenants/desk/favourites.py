"""Favourites: pages and records that a person keeps at hand.

They are a comfort of his own and leave no row in the audit log.
"""

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from kit import clock, ids
from kit.db import keep_alone, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.desk.models import Favourite

PAGE = "page"
MOST_FAVOURITES = 60
_LONGEST_KEY = 80


def favourites_of(user: User) -> list[tuple[str, str]]:
    """Return (kind, key) of what a person keeps at hand, in the order of keeping; one statement."""
    rows = session().execute(
        select(Favourite.kind, Favourite.key)
        .where(Favourite.user_id == user.id)
        .order_by(Favourite.id)
    )
    return [(kind, key) for kind, key in rows]


def is_favourite(user: User, kind: str, key: str) -> bool:
    """Tell whether a person keeps a page or record at hand."""
    found = select(Favourite.id).where(
        Favourite.user_id == user.id, Favourite.kind == kind, Favourite.key == key
    )
    return session().scalar(found) is not None


def add_favourite(user: User, kind: str, key: str) -> None:
    """Keep a page or record at hand; twice is once. Refuses more than MOST_FAVOURITES."""
    with transaction() as work:
        keep_alone("favourites", user.public_id)
        kept = select(func.count()).select_from(Favourite).where(Favourite.user_id == user.id)
        if (work.scalar(kept) or 0) >= MOST_FAVOURITES and not is_favourite(user, kind, key):
            raise Refused(
                _("You have %(count)s favourites. Take one away first.", count=MOST_FAVOURITES)
            )
        work.execute(
            insert(Favourite)
            .values(
                public_id=ids.new(),
                created_at=clock.now(),
                user_id=user.id,
                kind=kind,
                key=key[:_LONGEST_KEY],
            )
            .on_conflict_do_nothing()
        )


def drop_favourite(user: User, kind: str, key: str) -> None:
    """Keep a page or record at hand no longer."""
    with transaction() as work:
        work.execute(
            delete(Favourite).where(
                Favourite.user_id == user.id, Favourite.kind == kind, Favourite.key == key
            )
        )

"""How people have their home pages: blocks in order, some put away; by role until one says so."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from kit import clock, ids
from kit.db import session, transaction
from tenants.accounts.models import User
from tenants.desk.models import HomeLayout


class Block(StrEnum):
    """A part of the home page."""

    TO_DO = "to_do"
    FIGURES = "figures"
    TRENDS = "trends"
    ANNOUNCEMENTS = "announcements"
    REMINDERS = "reminders"
    FAVOURITES = "favourites"
    SHORTCUTS = "shortcuts"


def _order(text: str) -> tuple[Block, ...]:
    return tuple(Block(name) for name in text.split())


_USUAL = _order("figures to_do reminders shortcuts trends announcements favourites")
BY_ROLE: Mapping[str, Sequence[Block]] = {
    "administrator": _order("figures trends to_do announcements shortcuts reminders favourites"),
    "customer_service": _order("to_do reminders shortcuts favourites announcements figures trends"),
    "salesperson": _order("reminders to_do shortcuts figures favourites trends announcements"),
    "finance": _order("to_do figures shortcuts reminders announcements trends favourites"),
    "warehouse": _order("to_do shortcuts figures reminders announcements favourites trends"),
    "marketing": _order("figures trends announcements shortcuts reminders favourites to_do"),
    "analyst": _order("trends figures favourites shortcuts announcements reminders to_do"),
    "auditor": _order("shortcuts figures to_do announcements favourites reminders trends"),
}
"""What stands where for a role until its holder arranges it; the first role held decides."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """The blocks of a home page in order, those put away, and whether the person said so."""

    blocks: Sequence[Block]
    hidden: Collection[Block] = ()
    is_own: bool = False

    @property
    def shown(self) -> list[Block]:
        """The blocks that are not put away."""
        return [one for one in self.blocks if one not in self.hidden]


def usual_for(user: User) -> Arranged:
    """Return how the roles of a person have the home page."""
    codes = {role.code for role in user.roles}
    return Arranged(next((BY_ROLE[code] for code in BY_ROLE if code in codes), _USUAL))


def arranged_for(user: User) -> Arranged:
    """Return how a person has the home page; a block that is newer than that stands last."""
    row = (
        session()
        .execute(select(HomeLayout.blocks, HomeLayout.hidden).where(HomeLayout.user_id == user.id))
        .one_or_none()
    )
    if row is None:
        return usual_for(user)
    return Arranged(_whole(row.blocks), _known(row.hidden), is_own=True)


def arrange_home(user: User, *, blocks: Sequence[str], hidden: Collection[str]) -> None:
    """Keep in which order a person has the blocks of the home page, and which are put away."""
    values = {
        "blocks": [one.value for one in _whole(blocks)],
        "hidden": [one.value for one in _known(hidden)],
    }
    with transaction() as work:
        work.execute(
            insert(HomeLayout)
            .values(public_id=ids.new(), created_at=clock.now(), user_id=user.id, **values)
            .on_conflict_do_update(index_elements=["user_id"], set_=values)
        )


def reset_home(user: User) -> None:
    """Have the home page again as the roles have it."""
    with transaction() as work:
        work.execute(delete(HomeLayout).where(HomeLayout.user_id == user.id))


def _known(names: Collection[str]) -> list[Block]:
    """Return the blocks that there are among some names, each once."""
    known = {one.value for one in Block}
    return [Block(name) for name in dict.fromkeys(names) if name in known]


def _whole(names: Collection[str]) -> list[Block]:
    """Return all blocks, those named first."""
    found = _known(names)
    return [*found, *(one for one in _USUAL if one not in found)]

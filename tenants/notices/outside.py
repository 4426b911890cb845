"""People who are not the company's own, to whom things can be announced: its channels'.

The module that has them says here who they are; notices knows only that there are some.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenants.accounts.models import User
from tenants.notices.models import Announcement
from tenants.notices.queries.announcements import Receipts

if TYPE_CHECKING:
    from kit.web import Finder


@dataclass(frozen=True, slots=True)
class Outside:
    """The people outside, as their module answers for them.

    `aim` keeps at which grades or branches an announcement is aimed, by their public ids, and
    returns their names; `targets` returns them again, as public id and name, `beyond` the public
    ids of those that a person does not reach. `receipts` count the people whom he reaches, and
    `readers_path` is the page that names them, with {id} for the announcement's public id.
    """

    finder: "Finder"
    grades: Callable[[], list[tuple[str, str]]]
    aim: Callable[[Announcement, Sequence[str]], list[str]]
    targets: Callable[[Announcement], list[tuple[str, str]]]
    beyond: Callable[[Announcement, User], list[str]]
    receipts: Callable[[Announcement, User], Receipts]
    readers_path: str


_known: list[Outside] = []


def register(outside: Outside) -> Outside:
    """Let things be announced to people outside; ValueError for a second time."""
    if _known:
        raise ValueError("the people outside are registered twice")
    _known.append(outside)
    return outside


def the_outside() -> Outside:
    """Return who answers for the people outside."""
    return _known[0]

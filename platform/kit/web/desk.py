"""What a surface knows of a person's own arrangement of lists: saved views, columns, history.

A surface that keeps such things gives its frame a `Desk`; lists of one that does not go without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kit.i18n import lazy_gettext as _l

DENSITIES: Mapping[str, object] = {"": _l("Comfortable"), "compact": _l("Compact")}


@dataclass(frozen=True, slots=True)
class SavedList:
    """A saved view as a list offers it: conditions, order and columns as a query of its address."""

    key: str
    name: str
    query: str
    is_own: bool
    is_shared: bool
    edit_url: str | None = None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a person has one list: the views he may choose, and columns and density of his own."""

    views: Sequence[SavedList] = ()
    default: str | None = None
    columns: Sequence[str] = ()
    density: str = ""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Where to `save` a view, `arrange` columns, ask the `history` and `remember` a query."""

    def view(self, key: str | None) -> SavedList | None:
        """Return a view by its key."""
        return next((one for one in self.views if one.key == key), None)


NOTHING = Arrangement()


class Desk(Protocol):
    """Asked once for each list that is shown; one statement at most."""

    def arrangement(self, listing: str) -> Arrangement:
        """Return how the person of this request has a list."""
        ...

"""What an address asks of a list, and sentences for all in it that makes no sense."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from kit.i18n import gettext as _
from kit.web.desk import DENSITIES, Arrangement
from kit.web.listing.filters import Args, BadFilter

if TYPE_CHECKING:
    from kit.web.listing.listing import Listing

PLACES = ("page", "after", "before", "goto")
"""Parameters that say where in a list one is."""
PARTS = ("export", "print", "part", "lang")
SHAPES = ("size", "sort", "cols", "density", "group", "chart", "measure")
RESERVED = frozenset((*PLACES, *PARTS, *SHAPES, "view"))
NO_VIEW = "-"
_MOST, _PAIRS = 10_000, 200


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters' values, errors beside their fields, and what is wrong with the rest."""

    args: Args
    values: dict[str, Any]
    errors: dict[str, str]
    faults: Sequence[str]
    tab: str

    @property
    def is_wrong(self) -> bool:
        """Whether anything makes no sense: then no row is shown, rather than all of them."""
        return bool(self.errors or self.faults)

    @property
    def sentences(self) -> list[str]:
        return [*self.faults, *self.errors.values()]


def read(listing: "Listing", args: Args, arrangement: Arrangement) -> Asked:
    """Return what an address asks; a saved view stands in for conditions that are not there."""
    args, faults = _with_view(args, arrangement)
    known = RESERVED | {name for one in listing.filters for name in one.names} | set(listing.also)
    if listing.tabs:
        known |= {listing.tabs.name}
    faults += [
        _("This list has no field “%(name)s”.", name=readable(name))
        for name in args
        if name not in known
    ]
    values, errors = _values(listing, args)
    tab = ""
    if listing.tabs:
        tab = listing.tabs.read(args)
        if tab != args.get(listing.tabs.name, ""):
            faults.append(_("This tab does not exist any more."))
    faults += listing.wrong_shapes(args)
    return Asked(args, values, errors, faults, tab)


def _values(listing: "Listing", args: Args) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for one in listing.filters:
        try:
            value = one.read(args)
        except BadFilter as error:
            errors[one.name] = str(error)
            continue
        if value is not None:
            values[one.name] = value
    return values, errors


def _with_view(args: Args, arrangement: Arrangement) -> tuple[Args, list[str]]:
    wanted = args.get("view")
    own = [name for name in args if name not in {*PLACES, *PARTS, "view"}]
    if wanted is None and not own and not any(name in args for name in PLACES):
        wanted = arrangement.default
    if not wanted or wanted == NO_VIEW:
        return MultiDict(args), []
    view = arrangement.view(wanted)
    if view is None:
        return MultiDict(args), [_("This saved view is gone or is not shared with you any more.")]
    if own:
        return MultiDict(args), []
    kept = [(name, value) for name, value in args.items(multi=True) if name != "view"]
    return MultiDict([*parsed(view.query), ("view", wanted), *kept]), []


def parsed(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query as pairs; of one longer than any of ours its beginning."""
    return parse_qsl(query[:_MOST], errors="replace")[:_PAIRS]


def conditions(args: Args) -> str:
    """Return the part of an address that a saved view keeps, in one canonical form."""
    left_out = {*PLACES, *PARTS, "view"}
    pairs = [(name, value) for name, value in args.items(multi=True) if name not in left_out]
    return urlencode(sorted((name, value) for name, value in pairs if value))


def density(args: Args, arrangement: Arrangement) -> str:
    """Return how close the rows stand."""
    wanted = args.get("density", arrangement.density)
    return wanted if wanted in DENSITIES else ""


def readable(text: str) -> str:
    """Return what was typed, short and without anything that cannot be shown."""
    return "".join(one for one in text[:40] if one.isprintable())

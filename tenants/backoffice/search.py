"""The search for everything: pages and records, found by what is typed or opened before."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

from flask import Response, jsonify, request
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from kit import personal, sorting
from kit.errors import Missing
from kit.forms.clean import searchable
from kit.i18n import gettext as _
from kit.security import RealmBlueprint, signed_in
from kit.web import Finder, Found, MenuGroup, MenuItem, page
from kit.web.finding import EACH
from tenants.accounts.finding import FINDER as PEOPLE
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.backoffice import recent
from tenants.backoffice.menu import MENU
from tenants.catalogue.finding import FINDER as PRODUCTS
from tenants.channels.finding import FINDER as CHANNELS
from tenants.customers.finding import FINDER as CUSTOMERS
from tenants.numbers.finding import CARD_FINDER, NUMBER_FINDER
from tenants.orders.finding import FINDER as ORDERS
from tenants.records.finding import FINDER as DOCUMENTS

blueprint = RealmBlueprint(
    "search", __name__, realm=OFFICE, url_prefix="/search", template_folder="templates"
)
blueprints = (blueprint,)
#: In the order in which they are shown.
FINDERS: tuple[Finder, ...] = (
    ORDERS,
    CUSTOMERS,
    NUMBER_FINDER,
    CARD_FINDER,
    CHANNELS,
    PRODUCTS,
    DOCUMENTS,
    PEOPLE,
)
_LOOK_UPS = {finder.kind: finder for finder in FINDERS}
_OFFERED = 20
_KINDS = {finder.endpoint: finder.kind for finder in FINDERS}
_RECORDS_FROM = 2


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    label: object
    icon: str
    found: Sequence[Found]


@blueprint.route("/", methods=["GET", "POST"])
@signed_in
def index() -> Response:
    """Show what is found.

    By POST, though nothing is written: what is typed may be a phone or document number, and those
    must not stand in addresses and their logs.
    """
    text = personal.plain(searchable(request.form.get("q", "")))
    is_piece = request.headers.get("X-Palette") == "1"
    return page(
        "backoffice/_found.html" if is_piece else "backoffice/search.html",
        text=text,
        groups=[one for one in (find(text) if text else opened()) if one.found],
    )


@blueprint.post("/look-up/<kind>")
@signed_in
def look_up(kind: str) -> Response:
    """Answer a look-up box: records by what is typed (`q`), or one by its public id (`key`)."""
    finder = _LOOK_UPS.get(kind)
    if finder is None or not current_user.can(finder.permission):
        raise Missing(kind)
    text = searchable(request.form.get("q", ""))
    key = request.form.get("key", "")[:64]
    found = finder.recall([key]) if key else finder.find(text, _OFFERED) if text else ()
    return jsonify([asdict(one) for one in found])


@blueprint.after_app_request
def remember(response: BaseResponse) -> BaseResponse:
    """Remember which record was opened."""
    return recent.note_page(response, _KINDS)


def find(text: str) -> Iterable[Group]:
    """Yield what a text finds, kind by kind: pages at once, records from two characters on."""
    yield Group(_("Pages"), "layout-list", _pages(text))
    if len(text) < _RECORDS_FROM:
        return
    for finder in _mine():
        yield Group(finder.label, finder.icon, list(finder.find(text, EACH)))


def opened() -> Iterable[Group]:
    """Yield the records that the person has opened last, those that he may still see."""
    keys = recent.keys(signed_in_user())
    yield Group(_("Opened lately"), "history", recall(keys))


def recall(keys: Collection[tuple[str, str]]) -> list[Found]:
    """Return the records behind (kind, public id), in that order, one statement for each kind."""
    found: dict[str, Found] = {}
    for finder in _mine():
        wanted = [key for kind, key in keys if kind == finder.kind]
        if wanted:
            found.update((one.key, one) for one in finder.recall(wanted))
    return [found[key] for _kind, key in keys if key in found]


def _mine() -> list[Finder]:
    return [one for one in FINDERS if current_user.can(one.permission)]


def _pages(text: str) -> list[Found]:
    """Return the pages of the menu whose name holds the text, in characters or in pinyin."""
    wanted = text.lower()
    return [
        Found(item.endpoint, str(item.label), item.url, detail)
        for item, detail in _entries()
        if wanted in str(item.label).lower()
        or (wanted.isascii() and wanted in sorting.sort_key(str(item.label)))
    ][: 2 * EACH]


def _entries() -> Iterable[tuple[MenuItem, str]]:
    for entry in MENU:
        if isinstance(entry, MenuGroup):
            yield from ((item, str(entry.label)) for item in entry.shown)
        elif entry.visible():
            yield entry, ""

"""The search for everything: pages and records, found by what is typed or opened before."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

from flask import Response, jsonify, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from kit import personal, sorting
from kit.errors import Missing
from kit.forms.clean import searchable
from kit.i18n import gettext as _
from kit.security import RealmBlueprint, signed_in
from kit.web import Found, MenuGroup, MenuItem, Star, page
from kit.web.finding import EACH
from tenants.accounts.kinds import RecordKind
from tenants.accounts.person import PERSON
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.backoffice import recent
from tenants.backoffice.menu import MENU
from tenants.catalogue.kinds import PRODUCT
from tenants.channels.kinds import CHANNEL
from tenants.customers.kinds import CUSTOMER
from tenants.desk.favourites import PAGE, favourites_of, is_favourite
from tenants.numbers.kinds import CARD, NUMBER
from tenants.orders.kinds import ORDER
from tenants.records.kinds import DOCUMENT

blueprint = RealmBlueprint(
    "search", __name__, realm=OFFICE, url_prefix="/search", template_folder="templates"
)
blueprints = (blueprint,)
#: In the order in which they are shown.
KINDS: tuple[RecordKind, ...] = (
    ORDER,
    CUSTOMER,
    NUMBER,
    CARD,
    CHANNEL,
    PRODUCT,
    DOCUMENT,
    PERSON,
)
_LOOK_UPS = {kind.code: kind for kind in KINDS}
_OFFERED = 20
_ENDPOINTS = {kind.endpoint: kind.code for kind in KINDS}
_RECORDS_FROM = 2
# The home page needs no star: the way there is on every page.
_STARRED = {
    item.endpoint
    for entry in MENU
    for item in (entry.items if isinstance(entry, MenuGroup) else (entry,))
} - {"backoffice.home", "favourites.index"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A page or a record that was found, and the star that keeps it at hand."""

    kind: str
    found: Found
    star: Star


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    label: object
    icon: str
    found: Sequence[Hit]


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
    wanted = _LOOK_UPS.get(kind)
    if wanted is None or not current_user.can(wanted.view):
        raise Missing(kind)
    text = searchable(request.form.get("q", ""))
    key = request.form.get("key", "")[:64]
    found = wanted.recall([key]) if key else wanted.find(text, _OFFERED) if text else ()
    return jsonify([asdict(one) for one in found])


@blueprint.after_app_request
def remember(response: BaseResponse) -> BaseResponse:
    """Remember which record was opened."""
    return recent.note_page(response, _ENDPOINTS)


def find(text: str) -> Iterable[Group]:
    """Yield what a text finds, kind by kind: pages at once, records from two characters on."""
    kept = set(favourites_of(signed_in_user()))
    yield Group(_("Pages"), "layout-list", _hits(((PAGE, one) for one in _pages(text)), kept))
    if len(text) < _RECORDS_FROM:
        return
    for kind in _mine():
        hits = _hits(((kind.code, one) for one in kind.find(text, EACH)), kept)
        yield Group(kind.label, kind.icon, hits)


def opened() -> Iterable[Group]:
    """Yield what the person keeps at hand and has opened last, what of it he may still see."""
    kept, keys = favourites_of(signed_in_user()), recent.keys(signed_in_user())
    found = {(hit.kind, hit.found.key): hit for hit in recall([*kept, *keys], set(kept))}
    yield Group(_("Favourites"), "star", [found[key] for key in kept if key in found])
    yield Group(_("Opened lately"), "history", [found[key] for key in keys if key in found])


def recall(
    keys: Collection[tuple[str, str]], kept: Collection[tuple[str, str]] | None = None
) -> list[Hit]:
    """Return what is behind (kind, key), in that order; one statement for each kind of record.

    What the person may not see is left out; `kept` are those whose star shines, all if none is
    given.
    """
    pages = {item.endpoint: found for item, found in _menu_pages()}
    found = {(PAGE, key): pages[key] for kind, key in keys if kind == PAGE and key in pages}
    for kind in _mine():
        wanted = [key for code, key in keys if code == kind.code]
        if wanted:
            found.update(((kind.code, one.key), one) for one in kind.recall(wanted))
    known = [(key, found[key]) for key in dict.fromkeys(keys) if key in found]
    shining = keys if kept is None else kept
    return _hits(((kind, one) for (kind, _key), one in known), shining)


def star_here() -> Star | None:
    """Return the star of the page that is asked for: of a record, or of a page of the menu."""
    endpoint = request.endpoint or ""
    if endpoint in _ENDPOINTS:
        kind, key = _ENDPOINTS[endpoint], str((request.view_args or {})["public_id"])
    elif endpoint in _STARRED:
        return Star(star_url(), PAGE, endpoint, None)
    else:
        return None
    return Star(star_url(), kind, key, is_favourite(signed_in_user(), kind, key))


def star_url() -> str:
    """Return where a star is set or taken away."""
    return url_for("favourites.change")


def _hits(found: Iterable[tuple[str, Found]], kept: Collection[tuple[str, str]]) -> list[Hit]:
    url = star_url()
    return [
        Hit(kind, one, Star(url, kind, one.key, (kind, one.key) in kept, name=one.name))
        for kind, one in found
    ]


def _mine() -> list[RecordKind]:
    return [one for one in KINDS if current_user.can(one.view)]


def _pages(text: str) -> list[Found]:
    """Return the pages of the menu whose name holds the text, in characters or in pinyin."""
    wanted = text.lower()
    return [
        found
        for item, found in _menu_pages()
        if wanted in found.name.lower()
        or (wanted.isascii() and wanted in sorting.sort_key(found.name))
    ][: 2 * EACH]


def _menu_pages() -> Iterable[tuple[MenuItem, Found]]:
    """Yield the pages of the menu that the person may open."""
    for entry in MENU:
        for item in entry.shown if isinstance(entry, MenuGroup) else [entry]:
            if item.visible():
                detail = str(entry.label) if isinstance(entry, MenuGroup) else ""
                yield item, Found(item.endpoint, str(item.label), item.url, detail)

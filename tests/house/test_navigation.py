"""Every page belongs to an entry of the menu, and every entry leads to a page that opens."""

import pytest

from kit.security.routes import Open, access_of
from kit.web import MenuGroup, MenuItem
from tenants.accounts.permissions import every_permission
from tenants.backoffice.menu import MENU
from tenants.portal.surface import MENU as PORTAL_MENU
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.channels import make_channel, make_person, portal
from tests.factories.world import make_world, rules

# Pages without an argument that no menu leads to, and from where they are reached.
ELSEWHERE = {
    "accounts.account": "the person's own menu",
    "accounts.centre": "the person's own menu",
    "accounts.preferences": "the person's own page",
    "accounts.own_log_ins": "the person's own page",
    "accounts.own_reveals": "the person's own page",
    "accounts.phone": "the person's own page",
    "accounts.questions": "the person's own page",
    "accounts.password": "the person's own page",
    "accounts.second_step": "the person's own page",
    "accounts.sessions": "the person's own page",
    "accounts.prove": "asked before what needs a fresh password",
    "accounts.unlock": "while the screen is locked",
    "favourites.star": "the head of each page of the menu",
    "search.index": "the top bar and Ctrl-K",
    "desk.new": "the tools of every list",
    "desk.history": "the tools of every list",
    "backoffice.front_door": "leads to the right first page",
    "support.inside": "an operator's first page; the way in leads there",
    "support.still": "asked by the banner above an operator's pages",
}
# They open for an operator whom the workspace has let in, and for nobody else.
GUESTS = ("support.inside", "support.still")
PORTAL_ELSEWHERE: dict[str, str] = {}


def _items(menu) -> list[MenuItem]:
    return [item for one in menu for item in (one.items if isinstance(one, MenuGroup) else (one,))]


def _belongs(endpoint: str, item: MenuItem) -> bool:
    return endpoint == item.endpoint or any(
        endpoint.startswith(name.rstrip("*")) if name.endswith(("*", ".")) else endpoint == name
        for name in item.also
    )


def _pages(app, realm):
    """The GET pages without an argument that ask for a log-in."""
    return sorted(
        rule.endpoint
        for rule in rules(app, realm)
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and access_of(app.view_functions[rule.endpoint]) != Open.PUBLIC
    )


@pytest.mark.parametrize(
    ("realm", "menu", "elsewhere"),
    [("office", MENU, ELSEWHERE), ("portal", PORTAL_MENU, PORTAL_ELSEWHERE)],
)
def test_every_page_belongs_to_an_entry(app, realm, menu, elsewhere):
    items = _items(menu)
    pages = _pages(app, realm)
    lost = {page for page in pages if not any(_belongs(page, item) for item in items)}
    assert lost <= set(elsewhere)


@pytest.mark.parametrize("menu", [MENU, PORTAL_MENU], ids=["office", "portal"])
def test_every_entry_leads_to_a_view(app, menu):
    for item in _items(menu):
        assert item.endpoint in app.view_functions, item.endpoint
        for name in item.also:
            known = [endpoint for endpoint in app.view_functions if endpoint.startswith(name)]
            assert known, f"{item.endpoint}: nothing is called {name}"


@pytest.mark.parametrize("menu", [MENU, PORTAL_MENU], ids=["office", "portal"])
def test_a_page_belongs_to_one_entry_only(app, menu):
    """Two entries lit at once confuse."""
    for endpoint in app.view_functions:
        owners = [item.endpoint for item in _items(menu) if _belongs(endpoint, item)]
        assert len(owners) <= 1, (endpoint, owners)


def _open_all(app, browser, realm, *, skip=()):
    with app.test_request_context():
        urls = {
            rule.endpoint: rule.rule
            for rule in rules(app, realm)
            if rule.endpoint in _pages(app, realm) and rule.endpoint not in skip
        }
    wrong = {}
    for endpoint, url in urls.items():
        status = browser.get(url).status_code
        if status not in {200, 302}:
            wrong[endpoint] = status
    return wrong, urls


def test_every_page_of_the_back_office_opens_for_the_owner(app, in_acme, client):
    wrong, urls = _open_all(app, signed_in(client, owner()), "office", skip=GUESTS)
    assert not wrong
    assert len(urls) > 25


def test_every_page_opens_when_there_is_something_to_show(app, in_acme, client):
    make_world()
    wrong, _urls = _open_all(app, signed_in(client, owner()), "office", skip=GUESTS)
    assert not wrong


def test_every_page_of_the_portal_opens_for_a_channels_owner(app, in_acme, client):
    browser = portal(client, make_person(make_channel()))
    wrong, urls = _open_all(app, browser, "portal")
    assert not wrong
    assert len(urls) >= 6


def test_an_entry_shows_only_to_whom_its_page_opens(app, in_acme, client):
    """One role for each permission: what the menu offers must not answer 403."""
    # What asks for no permission answers all of them alike.
    for_all: set[str] = set()
    for permission in every_permission():
        role = make_role(permissions=[permission.value])
        browser = signed_in(client, make_user(roles=[role]))
        browser.inspect = False
        home = browser.get("/home/").text
        with app.test_request_context():
            offered = [item for item in _items(MENU) if f'href="{item.url}"' in home]
            urls = {item.url: access_of(app.view_functions[item.endpoint]) for item in offered}
        for url in urls.keys() - for_all:
            assert browser.get(url).status_code == 200, (permission, url)
        for_all |= {url for url, asked in urls.items() if asked == Open.SIGNED_IN}

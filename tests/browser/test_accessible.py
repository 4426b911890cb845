"""axe-core on every page: nothing that would keep somebody from using it."""

import pytest
from playwright.sync_api import expect

from kit.security.realms import realm_of
from kit.security.routes import Open, access_of
from tests.browser.accessible import examine, listed
from tests.factories.control import OPERATOR_EMAIL
from tests.factories.control import PASSWORD as OPERATOR_PASSWORD
from tests.factories.world import address, rules

# Addresses that answer with no page of their own.
NO_PAGE = {
    "accounts.logo": "a picture",
    "customers.masked": "a piece of a page",
    "exports.file": "a file",
    "exports.progress": "a piece of a page",
    "imports.own_template": "a file",
    "imports.progress": "a piece of a page",
    "imports.wrong_rows": "a file",
    "notices.bell": "a number",
    "orders.customer_choices": "a piece of a form",
    "orders.masked": "a piece of a page",
    "settlement.proof": "a file",
    "workspace.fetch": "a file",
    "portal.pick": "a piece of a page",
    "channels.branch": "a piece of a page",
}
# Where a phone shows another arrangement than a desktop.
ON_A_PHONE = ("backoffice.home", "orders.index", "orders.show", "orders.new", "accounts.units")
KINDS = {"kind": "numbers", "name": "orders", "language": "zh"}


@pytest.fixture(scope="module")
def world(site):
    """The addresses of everything in a workspace in which there is one thing of each kind."""
    return site.stage("whole_world", "acme")


def _addresses(app, things, realm, *, public=False):
    """Every page of a realm with its address; without those that need no log-in unless asked."""
    for rule in sorted(rules(app, realm), key=lambda one: one.rule):
        is_public = access_of(app.view_functions[rule.endpoint]) == Open.PUBLIC
        if "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGE or is_public != public:
            continue
        path = address(rule, things)
        if path is None:
            path = rule.rule
            for name, value in KINDS.items():
                path = path.replace(f"<{name}>", value)
        if "<" not in path:
            yield rule.endpoint, path


def _examine_all(screen, addresses):
    found = []
    for number, (_endpoint, path) in enumerate(addresses):
        answer = screen.page.goto(screen.origin + path, wait_until="load")
        assert answer is not None
        # What a channel may not see is not there for it.
        if answer.status == 404 and path.startswith("/portal/"):
            continue
        assert answer.status == 200, (path, answer.status)
        screen.ready()
        found += examine(screen, within="main" if number else "html")
    return found


@pytest.fixture(scope="module")
def office(kept_screen, world):
    screen = kept_screen("axe", label="acme")
    screen.go("/login")
    screen.log_in("acme_owner")
    return screen


def test_every_page_of_the_back_office(app, office, world):
    addresses = list(_addresses(app, world, "office"))
    assert len(addresses) > 120
    found = _examine_all(office, addresses)
    assert not found, listed(found)


def test_what_opens_over_a_page(office, world):
    found = []
    page = office.page
    office.go("/customers/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("客户")
    page.locator("#palette .found").first.wait_for()
    found += examine(office, "palette")
    page.locator("#palette").evaluate("one => one.close()")
    page.locator(".top-person").click()
    page.locator(".dropdown-menu.show").wait_for()
    found += examine(office, "dropdown")
    page.locator("[data-show-keys]").click()
    expect(page.locator("#keys")).to_be_visible()
    found += examine(office, "dialog")
    page.keyboard.press("Escape")
    for path in (f"/customers/{world['customer']}", f"/orders/{world['order']}/cancel"):
        office.go("/customers/")
        page.evaluate(
            """(path) => {
              const link = Object.assign(document.createElement("a"), {href: path});
              link.dataset.drawer = "";
              document.querySelector("main").append(link);
              link.click();
              link.remove();
            }""",
            path,
        )
        page.locator(
            "#drawer.show #drawer-body h2, #drawer.show #drawer-body form"
        ).first.wait_for()
        found += examine(office, f"drawer {path}")
    assert not found, listed(found)


def test_every_page_of_the_portal(app, kept_screen, world):
    screen = kept_screen("axe-portal", label="acme", phone=True)
    screen.go("/portal/login")
    screen.log_in(world["seller"])
    found = _examine_all(screen, _addresses(app, world, "portal"))
    assert not found, listed(found)


def test_pages_on_a_phone_and_in_english(app, kept_screen, world):
    screen = kept_screen("axe-phone", label="acme", phone=True, language="en")
    found = _examine_all(screen, [("", "/login"), ("", "/forgot"), ("", "/portal/login")])
    screen.go("/login")
    screen.log_in("acme_owner")
    chosen = [one for one in _addresses(app, world, "office") if one[0] in ON_A_PHONE]
    assert len(chosen) == len(ON_A_PHONE)
    found += _examine_all(screen, chosen)
    assert not found, listed(found)


def test_the_public_site(app, site, new_screen):
    screen = new_screen("axe-site")
    pages = ["/", "/signup", "/find", "/terms", "/privacy"]
    found = _examine_all(screen, [("", path) for path in pages])
    assert not found, listed(found)


def test_every_page_of_the_console(app, new_screen, world):
    screen = new_screen("axe-console", label="console")
    screen.go("/console/login")
    screen.fill(screen.form(), email=OPERATOR_EMAIL, password=OPERATOR_PASSWORD)
    screen.send(screen.form())
    paths = []
    for rule in app.url_map.iter_rules():
        realm = realm_of(app, rule.endpoint.rpartition(".")[0])
        if realm and realm.name == "console" and "GET" in (rule.methods or ()):
            path = rule.rule.replace("/workspaces/<public_id>", f"/workspaces/{world['workspace']}")
            if "<" not in path and rule.endpoint not in {"console.login", *CONSOLE_PIECES}:
                paths.append((rule.endpoint, path))
    assert len(paths) >= 15
    found = _examine_all(screen, paths)
    assert not found, listed(found)


CONSOLE_PIECES = {"console.updates_progress", "console.whole", "console.resume"}

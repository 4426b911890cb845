"""axe-core on every page: nothing that would keep somebody from using it."""

import pytest
from playwright.sync_api import expect

from kit.security.realms import realm_of
from kit.security.routes import Open, access_of
from tests.browser.accessible import examine, examine_all, listed, prepare
from tests.factories.control import OPERATOR_EMAIL
from tests.factories.control import PASSWORD as OPERATOR_PASSWORD
from tests.factories.world import address

# Addresses that answer with no page of their own.
NO_PAGE = {
    "accounts.logo": "a picture",
    "channels.branch": "a piece of a page",
    "console.archive_file": "a file",
    "console.account_usage": "a piece of a page",
    "console.coupon_uses": "a piece of a page",
    "console.updates_progress": "a piece of a page",
    "console.credit_note_pdf": "a file",
    "console.fapiao_document": "a file",
    "console.fapiao_note": "a file",
    "console.invoice_pdf": "a file",
    "console.transfer_scan": "a file",
    "console.verification_paper": "a file",
    "billing_transfer.credit_note_pdf": "a file",
    "billing_transfer.pdf": "a file",
    "billing_transfer.proof": "a file",
    "customers.masked": "a piece of a page",
    "documents.download": "a file",
    "documents.preview": "a picture",
    "documents.thumbnail": "a picture",
    "exports.file": "a file",
    "fapiao.document": "a file",
    "fapiao.red_letter": "a file",
    "exports.progress": "a piece of a page",
    "help.report_file": "a picture",
    "help.qr": "a picture",
    "imports.own_template": "a file",
    "imports.progress": "a piece of a page",
    "imports.template": "a file",
    "imports.wrong_rows": "a file",
    "log.progress": "a piece of a page",
    "notices.bell": "a number",
    "orders.customer_choices": "a piece of a form",
    "orders.masked": "a piece of a page",
    "portal.pick": "a piece of a page",
    "records.colleagues": "choices of a form",
    "records.download": "a file",
    "records.preview": "a picture",
    "records.thumbnail": "a picture",
    "settlement.proof": "a file",
    "support.still": "an answer for a script",
    "verification.paper": "a file",
    "workspace.fetch": "a file",
}
# Pages that cannot be looked at here, and why.
NOT_HERE = {
    "accounts.invitation": "only whom it was sent to knows its address",
    "accounts.prove_mail": "only whom it was sent to knows its address",
    "accounts.reset": "only whom it was sent to knows its address",
    "accounts.step_link": "only whom it was sent to knows its address",
    "console.certificate": "of a workspace that was destroyed",
    "files.open_link": "only whom it was sent to knows its address",
    "portal_join.show": "only whom it was sent to knows its address",
    "support.enter": "only an operator with a hand-over knows its address",
    "support.inside": "only an operator who was let in sees it",
}
# Of a page that is there once for each kind, the one that is looked at.
EXAMPLES = {
    "customer_messages.words": "/customer-messages/words/customers:placed/zh_Hans_CN",
    "exports.new": "/exports/new/orders",
    "help.article": "/help/articles/channels",
    "imports.new_template": "/imports/own-templates/numbers/new",
    "imports.templates": "/imports/own-templates/numbers",
    "imports.upload": "/imports/new/numbers",
    "notice_settings.platform": "/settings/notices/platforms/wecom",
    "notice_settings.template": "/settings/notices/approvals:asked/zh_Hans_CN",
    "setup.edit_rule": "/settings/numbering/feedback",
    "setup.edit_value": "/settings/dictionary/customer_industry/retail/edit",
    "setup.new_value": "/settings/dictionary/customer_industry/new",
    "setup.parameter": "/settings/parameters/numbers.hold_minutes",
    "setup.values": "/settings/dictionary/customer_industry",
}
# What of a workspace's things an address of the console is about: its longest beginning counts.
ON_THE_CONSOLE = {
    "/console/": "workspace",
    "/console/billing/charges/": "usage charge",
    "/console/billing/coupons/": "coupon",
    "/console/billing/credit-notes/": "credit note",
    "/console/billing/events/": "stripe event",
    "/console/billing/fapiao/": "fapiao",
    "/console/billing/invoices/": "stripe invoice",
    "/console/billing/own-invoices/": "invoice",
    "/console/billing/plans/": "plan",
    "/console/billing/transfers/": "transfer proof",
    "/console/billing/versions/": "plan version",
    "/console/support/": "support grant",
    "/console/verifications/": "verification",
}
# Where a phone shows another arrangement than a desktop.
ON_A_PHONE = ("backoffice.home", "orders.index", "orders.show", "orders.new", "accounts.units")


@pytest.fixture(scope="module")
def world(site):
    """The addresses of everything in a workspace in which there is one thing of each kind."""
    return site.stage("whole_world", "acme")


def _pages(app, realm, things, *, public=False):
    """Every page of a realm with its address; instead those that need no log-in, if asked."""
    found = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        its = realm_of(app, rule.endpoint.rpartition(".")[0])
        is_public = access_of(app.view_functions[rule.endpoint]) == Open.PUBLIC
        if its is None or its.name != realm or is_public != public:
            continue
        if "GET" in (rule.methods or ()) and rule.endpoint not in {*NO_PAGE, *NOT_HERE}:
            path = EXAMPLES.get(rule.endpoint) or address(rule, things)
            if realm == "console":
                path = _on_the_console(rule.rule, things)
            assert path, f"{rule.endpoint} is in none of the lists above"
            found[rule.endpoint] = path
    return found


def _on_the_console(path, things):
    about = max((one for one in ON_THE_CONSOLE if path.startswith(one)), key=len)
    words = {
        "<public_id>": things[ON_THE_CONSOLE[about]],
        "<field>": "representative",
        "<way>": "refund",
        "<place>": "main",
        "<currency>": "CNY",
        "<workspace>": things["schema"],
    }
    for argument, word in words.items():
        path = path.replace(argument, word)
    return path


def test_nothing_is_left_out_that_is_gone(app):
    assert {*NO_PAGE, *NOT_HERE, *EXAMPLES, *ON_A_PHONE} <= set(app.view_functions)


@pytest.fixture(scope="module")
def office(kept_screen, world):
    screen = prepare(kept_screen("axe", label="acme"))
    screen.go("/login")
    screen.log_in("acme_owner")
    return screen


def test_every_page_of_the_back_office(app, office, world):
    pages = _pages(app, "office", world)
    assert len(pages) > 200
    found = examine_all(office, list(pages.values()))
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
    screen = prepare(kept_screen("axe-portal", label="acme", phone=True))
    screen.go("/portal/login")
    screen.log_in(world["seller"])
    found = examine_all(screen, list(_pages(app, "portal", world).values()))
    assert not found, listed(found)


def test_pages_on_a_phone_and_in_english(app, kept_screen, world):
    screen = prepare(kept_screen("axe-phone", label="acme", phone=True, language="en"))
    doors = [*_pages(app, "office", world, public=True).values(), "/portal/login"]
    found = examine_all(screen, doors)
    screen.go("/login")
    screen.log_in("acme_owner")
    pages = _pages(app, "office", world)
    found += examine_all(screen, [pages[endpoint] for endpoint in ON_A_PHONE])
    assert not found, listed(found)


def test_the_public_site(site, new_screen):
    screen = prepare(new_screen("axe-site"))
    found = examine_all(screen, ["/", "/signup", "/find", "/terms", "/privacy"])
    assert not found, listed(found)


def test_every_page_of_the_console(app, new_screen, world):
    screen = prepare(new_screen("axe-console", label="console"))
    screen.go("/console/login")
    screen.fill(screen.form(), email=OPERATOR_EMAIL, password=OPERATOR_PASSWORD)
    screen.send(screen.form())
    paths = _pages(app, "console", world)
    assert len(paths) >= 15
    found = examine_all(screen, list(paths.values()))
    assert not found, listed(found)

"""A message never lies over something that can be pressed, and it can be read in peace."""

import re
from functools import cache

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Screen

SAY = """(level) => {
  const note = document.createElement("div");
  note.className = `toast-note toast-note-${level}`;
  note.dataset.toast = level;
  note.innerHTML = "<p>客户资料已经保存，订单可以提交给运营商了。</p>"
    + "<button type='button' class='btn-close' data-dismiss aria-label='×'></button>";
  document.getElementById("toasts").append(note);
}"""
COVERED = """() => {
  const note = document.querySelector(".toast-note").getBoundingClientRect();
  const pressed = "a[href], button, input, select, textarea, summary, [role=tab]";
  return [...document.querySelectorAll(pressed)].filter((one) => {
    if (one.closest("#toasts") || !one.checkVisibility({ visibilityProperty: true })) return false;
    const drawer = document.querySelector("#drawer.show");
    if (drawer && !drawer.contains(one)) return false;
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.left < note.right && box.right > note.left
      && box.top < note.bottom && box.bottom > note.top;
  }).map((one) => one.outerHTML.slice(0, 90));
}"""


def _say(screen: Screen, level: str = "success") -> None:
    screen.page.evaluate(SAY, level)
    expect(screen.page.locator(".toast-note").last).to_be_visible()
    screen.page.wait_for_timeout(300)


@pytest.fixture(scope="module")
def office(kept_screen):
    """The back office on a desktop and on a phone, each opened and logged in to once."""

    @cache
    def open_(*, phone: bool = False) -> Screen:
        screen = kept_screen("toasts", label="acme", phone=phone)
        screen.go("/login")
        screen.log_in("acme_owner")
        return screen

    return open_


@pytest.fixture
def timed(new_screen, office) -> Screen:
    """A browser with a clock that the test turns, logged in as on the desktop."""
    screen = new_screen("toasts", label="acme")
    screen.page.context.add_cookies(office(phone=False).page.context.cookies())
    screen.page.clock.install()
    return screen


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["/orders/", "/customers/new"])
def test_it_covers_nothing_of_a_page(office, path, phone):
    screen = office(phone=phone)
    screen.go(path)
    _say(screen)
    assert screen.page.evaluate(COVERED) == []
    screen.picture("page", whole=False)


def test_it_covers_nothing_of_a_drawer(office):
    screen = office(phone=False)
    screen.go("/users/")
    for width in (1440, 1024):
        screen.page.set_viewport_size({"width": width, "height": 800})
        screen.page.locator("a.rows-link").first.click()
        screen.page.locator("#drawer.show:not(.showing) .drawer-tools").wait_for()
        _say(screen)
        assert screen.page.evaluate(COVERED) == []
        screen.picture(f"drawer-{width}", whole=False)
        screen.go("/users/")


def test_a_success_goes_by_itself_but_not_while_it_is_read(timed):
    screen = timed
    screen.go("/orders/")
    screen.page.evaluate(SAY, "success")
    note = screen.page.locator(".toast-note")
    note.hover()
    screen.page.clock.run_for(60_000)
    expect(note).to_be_visible()
    screen.page.mouse.move(5, 600)
    screen.page.clock.run_for(60_000)
    expect(note).to_have_count(0)


def test_a_failure_stays_until_it_is_dismissed(timed):
    screen = timed
    screen.go("/orders/")
    screen.page.evaluate(SAY, "danger")
    screen.page.clock.run_for(60_000)
    note = screen.page.locator(".toast-note")
    expect(note).to_be_visible()
    expect(screen.page.locator("#toasts")).to_have_attribute("role", "status")
    note.locator("[data-dismiss]").click()
    expect(note).to_have_count(0)


def test_the_chosen_tab_of_a_strip_is_in_sight(office):
    screen = office(phone=True)
    screen.go("/numbers/?state=ported_out")
    chosen = screen.page.locator(".status-tabs [aria-current]")
    expect(chosen).to_be_in_viewport(ratio=0.9)
    screen.page.locator(".status-tabs a").first.evaluate("one => one.click()")
    screen.page.wait_for_url(re.compile(r"/numbers/(\?(?!.*ported_out).*)?$"))
    expect(screen.page.locator(".status-tabs [aria-current]")).to_be_in_viewport(ratio=0.9)
